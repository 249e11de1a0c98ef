// What `inject` makes of manifests, against golden files, and that `uninject` gives them back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {parseAllDocuments} from 'yaml';
import {TEMPLATE, here, run, temporaryFolder} from './program.mjs';

const manifests = path.join(here, 'manifests');
const names = fs.readdirSync(manifests).sort();
const read = (name) => fs.readFileSync(path.join(manifests, name), 'utf8');
// Versions are no matter of these files.
const given = (text) => text.replaceAll(/(image"?: "?ringside:)[\w.-]+/g, '$1VERSION')
  .replaceAll(/("version\\?":\\?")[^"\\]+/g, '$1VERSION')
  .replaceAll(/("checksum\\?":\\?")[^"\\]+/g, '$1CHECKSUM');

function golden(name, text) {
  const file = path.join(here, 'golden', name);
  if (process.env.UPDATE_GOLDEN) fs.writeFileSync(file, text);
  assert.equal(text, fs.readFileSync(file, 'utf8'));
}

// As both versions of YAML read it.
const values = (text, version) => parseAllDocuments(text, {version, merge: true})
  .map((document) => {
    if (document.errors.length) throw document.errors[0];
    return document.toJS({maxAliasCount: -1});
});

// Without what only an injection adds: all that is left is equal if nothing else was touched.
function keep(before, after) {
  if (Array.isArray(before)) {
    const rest = [...after];
    return before.map((item) => {
      const at = rest.findIndex((each) => each?.name === item?.name);
      return keep(item, rest.splice(at, 1)[0]);
    });
  }
  if (before === null || typeof before !== 'object') return after;
  return Object.fromEntries(Object.keys(before)
    .map((name) => [name, keep(before[name], after?.[name])]));
}

for (const name of names) {
  test(`${name} is injected as its golden file says`, () => {
    const {code, out, err} = run(['inject', '-f', path.join('manifests', name)]);
    assert.equal(code, 0, err);
    golden(name, given(out));
    golden(`${name}.report`, err);
  });

  test(`what stays of ${name} keeps its values and types`, () => {
    const {out} = run(['inject', '-f', path.join('manifests', name)]);
    for (const version of ['1.1', '1.2']) {
      const [before, after] = [values(read(name), version), values(out, version)];
      assert.equal(after.length, before.length);
      before.forEach((document, i) => assert.deepEqual(keep(document, after[i]), document));
    }
  });

  test(`${name} comes back by uninject, and twice is once`, () => {
    const once = run(['inject', '-f', path.join('manifests', name)]).out;
    const twice = run(['inject', '-f', '-'], once);
    assert.equal(twice.out, once);
    assert.match(twice.err, /already_injected/);
    const back = run(['uninject', '-f', '-'], once);
    assert.equal(back.code, 0, back.err);
    for (const version of ['1.1', '1.2']) {
      assert.deepEqual(values(back.out, version), values(read(name), version));
    }
    if (!['statefulset.yaml', 'pod.json'].includes(name)) {  // an anchor, and JSON in two lines
      assert.equal(back.out, read(name));
    }
  });
}

test('documents without a pod are the same to the byte', () => {
  const text = '# a\r\n--- \r\n{a: [1,2],\r\n b: "c"}\r\n...\r\n%YAML 1.2\r\n---\r\n- x\r\n---\r\n'
    + '\r\n---\nkind: Deployment\napiVersion: other.example/v1\nspec: {template: {spec: {}}}\n'
    + '---\nlast';
  const {code, out, err} = run(['inject', '-f', '-'], text);
  assert.deepEqual([code, out, err], [0, text, '']);
});

test('files, folders and their order', () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, 'sub/.git'), {recursive: true});
  const put = (name, text) => fs.writeFileSync(path.join(folder, name), text);
  put('b.yaml', 'kind: B');
  put('a.yml', '---\nkind: A\n');
  put('sub/c.json', '{"kind": "C"}\n');
  put('sub/.git/d.yaml', 'kind: D\n');
  put('e.txt', 'kind: E\n');
  put('extra', '# comment\nkind: F\n');

  const {out} = run(['inject', '-f', folder, '-f', path.join(folder, 'extra')]);
  assert.equal(out, '---\nkind: A\n---\nkind: B\n---\n{"kind": "C"}\n---\n# comment\nkind: F\n');

  const {out: json} = run(['inject', '-f', folder, '-o', 'json']);
  assert.deepEqual(JSON.parse(json), {apiVersion: 'v1', kind: 'List',
                                      items: [{kind: 'A'}, {kind: 'B'}, {kind: 'C'}]});
});

test('-o has either form of the same', () => {
  const yaml = run(['inject', '-f', 'manifests/cronjob.yaml']).out;
  const json = run(['inject', '-f', 'manifests/cronjob.yaml', '-o', 'json']).out;
  assert.deepEqual(JSON.parse(json), values(yaml, '1.1')[0]);
  const back = run(['inject', '-f', '-', '-o', 'yaml'], json).out;
  assert.deepEqual(values(back, '1.1')[0], values(yaml, '1.1')[0]);
});

test('an error names the file, the line and the document, and nothing is printed', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'shop.yaml');
  fs.writeFileSync(file, 'kind: A\n---\n# two\nkind: B\nspec:\n  a: b: c\n');
  const {code, out, err} = run(['inject', '-f', file]);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^ringside-injector: .*shop\.yaml:6:\d+: .* \(document 2 of 2\)\n$/);
});

test('a wrong configuration is told with its workload, and nothing is printed', () => {
  const wrong = read('cronjob.yaml').replace('port: 11211', 'port: 11211, timeuot: 1');
  const {code, out, err} = run(['inject', '-f', '-'], wrong);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^standard input: cronjob\/nightly: skipped: config_invalid: .*timeuot/m);
  assert.match(err, /nothing was printed, as something above is wrong\n$/);
});

test('--template says what pods are given', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'template.yaml');
  fs.writeFileSync(file, TEMPLATE.replace('image: ringside:', 'image: other/ringside:'));
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n'
    + '  - name: a\n    image: a\n';
  const {code, out, err} = run(['inject', '-f', '-', '--template', file], pod);
  assert.equal(code, 0, err);
  assert.match(out, /image: other\/ringside:/);
  assert.equal(run(['uninject', '-f', '-'], out).out, pod);

  fs.writeFileSync(file, 'native: maybe\n');
  const refused = run(['inject', '-f', '-', '--template', file], pod);
  assert.deepEqual([refused.code, refused.out], [1, '']);
  assert.match(refused.err, /template\.yaml/);
});

test('a document without end is refused soon', () => {
  const bomb = ['a: &a [x]', ...Array.from({length: 30}, (_, i) =>
    `${'bcdefghijklmnopqrstuvwxyzABCDE'[i]}: &${'bcdefghijklmnopqrstuvwxyzABCDE'[i]} [*${
      'abcdefghijklmnopqrstuvwxyzABCD'[i]}, *${'abcdefghijklmnopqrstuvwxyzABCD'[i]}]`)].join('\n');
  const begin = Date.now();
  const {code, out} = run(['inject', '-f', '-'], bomb);
  assert.deepEqual([code, out], [1, '']);
  assert.ok(Date.now() - begin < 10000);
});
