// What docs/kubernetes.md shows is what the chart takes and Kubernetes, too.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {parse as parseYaml} from 'yaml';
import {problemsOf} from './kubernetes.mjs';
import {chart, helm, parentChart, parse, profiles, profile, read, root, template, values}
  from './tree.mjs';

const guide = read('docs/kubernetes.md');
const blocks = [...guide.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)]
  .map(([, indentation, text]) => text.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''));
const mentioned = (pattern, text) =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name))];

test('the values that it shows render', () => {
  const shown = blocks.filter((text) => text.startsWith('# values of the chart'));
  assert.ok(shown.length > 3);
  for (const text of shown) {
    const objects = parse(template(chart, ...values(parseYaml(text))));
    assert.deepEqual(objects.flatMap(problemsOf), [], text);
  }
  const [ofParent] = blocks.filter((text) => /^ *ringside:\n/.test(text));
  assert.ok(template(parentChart(), ...values(parseYaml(ofParent))));
});

test('the other objects that it shows are what Kubernetes takes', () => {
  const shown = blocks.filter((text) => text.startsWith('apiVersion: rbac'));
  assert.deepEqual(shown.flatMap(parse).map(({kind}) => kind), ['Role', 'RoleBinding']);
  assert.deepEqual(shown.flatMap(parse).flatMap(problemsOf), []);
  const pod = blocks.find((text) => text.includes('ringside.dev/pools: |'));
  const {metadata: {annotations}} = parseYaml(pod);
  const pools = parseYaml(annotations['ringside.dev/pools']);
  assert.ok(template(chart, ...values({mode: 'injector', pools})));
});

test('it names all annotations and reasons of the injector, and no others', {
  skip: !fs.existsSync(path.join(root, 'lib/inject')) && 'there is no lib/inject',
}, () => {
  const section = guide.slice(guide.indexOf('### What a pod can say'),
                              guide.indexOf('### Certificates of the webhook'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const heads = rows.map((line) => line.split(' | ')[0]);
  const named = (pattern) => heads.flatMap((head) => mentioned(pattern, head)).sort();
  const annotations =
    mentioned(/AnnotationRow\{\s*"([\w-]+)"/g, read('lib/inject/annotations.cpp'));
  const reasons = mentioned(/SkipReason::\w+,\s*"(\w+)"/g, read('lib/inject/skip_reason.cpp'));
  assert.deepEqual(named(/`ringside\.dev\/([\w-]+)`/g), annotations.sort());
  assert.deepEqual(named(/`(\w+)`/g), reasons.sort());
});

test('it leads from each alert to its section', () => {
  const alerts = mentioned(/alert: (\w+)$/gm, read('deploy/prometheus/ringside.rules.yml'));
  const sections = mentioned(/^### (\w+)$/gm, read('docs/ALERTS.md'));
  const links = [...guide.matchAll(/\[(Ringside\w+)\]\(ALERTS\.md#(\w+)\)/g)];
  assert.deepEqual(links.map(([, name]) => name).sort(), alerts.sort());
  assert.deepEqual(links.filter(([, name, to]) => to !== name.toLowerCase()), []);
  assert.deepEqual(alerts.filter((name) => !sections.includes(name)), []);
});

test('the files that it names are there', () => {
  const named = mentioned(/\]\(([^)#:]+)(?:#[^)]*)?\)/g, guide);
  assert.ok(named.length > 5);
  assert.deepEqual(named.filter((name) => !fs.existsSync(path.join(root, 'docs', name))), []);
});

test('the templates, values and alerts that it and the README name exist', () => {
  const text = guide + read('helm/ringside/README.md');
  const templates = mentioned(/define "([\w.]+)"/g, read('helm/ringside/templates/_sidecar.tpl')
    + read('helm/ringside/templates/_config.tpl'));
  const named = mentioned(/[`"](ringside\.sidecar\.(?!native)\w+)[`"]/g, text);
  assert.deepEqual(named.filter((name) => !templates.includes(name)), []);
  assert.deepEqual(templates.filter((name) => name.startsWith('ringside.sidecar.')).sort(),
                   named.sort());
  const alerts = read('deploy/prometheus/ringside.rules.yml');
  for (const alert of mentioned(/`(Ringside[A-Z]\w+)`/g, text)) {
    assert.ok(alerts.includes(`alert: ${alert}\n`), alert);
  }
});

test('the notes tell each mode where its pools are', () => {
  const notes = (...args) => {
    const run = helm('install', 'try', chart, '--namespace', 'app', '--dry-run=client', ...args);
    assert.ok(run.ok, run.err);
    return run.out.slice(run.out.indexOf('NOTES:'));
  };
  const expected = {
    sidecar: /cache: 127\.0\.0\.1:11211\n *fragments: \/run\/ringside\/fragments\.sock\n/,
    plain: /sessions: 127\.0\.0\.1:6379\n/,
    daemonset: /cache: try-ringside\.app:11211\n[\s\S]*port-forward daemonset\/try-ringside 22221:/,
    deployment: /cache: cache-proxy\.app:11211\n[\s\S]*port-forward deployment\/cache-proxy 22221:/,
  };
  for (const name of profiles.filter((each) => expected[each])) {
    assert.match(notes(...profile(name)), expected[name]);
  }
  const secret = /want the token of the Secret cache-admin/;
  assert.match(notes(...profile('deployment')), secret);
  assert.doesNotMatch(notes(...profile('daemonset')), secret);
  const injector = notes(...profile('injector'));
  assert.match(injector, /ringside\.dev\/inject=enabled/);
  assert.match(injector, /without pools of their own[\s\S]*cache: 127\.0\.0\.1:11211\n/);
  assert.match(injector, /certificate is kept in the Secret try-ringside-tls/);
  assert.match(notes(...profile('injector-cert-manager')), /no pod that asks for it can be made/);
  assert.doesNotMatch(notes(...profile('injector-secret')), /helm -n app test/);
  const existing = notes(...values({config: {existing: 'mine'}, pools: {cache: {port: 11211}}}));
  assert.match(existing, /mine has to have[\s\S]*ringside:\n *admin: 127\.0\.0\.1:22221\n/);
});
