// Events about owners of pods, written to an API server that is played here.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import {once} from 'node:events';
import {after, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {Webhook, certificate, changed, enabled, temporaryFolder, until} from './program.mjs';

const folder = temporaryFolder();
const identity = certificate(folder, 'api');
const token = path.join(folder, 'token');
fs.writeFileSync(token, 'secret-1\n');

// Takes events as kube-apiserver does, or with another status. silent: never answers.
const api = {status: 201, silent: false, came: []};
const server = https.createServer({key: fs.readFileSync(identity.key), cert: identity.pem},
  (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part) => { text += part; });
    request.on('end', () => {
      api.came.push({method: request.method, url: request.url, headers: request.headers,
                     event: JSON.parse(text)});
      if (!api.silent) response.writeHead(api.status).end(text);
    });
  }).listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => {
  server.closeAllConnections?.();
  server.close();
});

const start = () => Webhook.start(['--api-server', `127.0.0.1:${server.address().port}`,
                                   '--token-file', token, '--ca-file', identity.cert]);
const written = (webhook, result) =>
  webhook.metric(`ringside_injector_events_total{result="${result}"}`);
const web = (name, change = () => {}) => changed('05-web-7d9c5b6f4', (request) => {
  enabled(request);
  request.object.metadata.ownerReferences[0].name = name;
  change(request);
});

test('an injection is an event of the owner, once, and with the token of now', async () => {
  const webhook = await start();
  await webhook.ask('/inject/pod', web('web-1'));
  await webhook.ask('/inject/pod', web('web-1'));  // its next pod
  await until('the event', () => api.came.length === 1);
  const [{method, url, headers, event}] = api.came;
  assert.deepEqual([method, url], ['POST', '/api/v1/namespaces/rec/events']);
  assert.equal(headers.authorization, 'Bearer secret-1');
  assert.equal(headers['content-type'], 'application/json');
  assert.deepEqual([event.apiVersion, event.kind, event.type, event.reason],
                   ['v1', 'Event', 'Normal', 'Injected']);
  assert.match(event.metadata.name, /^web-1\.[0-9a-f]+$/);
  assert.equal(event.metadata.namespace, 'rec');
  const {uid, ...about} = event.involvedObject;
  assert.deepEqual(about, {apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'rec',
                           name: 'web-1'});
  assert.ok(uid);
  assert.match(event.firstTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

  fs.writeFileSync(token, 'secret-2\n');
  await webhook.ask('/inject/pod', web('web-2', (request) => {
    request.object.spec.hostNetwork = true;
  }));
  await until('the second', () => api.came.length === 2);
  assert.equal(api.came[1].headers.authorization, 'Bearer secret-2');
  assert.deepEqual([api.came[1].event.type, api.came[1].event.reason],
                   ['Warning', 'InjectionSkipped']);
  assert.match(api.came[1].event.message, /^host_network: /);
  await until('counts', async () => (await written(webhook, 'written')) === 2);
  await webhook.end();
});

test('a dry run, and who has not asked, leave none', async () => {
  const webhook = await start();
  api.came = [];
  await webhook.ask('/inject/pod', web('web-3', (request) => { request.dryRun = true; }));
  await webhook.ask('/inject/pod', web('web-4', ({object}) => { object.metadata.labels = {}; }));
  await webhook.ask('/inject/pod', web('forged', (request) => {
    request.namespace = 'rec/events?x=1 HTTP/1.1\r\nX: y';
  }));
  await webhook.ask('/inject/pod', web('web-5'));
  await until('the last one', () => api.came.length > 0);
  assert.deepEqual(api.came.map(({event}) => event.involvedObject.name), ['web-5']);
  await webhook.end();
});

test('an API server that refuses is told of once, and counted', async () => {
  const webhook = await start();
  api.status = 403;
  await webhook.ask('/inject/pod', web('web-6'));
  await webhook.ask('/inject/pod', web('web-7'));
  await until('failures', async () => (await written(webhook, 'failed')) === 2);
  const lines = webhook.log.filter(({event}) => event === 'cluster_event');
  assert.deepEqual(lines.map(({cause}) => cause), ['the API server answers 403']);
  api.status = 201;
  await webhook.end();
});

test('nobody waits for an API server that is silent, and what is too much is dropped', async () => {
  const webhook = await start();
  api.came = [];
  api.silent = true;
  const begin = Date.now();
  for (let i = 0; i < 150; ++i) {
    assert.equal((await webhook.ask('/inject/pod', web(`many-${i}`))).status, 200);
  }
  const took = Date.now() - begin;
  api.silent = false;
  assert.ok(took < 20000, `${took} ms`);
  assert.ok(api.came.length <= 1 + took / 5000, `${api.came.length} asked`);  // one at a time
  assert.ok((await written(webhook, 'dropped')) > 0);
  await webhook.end();
});

test('events come at a limited rate', async () => {
  const webhook = await start();
  api.came = [];
  const begin = Date.now();
  await Promise.all(Array.from({length: 40},
                               (_, i) => webhook.ask('/inject/pod', web(`rate-${i}`))));
  await until('the burst', () => api.came.length >= 25);
  await pause(300);
  const allowed = 25 + Math.ceil((Date.now() - begin) / 200);
  assert.ok(api.came.length <= allowed, `${api.came.length} of ${allowed}`);
  await webhook.end();
});

test('without a cluster there are none, and --events yes says why', async () => {
  const webhook = await Webhook.start(['--events', 'yes']);
  assert.match(webhook.log.find(({event}) => event === 'cluster_event').message, /--api-server/);
  await webhook.end();
});
