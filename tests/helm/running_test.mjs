// The rendered configurations and command lines, started with real servers behind.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {test as nodeTest} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {parse as parseYaml} from 'yaml';
import {apiServer} from './api_server.mjs';
import {Client, Pod, freePorts, memcached, start, status, until} from './pod.mjs';
import {chart, parentChart, parse, profiles, programs, read, template, values} from './tree.mjs';

// Whatever happens, an end comes.
const test = (name, body, more = {}) => nodeTest(name, {timeout: 40000, ...more}, body);

const parent = parentChart();
const isSidecar = ({mode = 'sidecar'}) => mode === 'sidecar';
const render = (object) => parse(isSidecar(object)
  ? template(parent, ...values({ringside: object})) : template(chart, ...values(object)));

// Values with ports that are free, for the probes, the admin API and a pool.
async function withPorts(object) {
  const [probes, admin, port] = await freePorts(3);
  const cache = {port, env: 'MEMCACHED', ...object.pools.cache};
  return {...object, ports: {probes, admin}, pools: {cache}};
}

const valuesOf = (name) => parseYaml(read(`helm/ringside/ci/${name}-values.yaml`));
const environment = (objects) => Object.fromEntries(objects
  .find(({metadata}) => metadata.name === 'try-shop').spec.template.spec.containers[0].env
  .map(({name, value}) => [name, value]));
const nodesOf = ({ports: {admin}}) => fetch(`http://127.0.0.1:${admin}/pools/cache`)
  .then((answer) => answer.json()).then(({nodes}) => nodes);

// What an injector puts into pods is in injector_test.mjs.
for (const name of profiles.filter((each) => valuesOf(each).mode !== 'injector')) {
  test(`ringside -t takes the configuration of the profile ${name}`, async () => {
    const pod = new Pod(render(valuesOf(name)));
    const child = start(path.join(programs, 'ringside'), ['-t', ...pod.container.args.map(pod.at)]);
    assert.deepEqual(await child.ended, {code: 0, signal: null}, child.output);
  });
}

test('a native sidecar serves, follows its ConfigMap, and ends with 0', async () => {
  const [one, two] = [await memcached(), await memcached()];
  const settings = {hash: 'murmur', timeout: 1000};
  const given = await withPorts({pools: {cache: {servers: [one.node], ...settings}}});
  given.pools.fragments = {socket: true, servers: [two.node]};
  const objects = render(given);
  const pod = new Pod(objects);
  const {MEMCACHED_HOST: host, MEMCACHED_PORT: port, FRAGMENTS_SOCKET: socket}
    = environment(objects);

  pod.start();
  await pod.started();
  assert.ok(await pod.probe('readinessProbe'));
  assert.ok(await pod.probe('livenessProbe'));
  const client = await Client.connect({host, port});
  assert.equal(await client.ask('set a 0 0 1\r\n1\r\n', '\r\n'), 'STORED\r\n');
  const local = await Client.connect({path: pod.at(socket)});
  assert.equal(await local.ask('set a 0 0 1\r\n2\r\nget a\r\n', 'END\r\n'),
               'STORED\r\nVALUE a 0 1\r\n2\r\nEND\r\n');
  assert.equal(await client.ask('get a\r\n', 'END\r\n'), 'VALUE a 0 1\r\n1\r\nEND\r\n');
  // The ring page and the admin API: where kubectl port-forward leads, and nowhere else.
  assert.equal(await status(`http://127.0.0.1:${given.ports.admin}/`), 200);
  assert.equal(await status(`http://127.0.0.1:${given.ports.probes}/pools`), 404);
  assert.equal(await status(`http://127.0.0.1:${given.ports.probes}/metrics`), 200);

  given.pools.cache.servers.push(two.node);
  pod.project(render(given));
  await until('the second node', async () => (await nodesOf(given)).length === 2);
  assert.match(await client.ask('get b\r\n', 'END\r\n'), /END\r\n$/);  // the same connection

  const asked = client.ask('get a\r\nget b\r\nget c\r\n', 'END\r\n');
  const begun = Date.now();
  pod.child.kill('SIGTERM');
  await asked;
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
  assert.ok(Date.now() - begun < 5000, 'nobody is waited for who has nothing to say');
  assert.equal(fs.existsSync(pod.at('/run/ringside/fragments.sock')), false);
});

test('a plain sidecar of Redis without a hook serves on for a time', async () => {
  const [port, probes, admin, listen] = await freePorts(4);
  const {pools: {sessions}, ...given} = valuesOf('plain');
  start('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '',
                         '--requirepass', sessions.redis_auth]);
  const drain = {waitSeconds: 0, graceSeconds: 2, limitSeconds: 2};
  const objects = render({...given, drain, ports: {probes, admin},
    pools: {sessions: {...sessions, port: listen, servers: [`127.0.0.1:${port}:1 r`]}}});
  assert.equal(objects.find(({metadata}) => metadata.name === 'try-ringside').kind, 'Secret');
  const pod = new Pod(objects);
  pod.start();
  await pod.started();
  await until('readiness', () => pod.probe('readinessProbe'));
  const use = async (client) => {
    await client.ask(`AUTH "${sessions.redis_auth}"\r\n`, '\r\n');
    return client.ask('SET a 1\r\n', '\r\n');
  };
  const {SESSIONS_HOST: host, SESSIONS_PORT} = environment(objects);
  const client = await Client.connect({host, port: SESSIONS_PORT});
  await until('redis-server', async () => await use(client) === '+OK\r\n');

  pod.child.kill('SIGTERM');
  await until('not ready', async () => !await pod.probe('readinessProbe'), 2);
  const late = await Client.connect({host, port: SESSIONS_PORT});
  assert.equal(await use(late), '+OK\r\n');
  assert.equal(await client.ask('GET a\r\n', '\r\n'), '$1\r\n1\r\n');
  assert.ok(await pod.probe('livenessProbe'));
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
});

// A plain sidecar whose admin API asks for a token, and a client of it.
async function plainPod(drain) {
  const server = await memcached();
  const given = await withPorts({sidecar: {native: false}, drain,
    admin: {tokenSecret: {name: 'admin', key: 'word'}}, pools: {cache: {servers: [server.node]}}});
  const pod = new Pod(render(given));
  pod.projectSecret('admin', {word: 'a-word\n'});
  pod.start();
  await pod.started();
  const connect = () => Client.connect({host: '127.0.0.1', port: given.pools.cache.port});
  return {pod, connect, client: await connect()};
}

test('a plain sidecar is not told to end before its application has left', async () => {
  const {pod, connect, client} = await plainPod({graceSeconds: 0});

  const stopped = pod.stop();
  await pause(2000);  // longer than it takes to believe that nobody is there
  const late = await connect();
  for (const each of [client, late]) {
    assert.equal(await each.ask('set a 0 0 1\r\n1\r\n', '\r\n'), 'STORED\r\n');
  }
  assert.ok(await pod.probe('readinessProbe'), 'nobody has told it to end');
  for (const {socket} of [client, late]) socket.destroy();

  const said = await stopped;
  assert.equal(said.code, 0, said.output);
  assert.match(said.output, /^no clients after/);
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
});

test('a plain sidecar does not wait for ever for who does not leave', async () => {
  const {pod, client} = await plainPod({waitSeconds: 1, graceSeconds: 1, limitSeconds: 2});

  const said = await pod.stop();
  assert.equal(said.code, 1, said.output);
  assert.match(said.output, /1 clients are there/);
  assert.equal(await client.ask('get a\r\n', 'END\r\n'), 'END\r\n');  // in the grace
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
});

test('probes by exec tell a container without nodes, one with, and one that drains', async () => {
  const server = await memcached();
  const given = await withPorts({probes: {kind: 'exec'}, stateDir: false,
    drain: {graceSeconds: 3}, pools: {cache: {discovery: {file: {path: '/nowhere/nodes.yml'}}}}});
  const pod = new Pod(render(given));
  pod.start();
  await until('liveness', () => pod.probe('livenessProbe'));
  assert.equal(await pod.probe('startupProbe'), false);
  assert.equal(await pod.probe('readinessProbe'), false);

  given.pools.cache = {port: given.pools.cache.port, servers: [server.node]};
  pod.project(render(given));
  await pod.started();
  assert.ok(await pod.probe('readinessProbe'));
  // A configuration that cannot be loaded says nothing against the process that has refused it.
  given.pools.cache.servers = ['nonsense'];
  pod.project(render(given));
  await until('the refusal', () => pod.child.output.includes('nonsense'));
  assert.ok(await pod.probe('livenessProbe'));
  assert.ok(await pod.probe('readinessProbe'));

  pod.child.kill('SIGTERM');
  await until('not ready', async () => !await pod.probe('readinessProbe'), 2);
  assert.ok(await pod.probe('livenessProbe'));
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
  assert.equal(await pod.probe('livenessProbe'), false);
});

test('the admin API of a container with a token wants it, and knows its hosts', async () => {
  const server = await memcached();
  const given = await withPorts({mode: 'daemonset', drain: {graceSeconds: 0},
    admin: {tokenSecret: {name: 'admin', key: 'word'}, hosts: ['ring.example.com']},
    pools: {cache: {servers: [server.node]}}});
  const pod = new Pod(render(given));
  pod.projectSecret('admin', {word: 'a-word\n'});
  pod.start();
  await pod.started();
  const ask = (token, host = '127.0.0.1') => new Promise((done, fail) => {
    http.get({host: '127.0.0.1', port: given.ports.admin, path: '/pools',
              headers: {host, ...(token && {authorization: `Bearer ${token}`})}},
             (answer) => done(answer.resume().statusCode)).on('error', fail);
  });

  assert.equal(await ask(), 401);
  assert.equal(await ask('another'), 401);
  assert.equal(await ask('a-word'), 200);
  assert.equal(await ask('a-word', 'ring.example.com'), 200);
  assert.equal(await ask('a-word', 'evil.example.com'), 421);
  const looked = await pod.exec(['ringctl', '--admin', `127.0.0.1:${given.ports.admin}`, 'pools']);
  assert.equal(looked.code, 0, looked.output);
  assert.match(looked.output, /cache/);
  assert.ok(await pod.probe('livenessProbe'));

  pod.projectSecret('admin', {word: 'a-new-one'});
  assert.equal(await ask('a-word'), 401);
  assert.equal(await ask('a-new-one'), 200);
  await pod.stop();
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
});

test('an application of another user, with a client of Redis, uses the socket', async () => {
  const [port] = await freePorts(1);
  start('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '',
                         '--requirepass', 'a password']);
  const given = await withPorts({
    extraVolumes: [{name: 'redis', secret: {secretName: 'redis', defaultMode: 0o444}}],
    extraVolumeMounts: [{name: 'redis', mountPath: '/var/run/secrets/redis', readOnly: true}],
    pools: {cache: {}}});
  given.pools = {sessions: {socket: true, redis: true, servers: [`127.0.0.1:${port}:1 r`],
    redis_auth_file: '/var/run/secrets/redis/password'}};
  const objects = render(given);
  const pod = new Pod(objects);
  pod.projectSecret('redis', {password: 'a password'});
  pod.start();
  await pod.started();
  const {SESSIONS_SOCKET: socket} = environment(objects);
  const nobody = process.getuid() === 0 ? {uid: 65534, gid: 65534} : {};
  const redis = async (...words) => {
    const env = {PATH: process.env.PATH, REDISCLI_AUTH: 'a password'};
    const child = start('redis-cli', ['-s', pod.at(socket), ...words], {env, ...nobody});
    await child.ended;
    return child.output;
  };

  await until('redis-server', async () => await redis('SET', 'a', 'one') === 'OK\n');
  assert.equal(await redis('GET', 'a'), 'one\n');
  assert.equal(await redis('DEL', 'a', 'b'), '1\n');
  await pod.stop();
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
});

test('a daemonset serves both address families, and helm test tells if it is well', async () => {
  const server = await memcached();
  const given = await withPorts({mode: 'daemonset', listenAddress: '::',
    drain: {graceSeconds: 0}, pools: {cache: {servers: [server.node]}}});
  const objects = render(given);
  const pod = new Pod(objects);
  pod.start();
  await pod.started();

  for (const host of ['127.0.0.1', '::1']) {
    const client = await Client.connect({host, port: given.pools.cache.port});
    assert.equal(await client.ask('get a\r\n', 'END\r\n'), 'END\r\n');
    client.socket.destroy();
  }
  assert.ok(await pod.probe('readinessProbe', '[::1]'));
  const {spec: {containers: [{command, args}]}} = objects.find(({kind}) => kind === 'Pod');
  const service = objects.find(({metadata}) => args[1].startsWith(`${metadata.name}.app:`));
  assert.equal(service.spec.ports[0].targetPort, 'ringside-probes');
  const ask = () => start(path.join(programs, command[0]),
    args.map((text) => text.replace(`${service.metadata.name}.app`, '127.0.0.1')));
  const well = ask();
  assert.deepEqual(await well.ended, {code: 0, signal: null}, well.output);

  pod.child.kill('SIGTERM');
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
  assert.notEqual((await ask().ended).code, 0);
});

for (const waitForNodes of [true, false]) {
  const holds = waitForNodes ? 'holds' : 'does not hold';
  test(`with waitForNodes: ${waitForNodes} a cache that is away ${holds} up the pod`, async () => {
    const pod = new Pod(render(await withPorts({waitForNodes,
      pools: {cache: {discovery: {file: {path: '/nowhere/nodes.yml'}}}}})));
    pod.start();
    await until('liveness', () => pod.probe('livenessProbe'));
    assert.equal(await pod.probe('startupProbe'), !waitForNodes);
    assert.equal(await pod.probe('readinessProbe'), !waitForNodes);
    pod.child.kill('SIGTERM');
    assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
  });
}

test('a container that restarts has its nodes, whatever became of their source', async () => {
  const server = await memcached();
  const given = await withPorts({mode: 'deployment', drain: {graceSeconds: 0},
    extraVolumes: [{name: 'lists', emptyDir: {}}],
    extraVolumeMounts: [{name: 'lists', mountPath: '/etc/lists'}],
    pools: {cache: {discovery: {file: {path: '/etc/lists/nodes.yml'}}}}});
  const pod = new Pod(render(given));
  fs.writeFileSync(pod.at('/etc/lists/nodes.yml'), JSON.stringify([server.node]));
  pod.start();
  await pod.started();
  const saved = pod.at('/var/lib/ringside/ringside.state');
  await until('the saved list', () => fs.existsSync(saved)
    && fs.readFileSync(saved, 'utf8').includes(String(server.port)));
  pod.child.kill('SIGKILL');
  await pod.child.ended;
  fs.rmSync(pod.at('/etc/lists/nodes.yml'));

  pod.start();
  await pod.started();

  assert.ok(await pod.probe('readinessProbe'));
  assert.equal((await nodesOf(given)).length, 1);
  pod.child.kill('SIGTERM');
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
});

const skip = process.getuid() === 0 ? false : 'takes root: a root of its own for the container';
test('a container with no right but what its Role gives finds the nodes of a service', async () => {
  const given = await withPorts({mode: 'daemonset', drain: {graceSeconds: 0},
    pools: {cache: {discovery: {kubernetes: {service: 'cache', port: 'memcached'}}}}});
  const objects = render(given);
  const pod = new Pod(objects, {inside: true});
  const token = 'a-token';
  const account = `app/${pod.pod.spec.serviceAccountName}`;
  const api = await apiServer(objects, {account, token});
  pod.projectToken({token, ca: api.ca, namespace: 'app'});

  pod.start({KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port)});
  await pod.started();

  await until('a watch', () => api.asked.includes('watch'));
  assert.deepEqual(api.asked.filter((each) => !['list-two', 'watch'].includes(each)), []);
  const names = (await nodesOf(given)).map(({name}) => name);
  assert.ok(names.includes('cache-1'), names);
  const status = fs.readFileSync(`/proc/${pod.child.pid}/status`, 'utf8');
  assert.match(status, /^Uid:\t65532\t/m);
  assert.match(status, /^CapEff:\t0+$/m);
  assert.match(status, /^CapBnd:\t0+$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  const root = fs.readFileSync(`/proc/${pod.child.pid}/mountinfo`, 'utf8').split('\n')
    .map((line) => line.split(' ')).find((fields) => fields[4] === '/');
  assert.match(root[5], /^ro\b/);
  const state = path.join(pod.folder, 'ringside-state');
  await until('the saved list', () => fs.readdirSync(state).length > 0);
  pod.child.kill('SIGTERM');
  assert.deepEqual(await pod.child.ended, {code: 0, signal: null}, pod.child.output);
}, {skip});
