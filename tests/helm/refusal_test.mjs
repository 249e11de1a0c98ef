// Wrong values, a list of which is in refused.yaml, are refused in the words that it gives.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parse} from 'yaml';
import {chart, helm, read, template, values} from './tree.mjs';

const refused = read('tests/helm/refused.yaml').replaceAll('SERVERS', '["10.0.0.1:11211:1"]');

for (const {what, values: given, says} of parse(refused)) {
  test(`refused: ${what}`, () => {
    const run = helm('template', 'try', chart, ...values(given));
    assert.equal(run.ok, false, 'it was taken');
    assert.ok(run.err.includes(says), `${run.err}\nshould say: ${says}`);
  });
}

test('refused: a native sidecar where there is none yet', () => {
  const old = ['--kube-version', '1.28.0',
               ...values({pools: {cache: {port: 11211, servers: ['10.0.0.1:11211:1']}}})];
  const run = helm('template', 'try', chart, ...old);
  assert.match(run.err, /need Kubernetes 1\.29, this is v1\.28\.0: set sidecar\.native to false/);
  assert.ok(template(chart, ...old, '--set', 'sidecar.native=false'));
});
