// What deploy/ has for those without Helm: plain manifests, and a file for Docker Compose.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test as nodeTest} from 'node:test';
import {parse as parseYaml} from 'yaml';
import {looseness, podOf, problemsOf} from './kubernetes.mjs';
import {manifests} from './manifests.mjs';
import {danglingNames} from './names.mjs';
import {Client, Pod, freePorts, memcached, start, until} from './pod.mjs';
import {parse, programs, read, root, temporaryFolder} from './tree.mjs';

// Whatever happens, an end comes.
const test = (name, body) => nodeTest(name, {timeout: 40000}, body);

const folder = path.join(root, 'deploy/kubernetes');
const made = Object.keys(manifests).map((file) => path.basename(file));
const files = fs.readdirSync(folder);
const objectsOf = (file) => parse(read(`deploy/kubernetes/${file}`));

test('all manifests are made of the chart, but for those of memcached', () => {
  assert.deepEqual(files, [...made, 'memcached.yaml'].sort());
  for (const file of made) {
    assert.doesNotMatch(read(`deploy/kubernetes/${file}`), /helm\.sh|managed-by|checksum/);
  }
});

const CLUSTER_WIDE = /^(Cluster|MutatingWebhook)/;

for (const file of files) {
  test(`${file} is what Kubernetes takes, restricted, and leads nowhere else`, () => {
    const objects = objectsOf(file);
    assert.deepEqual(objects.flatMap(problemsOf), []);
    assert.deepEqual(danglingNames(objects), []);
    const pods = objects.map(podOf).filter((pod) => pod);
    assert.equal(pods.length, 1);
    assert.deepEqual(looseness(pods[0]), []);
    const placed = objects.filter(({kind}) => !CLUSTER_WIDE.test(kind));
    assert.deepEqual(placed.filter(({metadata}) => !metadata.namespace), []);
  });
}

for (const file of made.filter((name) => name !== 'injector.yaml')) {
  test(`ringside -t takes ${file}, and what it looks for is memcached.yaml`, async () => {
    const objects = objectsOf(file);
    const pod = new Pod(objects);
    const child = start(path.join(programs, 'ringside'), ['-t', ...pod.container.args.map(pod.at)]);
    assert.deepEqual(await child.ended, {code: 0, signal: null}, child.output);
    const config = objects.find(({data}) => data?.['ringside.yml']).data['ringside.yml'];
    const {service, namespace, port} = parseYaml(config).cache.discovery.kubernetes;
    const found = objectsOf('memcached.yaml').find(({kind}) => kind === 'Service');
    assert.deepEqual(found.metadata, {name: service, namespace});
    assert.equal(found.spec.ports[0].name, port);
  });
}

test('the proxy of Docker Compose serves, has a healthcheck, and ends in time', async () => {
  const {services} = parseYaml(read('deploy/compose/compose.yaml'), {merge: true});
  const {ringside, ...others} = services;
  const text = read('deploy/compose/etc/ringside.yml');
  const {cache: {listen, servers}, ringside: settings} = parseYaml(text);
  const hosts = servers.map((server) => server.split(':')[0]);
  assert.deepEqual(hosts, Object.keys(others));
  assert.deepEqual(ringside.depends_on, hosts);
  assert.deepEqual(ringside.ports.map((port) => `0.0.0.0:${port.split(':')[2]}`),
                   [listen, settings.probes]);
  const [, mounted] = ringside.volumes[0].match(/^\.\/etc:(\S+):ro$/);
  assert.equal(mounted, '/etc/ringside');

  // What Docker brings is played by ports of this machine.
  const nodes = await Promise.all(hosts.map(memcached));
  const [port, probes, admin] = await freePorts(3);
  const replaced = [[listen, port], [settings.probes, probes],
                    ...nodes.map((node, i) => [`${hosts[i]}:11211`, node.port])]
    .reduce((now, [theirs, ours]) => now.replace(theirs, `127.0.0.1:${ours}`), text);
  const file = path.join(temporaryFolder(), 'ringside.yml');
  fs.writeFileSync(file, replaced);
  const env = {RINGSIDE_CONF_FILE: file, RINGSIDE_ADMIN: `127.0.0.1:${admin}`};
  const child = start(path.join(programs, 'ringside'), [], {env});
  const {test: [how, program, ...args]} = ringside.healthcheck;
  assert.equal(how, 'CMD');
  const isHealthy = async () =>
    (await start(path.join(programs, program), args, {env}).ended).code === 0;

  await until('health', isHealthy);
  const client = await Client.connect({host: '127.0.0.1', port});
  for (const key of ['a', 'b', 'c', 'd']) {
    assert.equal(await client.ask(`set ${key} 0 0 1\r\n1\r\n`, '\r\n'), 'STORED\r\n');
  }
  const begun = Date.now();
  child.kill('SIGTERM');
  await until('no health', async () => !await isHealthy(), 2);
  assert.deepEqual(await child.ended, {code: 0, signal: null}, child.output);
  assert.ok(Date.now() - begun < parseInt(ringside.stop_grace_period, 10) * 1000);
});
