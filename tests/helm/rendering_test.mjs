// What the chart renders: golden files, and what Kubernetes would say of each manifest.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {parse as parseYaml} from 'yaml';
import {configTables, documentedValues, generated} from './generated.mjs';
import {containersOf, looseness, podOf, problemsOf} from './kubernetes.mjs';
import {danglingNames} from './names.mjs';
import {chart, helm, here, parentChart, parse, profile, profiles, read, template, values}
  from './tree.mjs';

const parent = parentChart();
const sample = values({ringside: {pools: {
  cache: {port: 11211, env: 'MEMCACHED', servers: ['10.0.0.1:11211:1', '10.0.0.2:11211:1']},
}}});
const valuesOf = (name) => parseYaml(read(`helm/ringside/ci/${name}-values.yaml`));
const isSidecar = (name) => (valuesOf(name).mode ?? 'sidecar') === 'sidecar';

// A sidecar is rendered within the chart that has it.
const render = (name) => isSidecar(name)
  ? template(parent, ...values({ringside: valuesOf(name)})) : template(chart, ...profile(name));
// A certificate that the chart makes is another one each time: its name instead, wherever it is.
const withoutGenerated = (text) =>
  [...text.matchAll(/^ +(tls\.crt|tls\.key|ca\.crt): (\S+)$/gm)]
    .reduce((now, [, name, value]) => now.replaceAll(value, `GENERATED-${name}`), text);
const ringsideOf = (objects) => objects.map(podOf).filter((pod) => pod).flatMap(containersOf)
  .find(({name}) => name === 'ringside');

for (const name of profiles) {
  test(`${name} renders to its golden file`, () => {
    const file = path.join(here, `golden/${name}.yaml`);
    // A template that renders to nothing leaves blanks behind.
    const text = withoutGenerated(render(name).replace(/ +$/gm, ''));
    if (process.env.UPDATE_GOLDEN) fs.writeFileSync(file, text);
    assert.equal(text, fs.readFileSync(file, 'utf8'), `tests/helm/run --update writes ${name}`);
  });

  test(`${name} is what Kubernetes takes, in all parts`, () => {
    const objects = parse(render(name));
    assert.deepEqual(objects.flatMap(problemsOf), []);
    // Those of the application, and of who gives out the token, are not the chart's to make.
    const theirs = ['ServiceAccount shop', 'Secret cache-admin',
                    'Secret cache-injector-certificate'];
    assert.deepEqual(danglingNames(objects, theirs), []);
  });

  test(`${name} meets the restricted Pod Security Standard`, () => {
    const pods = parse(render(name)).map(podOf).filter((pod) => pod);
    assert.ok(pods.length > 0);
    for (const pod of pods) assert.deepEqual(looseness(pod), []);
  });

  test(`${name} passes helm lint --strict`, () => {
    const run = helm('lint', '--strict', chart, ...profile(name));
    assert.ok(run.ok, run.out + run.err);
  });
}

test('the chart with its own values, and the one that has it, pass helm lint --strict', () => {
  for (const folder of [chart, parent]) {
    const run = helm('lint', '--strict', folder);
    assert.ok(run.ok, run.out + run.err);
  }
});

test('one value moves a chart from a sidecar to a daemonset', () => {
  const environment = (objects) => objects.find(({metadata}) => metadata.name === 'try-shop')
    .spec.template.spec.containers[0].env;
  const sidecar = parse(template(parent, ...sample));
  const daemonset = parse(template(parent, ...sample, '--set', 'ringside.mode=daemonset'));

  assert.deepEqual(environment(sidecar), [{name: 'MEMCACHED_HOST', value: '127.0.0.1'},
                                          {name: 'MEMCACHED_PORT', value: '11211'}]);
  assert.deepEqual(environment(daemonset), [{name: 'MEMCACHED_HOST', value: 'try-ringside.app'},
                                            {name: 'MEMCACHED_PORT', value: '11211'}]);
  const pod = daemonset.find(({metadata}) => metadata.name === 'try-shop').spec.template.spec;
  assert.deepEqual([pod.initContainers, pod.containers.length, pod.volumes], [null, 1, null]);
  assert.deepEqual(daemonset.flatMap(problemsOf), []);
});

test('a native sidecar is an init container that stays, a plain one a container', () => {
  const pod = (...more) => parse(template(parent, ...sample, ...more))
    .find(({metadata}) => metadata.name === 'try-shop').spec.template.spec;
  const native = pod();
  const plain = pod('--set', 'ringside.sidecar.native=false');

  assert.deepEqual(native.initContainers.map(({name, restartPolicy}) => [name, restartPolicy]),
                   [['ringside', 'Always']]);
  assert.deepEqual(native.containers.map(({name}) => name), ['shop']);
  assert.deepEqual(plain.initContainers, null);
  assert.deepEqual(plain.containers.map(({name, restartPolicy}) => [name, restartPolicy]),
                   [['shop', undefined], ['ringside', undefined]]);
});

test('only a plain sidecar has a preStop hook, and its times fill those of the pod', () => {
  const rendered = (...more) => {
    const objects = parse(template(parent, ...sample, ...more));
    const config = objects.find(({data}) => data?.['ringside.yml']);
    const {ringside: {drain}} = parseYaml(config.data['ringside.yml']);
    const hook = ringsideOf(objects).lifecycle?.preStop.exec.command.join(' ');
    return [hook?.match(/^ringside drain --wait --wait-max=(\w+) /)[1], drain.grace, drain.limit];
  };
  const plain = ['--set', 'ringside.sidecar.native=false'];
  const pod = (seconds) => ['--set', `ringside.terminationGracePeriodSeconds=${seconds}`];

  assert.deepEqual(rendered(), [undefined, '0s', '10s']);
  assert.deepEqual(rendered('--set', 'ringside.mode=daemonset'), [undefined, '5s', '10s']);
  assert.deepEqual(rendered(...plain), ['10s', '5s', '10s']);
  assert.deepEqual(rendered(...plain, ...pod(120)), ['100s', '5s', '10s']);
  assert.deepEqual(rendered(...plain, '--set', 'ringside.drain.graceSeconds=0'),
                   ['15s', '0s', '10s']);
  assert.deepEqual(rendered(...plain, ...pod(18)), [undefined, '3s', '10s']);
  assert.deepEqual(rendered(...plain, '--set', 'ringside.drain.waitSeconds=0'),
                   [undefined, '15s', '10s']);
  assert.deepEqual(rendered(...plain, '--set', 'ringside.drain.waitSeconds=12'),
                   ['12s', '5s', '10s']);
});

test('on OpenShift no user is fixed, elsewhere one is', () => {
  const user = (...more) =>
    ringsideOf(parse(template(parent, ...sample, ...more))).securityContext.runAsUser;
  assert.equal(user(), 65532);
  assert.equal(user('--api-versions', 'security.openshift.io/v1'), undefined);
  assert.equal(user('--set', 'ringside.openshift=true'), undefined);
  assert.equal(user('--api-versions', 'security.openshift.io/v1',
                    '--set', 'ringside.openshift=false'), 65532);
});

test('pods are replaced for what takes a restart, and for nothing else', () => {
  const annotation = (...more) => parse(template(parent, ...sample, ...more))
    .find(({metadata}) => metadata.name === 'try-shop')
    .spec.template.metadata.annotations['checksum/ringside-process'];
  const before = annotation();

  assert.equal(annotation('--set', 'ringside.pools.cache.timeout=400'), before);
  assert.equal(annotation('--set', 'ringside.drain.limitSeconds=5'), before);
  assert.equal(annotation('--set', 'ringside.process.log_format=text'), before);
  assert.notEqual(annotation('--set', 'ringside.process.workers=3'), before);
  assert.notEqual(annotation('--set', 'ringside.ports.probes=9000'), before);
  const live = configTables()['The process: `ringside:`']
    .filter(({change}) => change !== 'restart');
  const [, left] = read('helm/ringside/templates/_config.tpl').match(/fromYaml\)(.*) \| toJson/);
  assert.deepEqual(left.match(/\w+/g).sort(), live.map(({key}) => key).sort());
});

test('the rules and the dashboard are those of deploy/', () => {
  const objects = parse(template(parent, ...sample, '--set', 'ringside.prometheusRule.enabled=true',
                                 '--set', 'ringside.dashboard.enabled=true'));
  const rule = objects.find(({kind}) => kind === 'PrometheusRule');
  const dashboard = objects.find(({metadata}) => metadata.name === 'try-ringside-dashboard');

  assert.deepEqual(rule.spec, parseYaml(read('deploy/prometheus/ringside.rules.yml')));
  assert.equal(dashboard.data['ringside.json'], read('deploy/grafana/ringside.json'));
  assert.deepEqual([rule, dashboard].flatMap(problemsOf), []);
});

test('a setting of the rules can be another one', () => {
  const name = 'ringside_setting:latency_p99_seconds:max';
  const rule = parse(template(parent, ...sample, ...values({ringside: {
    prometheusRule: {enabled: true, settings: {[name]: 0.02}}}})))
    .find(({kind}) => kind === 'PrometheusRule');
  const expected = parseYaml(read('deploy/prometheus/ringside.rules.yml'));
  expected.groups[0].rules.find(({record}) => record === name).expr = '0.02';
  assert.deepEqual(rule.spec, expected);
});

test('what is generated is up to date, and every value has a comment', () => {
  for (const [file, text] of Object.entries(generated)) {
    assert.equal(fs.readFileSync(file, 'utf8'), text(), `tests/helm/run --update writes ${file}`);
  }
  const silent = documentedValues().filter(({text}) => !text).map(({path: name}) => name);
  assert.deepEqual(silent, []);
});

test('the schema knows every value', () => {
  const {properties} = JSON.parse(read('helm/ringside/values.schema.json'));
  const missing = documentedValues().map(({path: name}) => name.split('.'))
    .filter(([first, second]) => !properties[first]
      || (second && properties[first].properties && !properties[first].properties[second]));
  assert.deepEqual(missing, []);
});

test('the chart has the version of the program', () => {
  const {version, appVersion} = parseYaml(read('helm/ringside/Chart.yaml'));
  const [, program] = read('CMakeLists.txt').match(/project\(ringside VERSION (\S+)/);
  assert.deepEqual([version, appVersion], [program, program]);
});
