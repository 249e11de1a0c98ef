// Certificates and the template, replaced while requests come: as a kubelet does it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import {test} from 'node:test';
import {EXPIRED, TEMPLATE, Webhook, answerOf, certificate, changed, enabled, temporaryFolder, until}
  from './program.mjs';

const POD = changed('01-plain', enabled);
const imageOf = (answer) => answerOf(answer).patch.map(({value}) => JSON.stringify(value))
  .join().match(/"image":"([^"]+)"/)[1];

test('a certificate is swapped under load, and no request fails', async () => {
  const webhook = await Webhook.start();
  const next = certificate(temporaryFolder(), 'next', 5);
  const ca = [webhook.identity.pem, next.pem];
  let stop = false;
  let count = 0;
  const clients = Array.from({length: 4}, async () => {
    while (!stop) {
      const {status} = await webhook.ask('/inject/pod', POD, {ca});  // each a new connection
      assert.equal(status, 200);
      ++count;
    }
  });
  const before = await webhook.metric('ringside_injector_certificate_expiry_timestamp_seconds');
  webhook.tls.swap(next);
  await until('the new one', () => webhook.ask('/inject/pod', POD, {ca: next.pem})
    .then(() => true, () => false));
  await assert.rejects(webhook.ask('/inject/pod', POD, {ca: webhook.identity.pem}));
  const after = await webhook.metric('ringside_injector_certificate_expiry_timestamp_seconds');
  assert.equal(Math.round((after - before) / 86400), 3);

  // A key that belongs to another one: the one before stays.
  const other = certificate(temporaryFolder(), 'other');
  webhook.tls.swap({cert: next.cert, key: other.key});
  assert.equal((await webhook.ask('/inject/pod', POD, {ca: next.pem})).status, 200);
  await until('a warning', () => webhook.log.find(({event, level}) =>
    event === 'tls_files' && level === 'warning'));
  await until('requests', () => count > 30);
  stop = true;
  await Promise.all(clients);
  await webhook.end();
});

test('an expired certificate ends readiness', async () => {
  const webhook = await Webhook.start();
  webhook.tls.swap(certificate(temporaryFolder(), 'old', EXPIRED));
  const {text} = await until('not ready', async () => {
    const answer = await webhook.probe('/readyz');
    return answer.status === 503 && answer;
  });
  assert.match(text, /certificate has expired/);
  assert.equal(await webhook.metric('ringside_injector_ready'), 0);
  webhook.tls.swap(webhook.identity);
  await until('ready', async () => (await webhook.probe('/readyz')).status === 200);
  await webhook.end();
});

test('a template is swapped, and a wrong one changes nothing and is told', async () => {
  const webhook = await Webhook.start();
  const withImage = (image) => TEMPLATE.replace(/image: ringside:\S+/, `image: ${image}`);
  const image = async () => imageOf(await webhook.ask('/inject/pod', POD));
  const loads = (result) =>
    webhook.metric(`ringside_injector_template_loads_total{result="${result}"}`);

  webhook.template.set({'template.yaml': withImage('one:1')});
  await until('the new image', async () => (await image()) === 'one:1');
  const read = await loads('read');

  webhook.template.set({'template.yaml': withImage('two:2').replace('native: true', 'native: 7')});
  await until('a refusal', async () => (await loads('refused')) === 1);
  assert.equal(await image(), 'one:1');
  assert.equal(await webhook.metric('ringside_injector_template_current'), 0);
  const line = webhook.log.find(({event, level}) =>
    event === 'injector_template' && level === 'error');
  assert.match(line.message, /the one before stays: .*template\.yaml/);
  assert.equal((await webhook.probe('/readyz')).status, 200);

  fs.rmSync(webhook.template.at('..data'));  // gone
  await until('another refusal', async () => (await loads('refused')) === 2);
  assert.equal(await image(), 'one:1');

  webhook.template.set({'template.yaml': withImage('three:3')});
  await until('the next image', async () => (await image()) === 'three:3');
  assert.equal(await webhook.metric('ringside_injector_template_current'), 1);
  assert.equal(await loads('read'), read + 1);
  await webhook.end();
});
