// The image at work: what the chart renders, started in it without privileges, among real programs.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {test as nodeTest} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {Client, freePorts, memcached, start, until} from '../helm/pod.mjs';
import {chart, parse, temporaryFolder, template, values} from '../helm/tree.mjs';
import {ImagePod, config, content, debian, run} from './image.mjs';

// Whatever happens, an end comes.
const test = (name, body) => nodeTest(name, {timeout: 60000}, body);

// A chart's pod in the image. pools: by name, without their ports, which are free ones.
async function podOf({pools, user, ...more}) {
  const [probes, admin, ...ports] = await freePorts(2 + Object.keys(pools).length);
  const given = {mode: 'daemonset', drain: {graceSeconds: 0}, ports: {probes, admin}, ...more,
    pools: Object.fromEntries(Object.entries(pools)
      .map(([name, pool], i) => [name, {port: ports[i], ...pool}]))};
  return {given, pod: new ImagePod(parse(template(chart, ...values(given))), {user})};
}

const connect = ({pools}, name) => Client.connect({host: '127.0.0.1', port: pools[name].port});

// Stores a value under each key, and reads it.
async function use(client, keys) {
  const value = (key) => `0 ${key.length}\r\n${key}\r\n`;
  const requests = keys.map((key) => `set ${key} 0 ${value(key)}get ${key}\r\n`);
  const answers = keys.map((key) => `STORED\r\nVALUE ${key} ${value(key)}END\r\n`);
  assert.equal(await client.ask(requests.join(''), answers.at(-1)), answers.join(''));
}

// That it has none of this machine's rights, and cannot write but where a volume is.
function checkConfined(pod, uid) {
  const proc = `/proc/${pod.child.pid}`;
  const status = fs.readFileSync(`${proc}/status`, 'utf8');
  assert.match(status, new RegExp(`^Uid:\t${uid}\t${uid}\t`, 'm'));
  assert.match(status, /^Groups:\t\s*$/m);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    assert.match(status, new RegExp(`^${set}:\t0+$`, 'm'));
  }
  assert.match(status, /^NoNewPrivs:\t1$/m);
  const mounts = fs.readFileSync(`${proc}/mountinfo`, 'utf8').split('\n')
    .map((line) => line.split(' '));
  assert.match(mounts.find((fields) => fields[4] === '/')[5], /^ro\b/);
  const libraries = fs.readFileSync(`${proc}/maps`, 'utf8').split('\n')
    .map((line) => line.split(/\s+/)[5]).filter((name) => name?.includes('.so'));
  assert.ok(libraries.some((name) => name.endsWith('libssl.so.3')), libraries.join(' '));
}

async function stop(pod) {
  pod.child.kill('SIGTERM');
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
}

for (const {who, user, openshift} of [
  {who: 'the user of the image', user: config.User, openshift: false},
  {who: 'a user that the cluster has chosen', user: '1000680000:0', openshift: true}]) {
  test(`as ${who} it serves, is probed, can be looked into, and ends with 0`, async () => {
    const nodes = [await memcached(), await memcached()];
    const servers = nodes.map(({node}) => node);
    const pools = {cache: {servers, hash: 'murmur'}};
    const {given, pod} = await podOf({openshift, user, pools});
    assert.equal(pod.user, user);

    pod.start();
    await pod.started();

    assert.ok(await pod.probe('readinessProbe'));
    assert.ok(await pod.probe('livenessProbe'));
    checkConfined(pod, user.split(':')[0]);
    const client = await connect(given, 'cache');
    await use(client, Array.from({length: 100}, (_, i) => `key-${i}`));
    for (const {port} of nodes) {
      const direct = await Client.connect({host: '127.0.0.1', port});
      const [, count] = (await direct.ask('stats\r\n', 'END\r\n')).match(/STAT curr_items (\d+)/);
      assert.ok(Number(count) > 0, 'a node has none of the keys');
    }
    const looked = await run(['ringctl', '--admin', `127.0.0.1:${given.ports.admin}`, 'status'],
                             pod.options());
    assert.deepEqual([looked.code, looked.output.includes('cache')], [0, true], looked.output);
    const late = client.ask('get key-1\r\n', 'END\r\n');
    await stop(pod);
    assert.match(await late, /key-1\r\nEND\r\n$/);
  });
}

test('without arguments it looks for /etc/ringside/ringside.yml, and says so', async () => {
  const [program] = config.Entrypoint;
  const {code, output} = await run([program]);
  assert.notEqual(code, 0);
  assert.match(output, /\/etc\/ringside\/ringside\.yml/);
});

test('it cannot write into its own root', async () => {
  // A folder that this user may write into, were it not for the mount.
  const {code, output} = await run(['ringside', '--output=/run/ringside/log', '--conf-file=/none'],
                                   {user: '0:0'});
  assert.notEqual(code, 0);
  assert.match(output, /Read-only file system/);
});

// A nameserver on the port that resolv.conf cannot tell; null if this machine does not let us.
async function nameserver(names) {
  const address = `127.53.${process.pid % 250 + 1}.1`;
  const child = start('dnsmasq', ['--keep-in-foreground', '--no-resolv', '--no-hosts',
    '--conf-file=/dev/null', '--pid-file=', '--user=nobody', `--listen-address=${address}`,
    '--bind-interfaces', ...names.map((name) => `--address=/${name}/127.0.0.1`)]);
  await pause(300);
  return child.exitCode === null ? address : null;
}

test('names are found by /etc/resolv.conf and /etc/hosts of the pod', async (t) => {
  const address = await nameserver(['nodes.example']);
  if (!address) return t.skip('dnsmasq may not listen on port 53');
  const [one, two] = [await memcached(), await memcached()];
  const {given, pod} = await podOf({pools: {
    found: {discovery: {dns: {name: `nodes.example.:${one.port}`}}},
    hosts: {servers: [`written.example:${two.port}:1`]}}});
  pod.addFile('/etc/resolv.conf', `nameserver ${address}\n`);
  pod.addFile('/etc/hosts', '127.0.0.1 localhost written.example\n');

  pod.start();
  await pod.started();

  await until('readiness', () => pod.probe('readinessProbe'));
  for (const name of ['found', 'hosts']) {
    const client = await connect(given, name);
    await use(client, [name]);
    client.socket.destroy();
  }
  await stop(pod);

  // The C library's own lookup: by both files, in the order of nsswitch.conf.
  const options = pod.options({borrowed: ['/usr/bin/getent']});
  for (const name of ['nodes.example', 'written.example', 'localhost']) {
    const {code, output} = await run(['/usr/bin/getent', 'ahostsv4', name], options);
    assert.deepEqual([code, output.split(/\s/)[0]], [0, '127.0.0.1'], `${name}: ${output}`);
  }
  assert.equal((await run(['/usr/bin/getent', 'ahostsv4', 'unknown.example'], options)).code, 2);
});

test('the certificate authorities are where OpenSSL looks for them', async () => {
  const bundle = content('/etc/ssl/certs/ca-certificates.crt').toString();
  const [one, ...others] = bundle.match(/-----BEGIN CERTIFICATE-----.*?-----END[^\n]*\n/gs);
  assert.ok(others.length > 100);
  const from = path.join(temporaryFolder(), 'one.pem');
  fs.writeFileSync(from, one);
  const options = {borrowed: ['/usr/bin/openssl'],
    mounts: [{from, to: '/etc/one.pem', readOnly: true}]};
  const verify = (...more) => run(['/usr/bin/openssl', 'verify', ...more, '/etc/one.pem'], options);

  assert.equal((await verify()).code, 0, (await verify()).output);
  assert.notEqual((await verify('-no-CAfile', '-no-CApath', '-no-CAstore')).code, 0);
});
