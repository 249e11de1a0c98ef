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
const blocks = [...guide.matchAll(/^ *```yaml\n([\s\S]*?)^ *```$/gm)].map(([, text]) => text);
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
  for (const name of profiles) assert.match(notes(...profile(name)), expected[name]);
  const secret = /want the token of the Secret cache-admin/;
  assert.match(notes(...profile('deployment')), secret);
  assert.doesNotMatch(notes(...profile('daemonset')), secret);
  const existing = notes(...values({config: {existing: 'mine'}, pools: {cache: {port: 11211}}}));
  assert.match(existing, /mine has to have[\s\S]*ringside:\n *admin: 127\.0\.0\.1:22221\n/);
});
