// The injector: whom the API server asks it about, whom it trusts, and what it is to put into pods.
import assert from 'node:assert/strict';
import {X509Certificate, createPrivateKey} from 'node:crypto';
import {once} from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import {test as nodeTest} from 'node:test';
import tls from 'node:tls';
import {parse as parseYaml, stringify} from 'yaml';
import {clusterWith} from './cluster.mjs';
import {containersOf, podOf} from './kubernetes.mjs';
import {selects} from './names.mjs';
import {start} from './pod.mjs';
import {chart, parentChart, parse, profile, profiles, programs, read, root, temporaryFolder,
        template, values} from './tree.mjs';

// Whatever happens, an end comes.
const test = (name, body) => nodeTest(name, {timeout: 60000}, body);

const LABEL = 'ringside.dev/inject';
const ofInjector = profiles.filter((name) => name.startsWith('injector'));
const rendered = Object.fromEntries(ofInjector.map((name) =>
  [name, parse(template(chart, ...profile(name)))]));
const find = (objects, wanted, name) => objects.find(({kind, metadata}) =>
  kind === wanted && (!name || metadata.name === name));
const webhooksOf = (objects) => find(objects, 'MutatingWebhookConfiguration').webhooks;
const deploymentOf = (objects) => find(objects, 'Deployment').spec.template;
const templateOf = (objects) => parse(objects
  .find(({data}) => data?.['template.yaml']).data['template.yaml'])[0];
const decoded = (text) => Buffer.from(text, 'base64').toString();

// The paths of the webhooks that the API server calls for a pod.
function asked(objects, {namespace, namespaceLabels = {}, podLabels = {}}) {
  const labels = {'kubernetes.io/metadata.name': namespace, ...namespaceLabels};
  return webhooksOf(objects)
    .filter(({namespaceSelector}) => selects(namespaceSelector, labels))
    .filter(({objectSelector}) => selects(objectSelector, podLabels))
    .map(({clientConfig: {service}}) => service.path);
}

// Label of the namespace, label of the pod, who is asked.
const [BY_POD, BY_NAMESPACE, NOBODY] = [['/inject/pod'], ['/inject/namespace'], []];
const OPTING = [
  [undefined, undefined, NOBODY],
  [undefined, 'enabled', BY_POD],
  [undefined, 'disabled', NOBODY],
  [undefined, 'true', BY_POD],  // is told that this means nothing
  ['enabled', undefined, BY_NAMESPACE],
  ['enabled', 'enabled', BY_POD],
  ['enabled', 'disabled', NOBODY],
  ['enabled', 'true', BY_POD],
  ['disabled', undefined, NOBODY],
  ['disabled', 'enabled', BY_POD],
  ['disabled', 'disabled', NOBODY],
  ['true', undefined, NOBODY],
  ['true', 'enabled', BY_POD],
];

for (const name of ofInjector) {
  test(`${name}: a pod's label decides, and without it that of its namespace`, () => {
    for (const [ofNamespace, ofPod, expected] of OPTING) {
      const labels = (value) => value && {[LABEL]: value};
      const [namespaceLabels, podLabels] = [labels(ofNamespace), labels(ofPod)];
      const paths = asked(rendered[name], {namespace: 'shop', namespaceLabels, podLabels});
      assert.deepEqual(paths, expected, `${ofNamespace}, ${ofPod}`);
    }
  });

  test(`${name}: what the cluster itself runs is spared, and so is the injector`, () => {
    const enabled = {[LABEL]: 'enabled'};
    for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease']) {
      for (const podLabels of [{}, enabled]) {
        const paths = asked(rendered[name], {namespace, namespaceLabels: enabled, podLabels});
        assert.deepEqual(paths, []);
      }
    }
    const own = deploymentOf(rendered[name]).metadata.labels;
    assert.deepEqual(asked(rendered[name], {namespace: 'app', namespaceLabels: enabled,
                                            podLabels: own}), []);
  });

  test(`${name}: the API server reaches the port on which it listens`, () => {
    const [container] = deploymentOf(rendered[name]).spec.containers;
    const portOf = (wanted) => container.ports.find((each) => each.name === wanted).containerPort;
    const option = (wanted) => container.args
      .find((each) => each.startsWith(`--${wanted}=`)).match(/:(\d+)$/)[1];
    assert.equal(portOf('webhook'), Number(option('listen')));
    assert.equal(portOf('ringside-probes'), Number(option('probes')));
    const mounted = ({name: volume}) =>
      container.volumeMounts.find((each) => each.name === volume).mountPath;
    assert.equal(mounted({name: 'ringside-tls'}), '/tls');
    assert.equal(mounted({name: 'ringside-template'}), '/etc/ringside-injector');
  });

  test(`${name}: when it is uninstalled nothing of it stays`, () => {
    const CLUSTER_WIDE = ['MutatingWebhookConfiguration', 'ClusterRole', 'ClusterRoleBinding'];
    for (const {kind, metadata: {name: object, namespace, annotations = {}}} of rendered[name]) {
      // Helm takes away what it has made, but for hooks and for what says that it is to stay.
      assert.equal(annotations['helm.sh/resource-policy'], undefined, object);
      if (annotations['helm.sh/hook']) {
        assert.match(annotations['helm.sh/hook-delete-policy'], /hook-succeeded/, object);
      }
      assert.equal(namespace, CLUSTER_WIDE.includes(kind) ? undefined : 'app', `${kind} ${object}`);
    }
  });
}

test('a namespace can be spared, and none has to be', () => {
  const of = (sparedNamespaces) => parse(template(chart, ...values({mode: 'injector',
    injector: {sparedNamespaces}})));
  const pod = (namespace) => ({namespace, podLabels: {[LABEL]: 'enabled'}});
  assert.deepEqual(asked(of(['vault']), pod('vault')), []);
  assert.deepEqual(asked(of(['vault']), pod('shop')), BY_POD);
  assert.deepEqual(asked(of([]), pod('kube-system')), BY_POD);
});

test('pods of a daemonset and a deployment, and their tests, are not injected', () => {
  for (const name of ['daemonset', 'deployment']) {
    const pods = parse(template(chart, ...profile(name))).map(podOf).filter((pod) => pod);
    assert.equal(pods.length, 2);
    for (const {metadata: {labels: podLabels}} of pods) {
      assert.deepEqual(asked(rendered.injector, {namespace: 'app', podLabels,
                                                 namespaceLabels: {[LABEL]: 'enabled'}}), []);
    }
  }
});

test('helm test asks of a pod that is injected', () => {
  const {metadata: {labels: podLabels}} = find(rendered.injector, 'Pod');
  assert.deepEqual(asked(rendered.injector, {namespace: 'app', podLabels}), BY_POD);
  assert.equal(find(rendered['injector-secret'], 'Pod'), undefined);  // plain: would not end
});

// Whether a client that trusts `ca` gets through to who has certificate and key, by that name.
async function handshake({certificate, key, ca, name}) {
  const server = tls.createServer({cert: certificate, key}, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = tls.connect({port: server.address().port, host: '127.0.0.1', ca,
                              servername: name});
  const outcome = await once(client, 'secureConnect').then(() => 'trusted', ({code}) => code);
  client.destroy();
  server.close();
  return outcome;
}

const serviceName = ({clientConfig: {service: {name, namespace}}}) => `${name}.${namespace}.svc`;

test('a generated certificate is one that the API server trusts, for years', async () => {
  const {data} = find(rendered.injector, 'Secret', 'try-ringside-tls');
  const [certificate, key, ca]
    = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => decoded(data[name]));
  for (const webhook of webhooksOf(rendered.injector)) {
    const trusted = decoded(webhook.clientConfig.caBundle);
    assert.equal(trusted, ca);
    const name = serviceName(webhook);
    assert.equal(await handshake({certificate, key, ca: trusted, name}), 'trusted');
    assert.equal(await handshake({certificate, key, ca: trusted, name: 'other.app.svc'}),
                 'ERR_TLS_CERT_ALTNAME_INVALID');
  }
  const leaf = new X509Certificate(certificate);
  assert.equal(leaf.checkPrivateKey(createPrivateKey(key)), true);
  const years = (new Date(leaf.validTo) - new Date()) / 365 / 86400e3;
  assert.ok(years > 9.9 && years < 10.1, leaf.validTo);
  // The key of the authority is nowhere: nobody can sign another one.
  assert.doesNotMatch(decoded(Object.values(data).join('')), /KEY[\s\S]*BEGIN [A-Z ]*KEY/);
});

test('a generated certificate stays that which is in the cluster', async () => {
  const there = find(parse(template(chart, ...profile('injector'))), 'Secret');
  const again = parse(await clusterWith([there], (render) => render(...profile('injector'))));
  assert.deepEqual(find(again, 'Secret').data, there.data);
  for (const {clientConfig} of webhooksOf(again)) {
    assert.equal(clientConfig.caBundle, there.data['ca.crt']);
  }
  // Half a one is none.
  const half = {...there, data: {...there.data, 'ca.crt': ''}};
  const anew = parse(await clusterWith([half], (render) => render(...profile('injector'))));
  assert.notEqual(find(anew, 'Secret').data['tls.crt'], there.data['tls.crt']);
  // What the guide warns of: without a cluster it is another one each time.
  const [one, other] = [rendered.injector, parse(template(chart, ...profile('injector')))]
    .map((objects) => find(objects, 'Secret').data['tls.crt']);
  assert.notEqual(one, other);
});

test('cert-manager makes the certificate, and it alone says whom to trust', () => {
  const check = (objects) => {
    const {annotations} = find(objects, 'MutatingWebhookConfiguration').metadata;
    const [namespace, name] = annotations['cert-manager.io/inject-ca-from'].split('/');
    const {metadata, spec} = find(objects, 'Certificate', name);
    assert.equal(metadata.namespace, namespace);
    for (const webhook of webhooksOf(objects)) {
      assert.equal('caBundle' in webhook.clientConfig, false);
      assert.ok(spec.dnsNames.includes(serviceName(webhook)));
    }
    const volume = deploymentOf(objects).spec.volumes.find((each) => each.name === 'ringside-tls');
    assert.equal(volume.secret.secretName, spec.secretName);
    assert.equal(find(objects, 'Secret'), undefined);
    return spec.issuerRef;
  };
  const objects = rendered['injector-cert-manager'];
  const issuer = find(objects, 'Issuer', check(objects).name);
  const authority = find(objects, 'Certificate', 'try-ringside-authority');
  assert.equal(authority.spec.isCA, true);
  assert.equal(issuer.spec.ca.secretName, authority.spec.secretName);
  // Of an issuer that is there, nothing but the certificate.
  const given = parse(template(chart, ...values({mode: 'injector', injector: {certificate:
    {from: 'certManager', issuer: {name: 'ours', kind: 'ClusterIssuer'}}}})));
  assert.deepEqual(check(given), {name: 'ours', kind: 'ClusterIssuer'});
  assert.equal(given.filter(({apiVersion}) => apiVersion === 'cert-manager.io/v1').length, 1);
});

test('a certificate of somebody else is mounted, and their authority trusted', () => {
  const objects = rendered['injector-secret'];
  const {injector: {certificate}} = parseYaml(read('helm/ringside/ci/injector-secret-values.yaml'));
  for (const {clientConfig} of webhooksOf(objects)) {
    assert.equal(decoded(clientConfig.caBundle), certificate.caBundle);
  }
  const volume = deploymentOf(objects).spec.volumes.find(({name}) => name === 'ringside-tls');
  assert.equal(volume.secret.secretName, certificate.secretName);
  assert.equal(find(objects, 'Secret'), undefined);
});

test('it may write events and nothing else, and without events nothing at all', () => {
  const role = find(rendered.injector, 'ClusterRole');
  assert.deepEqual(role.rules, [{apiGroups: [''], resources: ['events'], verbs: ['create']}]);
  const bound = find(rendered.injector, 'ClusterRoleBinding');
  assert.deepEqual([bound.roleRef.name, bound.subjects.map(({name}) => name)],
                   [role.metadata.name, ['try-ringside']]);
  assert.deepEqual(rendered.injector.filter(({kind}) => /^Role/.test(kind)), []);
  const without = rendered['injector-secret'];
  assert.deepEqual(without.filter(({kind}) => /Role/.test(kind)), []);
  const {spec} = deploymentOf(without);
  assert.ok(spec.containers[0].args.includes('--events=no'));
  assert.doesNotMatch(JSON.stringify(spec), /serviceAccountToken|secrets\/kubernetes/);
});

// What the engine merges over a template for a container that is not native.
const merged = (under, over) => {
  if (!over || typeof over !== 'object' || Array.isArray(over)) return over;
  return Object.entries(over).reduce(
    (now, [key, value]) => ({...now, [key]: merged(now?.[key], value)}), under ?? {});
};

for (const native of [true, false]) {
  test(`what it injects is the ${native ? 'native' : 'plain'} sidecar of the same values`, () => {
    const same = {
      sidecar: {native}, terminationGracePeriodSeconds: 60, logLevel: 7, waitForNodes: false,
      admin: {tokenSecret: {name: 'cache-admin'}}, extraEnv: [{name: 'TZ', value: 'UTC'}],
      extraVolumes: [{name: 'more', emptyDir: {}}],
      extraVolumeMounts: [{name: 'more', mountPath: '/more'}], process: {stats: 'off', workers: 2},
      pools: {cache: {port: 11211, servers: ['10.0.0.1:11211:1']}},
    };
    const {pools, ...given}
      = templateOf(parse(template(chart, ...values({mode: 'injector', ...same}))));
    const {process, container, volumes} = native ? given : merged(given, given.plain);
    const objects = parse(template(parentChart(), ...values({ringside: same})));
    const pod = find(objects, 'Deployment').spec.template;
    const {restartPolicy, ...expected} = containersOf(pod).find(({name}) => name === 'ringside');
    const config = parseYaml(objects.find(({data}) => data?.['ringside.yml']).data['ringside.yml']);

    assert.equal(given.native, native);
    assert.equal(restartPolicy, native ? 'Always' : undefined);
    assert.deepEqual(container, expected);
    assert.deepEqual(process, config.ringside);
    assert.deepEqual(pools, same.pools);
    const [{name, downwardAPI: {items: [item]}}, ...others] = volumes;
    assert.equal(name, pod.spec.volumes[0].name);
    assert.deepEqual([item.path, item.fieldRef.fieldPath],
                     ['ringside.yml', "metadata.annotations['ringside.dev/config']"]);
    assert.deepEqual(others, pod.spec.volumes.slice(1));
  });
}

for (const name of ofInjector) {
  test(`ringside -t takes what ${name} gives to pods that name nothing`, async () => {
    const {native, process, pools, plain} = templateOf(rendered[name]);
    const config = {ringside: native ? process : merged(process, plain.process)};
    for (const [pool, {port, env, ...settings}] of Object.entries(pools)) {
      config[pool] = {listen: `127.0.0.1:${port}`, ...settings};
    }
    const some = {listen: '127.0.0.1:1', servers: ['127.0.0.1:2:1']};
    if (!Object.keys(pools).length) config.cache = some;
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'password'), 'a-word\n');
    const file = path.join(folder, 'ringside.yml');
    fs.writeFileSync(file, stringify(config).replaceAll('/var/run/secrets/redis', folder)
      .replaceAll('/var/lib/ringside', folder));
    const child = start(path.join(programs, 'ringside'), ['-t', '-c', file]);
    assert.deepEqual(await child.ended, {code: 0, signal: null}, child.output);
  });
}

const BUILT_IN = 'lib/inject/template.yaml';
nodeTest('by itself the chart gives what is built into the injector', {
  skip: !fs.existsSync(path.join(root, BUILT_IN)) && `there is no ${BUILT_IN}`,
}, () => {
  const builtIn = parse(read(BUILT_IN))[0];
  const ofChart = templateOf(parse(template(chart, '--set', 'mode=injector')));
  const untagged = (image) => image.replace(/:[^:/]*$/, '');
  assert.equal(untagged(ofChart.container.image), untagged(builtIn.container.image));
  ofChart.container.image = builtIn.container.image;
  assert.deepEqual(ofChart, builtIn);
});
