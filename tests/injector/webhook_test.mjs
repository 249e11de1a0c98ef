// The webhook over TLS: what a real API server has sent, and what nobody should send.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import {test} from 'node:test';
import tls from 'node:tls';
import {setTimeout as pause} from 'node:timers/promises';
import {Webhook, answerOf, changed, enabled, recorded, root, until} from './program.mjs';

const webhook = await Webhook.start();
const POD = changed('01-plain', enabled);
const names = fs.readdirSync(path.join(root, 'tests/recordings/admission'))
  .map((name) => name.replace('.http', '')).sort();

for (const name of names) {
  test(`the recording ${name} is answered`, async () => {
    const {request} = JSON.parse(recorded(name));
    for (const target of ['/inject/pod?timeout=5s', '/inject/namespace?timeout=10s']) {
      const answer = await webhook.ask(target, recorded(name));
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers['content-type'], /^application\/json/);
      const review = JSON.parse(answer.text);
      assert.deepEqual([review.apiVersion, review.kind],
                       ['admission.k8s.io/v1', 'AdmissionReview']);
      const response = answerOf(answer);
      assert.equal(response.uid, request.uid);
      assert.equal(response.allowed, true);
      assert.equal(response.patchType, response.patch && 'JSONPatch');
      for (const {op} of response.patch ?? []) assert.match(op, /^(add|replace)$/);
    }
  });
}

test('who opts in is told by path and label, and counted by outcome', async () => {
  const outcome = (name) => webhook.metric(`ringside_injector_pods_total{outcome="${name}"}`);
  const before = await Promise.all(['injected', 'not_enabled', 'disabled'].map(outcome));
  const plain = recorded('01-plain');
  const off = changed('01-plain', ({object}) => {
    object.metadata.labels = {'ringside.dev/inject': 'disabled'};
  });

  const patches = [];
  for (const [target, body] of [['pod', plain], ['namespace', plain], ['pod', POD],
                                ['namespace', off]]) {
    patches.push(answerOf(await webhook.ask(`/inject/${target}`, body)).patch !== undefined);
  }

  assert.deepEqual(patches, [false, true, true, false]);
  const after = await Promise.all(['injected', 'not_enabled', 'disabled'].map(outcome));
  assert.deepEqual(after.map((count, i) => count - before[i]), [2, 1, 1]);
  assert.equal(await webhook.metric('ringside_injector_patch_self_check_failures_total'), 0);
  const expiry = await webhook.metric('ringside_injector_certificate_expiry_timestamp_seconds');
  assert.equal(expiry, Date.parse(new (await import('node:crypto'))
    .X509Certificate(webhook.identity.pem).validTo) / 1000);
});

test('a line of the log tells of each pod, as JSON', async () => {
  await webhook.ask('/inject/pod', changed('05-web-7d9c5b6f4', enabled));
  await webhook.ask('/inject/pod', changed('09-host-network', (request) => {
    enabled(request);
    request.object.spec.hostNetwork = true;
  }));
  const injected = await until('the line', () => webhook.log.find((line) =>
    line.event === 'pod_injected' && line.owner));
  assert.equal(injected.owner, 'ReplicaSet/web-7d9c5b6f4');
  assert.equal(injected.namespace, 'rec');
  assert.match(injected.message, /^pod rec\/web-7d9c5b6f4-.* of ReplicaSet\/web-.*: injected: /);
  const skipped = await until('the other', () => webhook.log.find((line) =>
    line.event === 'pod_skipped' && line.cause === 'host_network'));
  assert.equal(skipped.level, 'warning');
});

for (const [what, target, body, more, status, message] of [
  ['no JSON', '/inject/pod', 'hello', {}, 400, /./],
  ['no body', '/inject/pod', '', {}, 400, /./],
  ['no review', '/inject/pod', '{"kind": "Pod"}', {}, 400, /./],
  ['another version', '/inject/pod', POD.replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
   {}, 400, /./],
  ['half of one', '/inject/pod', POD.slice(0, POD.length / 2), {}, 400, /./],
  ['deep nesting', '/inject/pod', '['.repeat(100000), {}, 400, /./],
  ['another type', '/inject/pod', POD, {headers: {'Content-Type': 'text/plain'}}, 415,
   /application\/json/],
  ['a packed body', '/inject/pod', POD, {headers: {'Content-Encoding': 'gzip'}}, 415,
   /Content-Encoding/],
  ['another path', '/mutate', POD, {}, 404, /\/inject\/pod/],
  ['GET', '/inject/pod', undefined, {method: 'GET'}, 405, /POST/],
]) {
  test(`${what} is answered with ${status}`, async () => {
    const answer = await webhook.ask(target, body, more);
    assert.equal(answer.status, status);
    assert.match(answer.text, message);
  });
}

test('a charset, identity and a large pod are no reason to refuse', async () => {
  const large = changed('01-plain', (request) => {
    enabled(request);
    request.object.metadata.managedFields = [{note: 'x'.repeat(2_900_000)}];
  });
  const answer = await webhook.ask('/inject/pod', large, {headers:
    {'Content-Type': 'Application/JSON; charset=utf-8', 'Content-Encoding': 'identity'}});
  assert.equal(answer.status, 200);
  assert.ok(answerOf(answer).patch);
});

test('more than 3 MiB are refused before they have come', async () => {
  const socket = tls.connect({host: '127.0.0.1', port: webhook.port, servername: 'localhost',
                              ca: webhook.identity.pem});
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => { text += part; });
  socket.write('POST /inject/pod HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    + `Content-Length: ${3 * 1024 * 1024 + 1}\r\n\r\n{`);
  await until('the answer', () => text.includes('\r\n\r\n'));
  socket.destroy();
  assert.match(text, /^HTTP\/1\.1 413 /);
});

test('many requests go over one connection', async () => {
  const agent = new https.Agent({keepAlive: true, maxSockets: 1});
  const sockets = new Set();
  agent.on('free', (socket) => sockets.add(socket));
  for (let i = 0; i < 50; ++i) {
    assert.equal((await webhook.ask('/inject/pod', POD, {agent})).status, 200);
  }
  assert.equal(sockets.size, 1);
  agent.destroy();
});

test('200 at once are all answered, and rightly', async () => {
  const agent = new https.Agent({keepAlive: true, maxSockets: 200});
  const begin = Date.now();
  const answers = await Promise.all(Array.from({length: 200}, async (_, i) => {
    const body = changed('01-plain', (request) => {
      enabled(request);
      request.uid = `uid-${i}`;
    });
    return answerOf(await webhook.ask('/inject/pod?timeout=10s', body, {agent}));
  }));
  console.log(`200 at once: ${Date.now() - begin} ms`);
  answers.forEach(({uid, patch, allowed}, i) => {
    assert.deepEqual([uid, allowed], [`uid-${i}`, true]);
    assert.ok(patch.length > 0);
  });
  agent.destroy();
});

test('who says nothing keeps nobody out', async () => {
  const silent = Array.from({length: 600}, () => tls.connect({
    host: '127.0.0.1', port: webhook.port, servername: 'localhost', ca: webhook.identity.pem})
    .on('error', () => {}));
  await pause(500);
  const {status} = await webhook.ask('/inject/pod', POD);
  silent.forEach((socket) => socket.destroy());
  assert.equal(status, 200);
});

test('probes and their errors', async () => {
  assert.equal((await webhook.probe('/livez')).status, 200);
  assert.equal((await webhook.probe('/readyz')).status, 200);
  assert.equal((await webhook.probe('/inject/pod')).status, 404);
  const {text} = await webhook.probe('/metrics');
  for (const line of text.split('\n').filter((each) => each && !each.startsWith('#'))) {
    assert.match(line, /^ringside_injector_[a-z_]+(\{[^}]*\})? \S+$/);
  }
});

test('SIGTERM ends readiness, answers what has begun, and is exit code 0', async () => {
  const ending = await Webhook.start(['--drain', '1s']);
  const agent = new https.Agent({keepAlive: true, maxSockets: 1});
  assert.equal((await ending.ask('/inject/pod', POD, {agent})).status, 200);
  // One that is slow to send its request.
  const slow = tls.connect({host: '127.0.0.1', port: ending.port, servername: 'localhost',
                            ca: ending.identity.pem});
  let text = '';
  slow.setEncoding('utf8').on('data', (part) => { text += part; });
  const head = 'POST /inject/pod HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    + `Content-Length: ${Buffer.byteLength(POD)}\r\n\r\n`;
  slow.write(head + POD.slice(0, 100));
  await pause(100);

  ending.child.kill('SIGTERM');
  await until('not ready', async () => (await ending.probe('/readyz')).status === 503);
  assert.equal((await ending.probe('/livez')).status, 200);
  const last = await ending.ask('/inject/pod', POD, {agent});
  assert.ok(answerOf(last).patch, 'whoever still comes is answered');
  assert.equal(last.headers.connection, 'close');
  await pause(1200);
  slow.write(POD.slice(100));
  await until('the answer of the slow one', () => text.includes('"patch"'));
  assert.deepEqual(await ending.ended, {code: 0, signal: null});
});
