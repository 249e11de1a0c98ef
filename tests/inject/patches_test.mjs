// The patches of the injector, applied by a library that knows nothing of it, to pods that are
// valid by Kubernetes' types before, and have to be so after.
//   patches_test.mjs REVIEWING [PODS]
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {problemsOf} from '../helm/kubernetes.mjs';
import {randomPod} from './random_pod.mjs';

const {applyPatch} = createRequire(import.meta.url)('fast-json-patch');

const [reviewing, count = '1000'] = process.argv.slice(2);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-inject-'));
process.on('exit', () => fs.rmSync(folder, {recursive: true, force: true}));

// The built-in template, with pools.
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const POOLS = `pools:
  cache: {port: 11211, env: MEMCACHED, servers: ["10.0.0.1:11211:1"]}
  sessions: {socket: true, redis: true, servers: ["10.0.0.2:6379:1"]}`;
const template = path.join(folder, 'template.yaml');
fs.writeFileSync(template, fs.readFileSync(path.join(root, 'lib/inject/template.yaml'), 'utf8')
  .replace('@VERSION@', 'test').replace('pools: {}', POOLS));

// A line for each of the values, and what comes back for it.
function ask(args, values) {
  const input = values.map((value) => `${JSON.stringify(value)}\n`).join('');
  const done = spawnSync(reviewing, args, {input, encoding: 'utf8', maxBuffer: 1 << 28});
  assert.equal(done.status, 0, done.stderr);
  const lines = done.stdout.trimEnd().split('\n');
  assert.equal(lines.length, values.length);
  return lines;
}

const reviewOf = (object, i) => ({
  apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
  request: {uid: `uid-${i}`, kind: {group: '', version: 'v1', kind: 'Pod'}, operation: 'CREATE',
            namespace: 'app', object, dryRun: i % 2 === 0},
});

// The patches of all of them; undefined for who gets none.
function patchesOf(pods) {
  return ask([template, 'NAMESPACE'], pods.map(reviewOf)).map((line, i) => {
    const {kind, apiVersion, response} = JSON.parse(line);
    assert.deepEqual([kind, apiVersion], ['AdmissionReview', 'admission.k8s.io/v1']);
    assert.equal(response.uid, `uid-${i}`);
    assert.equal(response.allowed, true);
    assert.equal('patch' in response, response.patchType === 'JSONPatch');
    for (const warning of response.warnings ?? []) {
      assert.ok(warning.length < 256 && !/[\n\r]/.test(warning), warning);
    }
    const result = response.auditAnnotations.result;
    results.set(result, (results.get(result) ?? 0) + 1);
    return response.patch && JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8'));
  });
}

const results = new Map();
const pods = Array.from({length: Number(count)}, (_, seed) => randomPod(seed));
pods.forEach((pod, seed) => assert.deepEqual(problemsOf(pod), [], `before, seed ${seed}`));

const patches = patchesOf(pods);
const summary = [...results].sort().map(([result, times]) => `${result} ${times}`).join(', ');
const injected = [];
patches.forEach((patch, seed) => {
  if (!patch) return;
  patch.forEach(({op}) => assert.equal(op, 'add'));
  const {newDocument} = applyPatch(structuredClone(pods[seed]), patch, true);
  assert.deepEqual(problemsOf(newDocument), [], `after, seed ${seed}`);
  const {initContainers = [], containers} = newDocument.spec;
  assert.ok([initContainers[0], containers[0]].some((each) => each?.name === 'ringside'));
  injected.push([seed, newDocument]);
});
assert.ok(injected.length > pods.length / 2, summary);
assert.ok(!results.has('patch_invalid'), summary);

// Twice is once.
const again = patchesOf(injected.map(([, pod]) => pod));
again.forEach((patch, i) => assert.equal(patch, undefined, `again, seed ${injected[i][0]}`));

// And back: the very text.
ask(['--uninject'], injected.map(([, pod]) => pod)).forEach((line, i) =>
  assert.equal(line, JSON.stringify(pods[injected[i][0]]), `back, seed ${injected[i][0]}`));

console.log(`${pods.length} pods: ${summary}`);
