// The injector as the chart starts it: asked as an API server asks, by those whom it is told to
// trust, and what comes out of it started before a real memcached.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import {test as nodeTest} from 'node:test';
import {text} from 'node:stream/consumers';
import {containersOf, looseness, problemsOf} from './kubernetes.mjs';
import {selects} from './names.mjs';
import {Client, Pod, freePorts, memcached, until} from './pod.mjs';
import {chart, parse, programs, template, values} from './tree.mjs';

const skip = !fs.existsSync(path.join(programs, 'ringside-injector'))
  && 'there is no ringside-injector in the build';
const test = (name, body) => nodeTest(name, {skip, timeout: 60000}, body);

const render = (given) => parse(template(chart, ...values(given)));
const find = (objects, wanted) => objects.find(({kind}) => kind === wanted);

// Values of an injector on this machine, with one pool before a memcached.
async function valuesHere(more = {}) {
  const [webhook, webhookProbes, probes, admin, port] = await freePorts(5);
  const server = await memcached();
  return {mode: 'injector', ports: {probes, admin},
    injector: {ports: {webhook, probes: webhookProbes}, events: false},
    pools: {cache: {port, env: 'MEMCACHED', servers: [server.node]}}, ...more};
}

// The injector of rendered objects, ready.
async function started(objects) {
  const pod = new Pod(objects, {container: 'ringside-injector', config: 'ringside-template'});
  const {metadata, data} = find(objects, 'Secret');
  const files = Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  pod.projectSecret(metadata.name, Object.fromEntries(files));
  pod.start();
  await pod.started();
  return pod;
}

// RFC 6902, of which an injector needs `add` and `replace`.
function patched(document, patch) {
  const result = structuredClone(document);
  for (const {op, path: pointer, value} of patch) {
    const keys = pointer.slice(1).split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop();
    const owner = keys.reduce((now, key) => now[key], result);
    if (op === 'add' && Array.isArray(owner)) {
      owner.splice(last === '-' ? owner.length : Number(last), 0, value);
    } else {
      assert.ok(op === 'add' || op === 'replace', op);
      owner[last] = value;
    }
  }
  return result;
}

// What an API server does about a pod that is to be made: the pod as it then is, and the warnings.
async function created(objects, pod, namespaceLabels = {}) {
  let [now, warnings] = [pod, []];
  for (const webhook of find(objects, 'MutatingWebhookConfiguration').webhooks) {
    const labels = {'kubernetes.io/metadata.name': 'shop', ...namespaceLabels};
    if (!selects(webhook.namespaceSelector, labels)
      || !selects(webhook.objectSelector, pod.metadata.labels)) continue;
    const {service: {name, namespace, path: route}, caBundle} = webhook.clientConfig;
    const {containerPort: port} = find(objects, 'Deployment').spec.template.spec.containers[0].ports
      .find((each) => each.name === 'webhook');
    const request = https.request({host: '127.0.0.1', port, method: 'POST',
      servername: `${name}.${namespace}.svc`, ca: Buffer.from(caBundle, 'base64'),
      path: `${route}?timeout=${webhook.timeoutSeconds}s`,
      headers: {'Content-Type': 'application/json', Accept: 'application/json, */*'}});
    request.end(JSON.stringify({apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
      request: {uid: 'u-1', operation: 'CREATE', namespace: 'shop', object: now, dryRun: false,
                kind: {group: '', version: 'v1', kind: 'Pod'},
                resource: {group: '', version: 'v1', resource: 'pods'}}}));
    const [answer] = await once(request, 'response');
    assert.equal(answer.statusCode, 200);
    const {response} = JSON.parse(await text(answer));
    assert.deepEqual([response.uid, response.allowed], ['u-1', true]);
    warnings = warnings.concat(response.warnings ?? []);
    if (response.patch) now = patched(now, JSON.parse(Buffer.from(response.patch, 'base64')));
  }
  return {pod: now, warnings};
}

const podOf = (labels, annotations) => ({apiVersion: 'v1', kind: 'Pod',
  metadata: {name: 'shop', namespace: 'shop', labels, ...(annotations ? {annotations} : {})},
  spec: {containers: [{name: 'shop', image: 'shop:1'}]}});
const ENABLED = {'ringside.dev/inject': 'enabled'};
const ringsideOf = (pod) => containersOf(pod).find(({name}) => name === 'ringside');

test('a pod gets a sidecar that serves, ends with its application, and is restricted', async () => {
  const objects = render(await valuesHere());
  const injector = await started(objects);
  const {pod, warnings} = await created(objects, podOf(ENABLED));

  assert.deepEqual([warnings, problemsOf(pod)], [[], []]);
  assert.deepEqual(pod.spec.initContainers.map(({name, restartPolicy}) => [name, restartPolicy]),
                   [['ringside', 'Always']]);
  assert.deepEqual(looseness({spec: {...pod.spec, containers: []}}), []);
  const {env} = pod.spec.containers[0];
  const variable = (wanted) => env.find(({name}) => name === wanted).value;
  const sidecar = new Pod([pod]);
  sidecar.start();
  await sidecar.started();
  assert.ok(await sidecar.probe('readinessProbe'));
  const client = await Client.connect({host: variable('MEMCACHED_HOST'),
                                       port: variable('MEMCACHED_PORT')});
  assert.equal(await client.ask('set a 0 0 1\r\n1\r\n', '\r\n'), 'STORED\r\n');
  assert.equal(await client.ask('get a\r\n', 'END\r\n'), 'VALUE a 0 1\r\n1\r\nEND\r\n');
  sidecar.child.kill('SIGTERM');
  assert.deepEqual(await sidecar.child.ended, {code: 0, signal: null}, sidecar.child.output);

  // Asked again, as after another webhook: nothing more.
  assert.deepEqual((await created(objects, pod)).pod, pod);
  assert.ok(await injector.probe('livenessProbe'));
});

test('labels decide, and a wrong one is told of', async () => {
  const objects = render(await valuesHere());
  await started(objects);
  const injected = async (labels, ofNamespace) => {
    const {pod, warnings} = await created(objects, podOf(labels), ofNamespace);
    return [Boolean(ringsideOf(pod)), warnings.length];
  };
  assert.deepEqual(await injected({}, ENABLED), [true, 0]);
  assert.deepEqual(await injected({'ringside.dev/inject': 'disabled'}, ENABLED), [false, 0]);
  assert.deepEqual(await injected({}), [false, 0]);
  assert.deepEqual(await injected({'ringside.dev/inject': 'true'}), [false, 1]);
});

test('a plain sidecar by annotation has the hook of the chart', async () => {
  const objects = render(await valuesHere());
  await started(objects);
  const {pod} = await created(objects, podOf(ENABLED, {'ringside.dev/native': 'false'}));
  assert.deepEqual(pod.spec.containers.map(({name}) => name), ['ringside', 'shop']);
  assert.deepEqual(ringsideOf(pod).lifecycle.preStop.exec.command.slice(0, 4),
                   ['ringside', 'drain', '--wait', '--wait-max=10s']);
  const sidecar = new Pod([pod]);
  sidecar.start();
  await sidecar.started();
  const said = await sidecar.stop();
  assert.equal(said.code, 0, said.output);
});

test('the pod of helm test ends well if it is injected, and not otherwise', async () => {
  const objects = render(await valuesHere());
  await started(objects);
  const made = objects.find(({kind}) => kind === 'Pod');
  const [port] = await freePorts(1);
  const own = JSON.parse(JSON.stringify(made).replace('port: 11211', `port: ${port}`));
  const {pod, warnings} = await created(objects, own);
  assert.deepEqual([warnings, problemsOf(pod)], [[], []]);

  const sidecar = new Pod([pod]);
  const [{command, args}] = pod.spec.containers;
  assert.equal((await sidecar.exec([...command, ...args])).code, 1);
  sidecar.start();
  await sidecar.started();
  const asked = await sidecar.exec([...command, ...args]);
  assert.equal(asked.code, 0, asked.output);
});

test('other values reach the injector as it runs, and it ends in time', async () => {
  const given = await valuesHere();
  const objects = render(given);
  const injector = await started(objects);
  const limit = async () => ringsideOf((await created(objects, podOf(ENABLED))).pod)
    .resources.limits.memory;
  assert.equal(await limit(), '128Mi');
  injector.project(render({...given, resources: {limits: {memory: '333Mi'}}}));
  await until('the new template', async () => await limit() === '333Mi');

  const begun = Date.now();
  injector.child.kill('SIGTERM');
  await until('not ready', async () => !await injector.probe('readinessProbe'), 2);
  assert.equal(await limit(), '333Mi');  // some still ask
  assert.deepEqual(await injector.child.ended, {code: 0, signal: null}, injector.child.output);
  assert.ok(Date.now() - begun < injector.pod.spec.terminationGracePeriodSeconds * 1000);
});
