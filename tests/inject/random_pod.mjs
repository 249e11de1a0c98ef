// Pods that Kubernetes takes, in any shape, by a seed; some of them cannot have a sidecar.

// mulberry32: the same numbers everywhere.
export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (count) => Math.floor(next() * count);
  return {below, oneIn: (count) => below(count) === 0, pick: (list) => list[below(list.length)]};
}

const ANNOTATIONS = [
  ['example.com/a~b', 'tilde ~ and "quotes" \\ ~1 ~0'],
  ['example.com/note', 'two\nlines, ä, 😀'],
  ['kubectl.kubernetes.io/default-container', 'c-0'],
  ['ringside.dev/native', 'true'], ['ringside.dev/native', 'false'], ['ringside.dev/native', 'x'],
  ['ringside.dev/env', 'disabled'], ['ringside.dev/image', 'registry.example/own:1'],
  ['ringside.dev/log-level', '7'], ['ringside.dev/image-pull-policy', 'Always'],
  ['ringside.dev/cpu-request', '10m'], ['ringside.dev/cpu-limit', '1'],
  ['ringside.dev/memory-request', '16Mi'], ['ringside.dev/memory-limit', '64Mi'],
  ['ringside.dev/memory-request', '1Gi'],
  ['ringside.dev/probes-port', '8081'], ['ringside.dev/admin-port', '9091'],
  ['ringside.dev/containers', 'c-0'],
  ['ringside.dev/pools', '{own: {port: 7000, servers: ["10.0.0.1:11211:1"], timeout: 400ms}}'],
  ['ringside.dev/pools', 'sessions'],
  ['ringside.dev/pools', 'k: {socket: true, discovery: {kubernetes: {service: m, port: p}}}'],
  ['ringside.dev/config-map', 'shop-ringside'], ['ringside.dev/config-secret', 'shop-ringside'],
  ['ringside.dev/config', 'ringside: {probes: "0.0.0.0:8088"}\n' +
   'whole: {listen: /run/ringside/w.sock 0666, servers: ["10.0.0.1:11211:1"]}\n'],
  ['ringside.dev/odd', 'x'],
];

const ENV = [
  {name: 'MEMCACHED_HOST', value: 'elsewhere'}, {name: 'SESSIONS_SOCKET', value: '/tmp/s'},
  {name: 'MODE', value: 'production'}, {name: 'EMPTY'},
  {name: 'IP', valueFrom: {fieldRef: {apiVersion: 'v1', fieldPath: 'status.podIP'}}},
  {name: 'PASSWORD', valueFrom: {secretKeyRef: {name: 'shop', key: 'password', optional: true}}},
];

const PROBE = {httpGet: {path: '/healthz', port: 'http', scheme: 'HTTP'}, periodSeconds: 5};

function container(d, name, isInit) {
  const made = {name, image: d.pick(['shop:1', 'registry.example/shop@sha256:0'])};
  if (d.oneIn(2)) made.env = ENV.filter(() => d.oneIn(3));
  if (d.oneIn(4)) made.envFrom = [{configMapRef: {name: 'shop'}, prefix: 'S_'}];
  if (d.oneIn(3)) made.volumeMounts = [{name: 'data', mountPath: d.pick(['/d', '/run/ringside'])}];
  if (d.oneIn(2)) {
    made.ports = [{name: 'http', containerPort: d.pick([80, 8080, 9090]), protocol: 'TCP'}];
    if (d.oneIn(9)) made.ports.push({containerPort: 11211, protocol: d.pick(['TCP', 'UDP'])});
    if (!isInit && d.oneIn(2)) made.livenessProbe = PROBE;
  }
  if (d.oneIn(3)) made.resources = {requests: {cpu: '1', memory: '1Gi'}, limits: {memory: '2Gi'}};
  if (d.oneIn(4)) made.securityContext = {runAsNonRoot: true, capabilities: {drop: ['ALL']}};
  if (d.oneIn(4)) made.args = ['--a', '$(MEMCACHED_HOST)'];
  if (isInit && d.oneIn(4)) made.restartPolicy = 'Always';
  return made;
}

function metadata(d) {
  const made = {name: 'shop', namespace: 'app', creationTimestamp: null};
  if (d.oneIn(2)) {
    delete made.name;
    made.generateName = 'shop-6d4b-';
    made.ownerReferences = [{apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'shop-6d4b',
                             uid: 'u', controller: true, blockOwnerDeletion: true}];
  }
  if (!d.oneIn(3)) made.labels = {app: 'shop', 'example.com/tier': 'web'};
  if (d.oneIn(12)) {
    made.labels = {'ringside.dev/inject': d.pick(['enabled', 'disabled', 'yes'])};
  }
  const annotations = {};
  for (let i = d.below(4); i > 0; --i) {
    const [name, value] = d.pick(ANNOTATIONS);
    annotations[name] = value;
  }
  if (!d.oneIn(4)) made.annotations = annotations;
  return made;
}

export function randomPod(seed) {
  const d = dice(seed);
  const spec = {containers: []};
  for (let i = d.below(3); i >= 0; --i) {
    spec.containers.push(container(d, `c-${spec.containers.length}`, false));
  }
  if (d.oneIn(30)) spec.containers.push(container(d, 'ringside', false));
  if (d.oneIn(2)) spec.initContainers = d.oneIn(4) ? [] : [container(d, 'init', true)];
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (all.some(({volumeMounts}) => volumeMounts)) {
    spec.volumes = [{name: 'data', emptyDir: {}}];
  } else if (d.oneIn(3)) {
    spec.volumes = d.pick([[], [{name: 'x', secret: {secretName: 'x', defaultMode: 420}}]]);
  }
  if (d.oneIn(30)) (spec.volumes ??= []).push({name: 'ringside-state', emptyDir: {}});
  if (d.oneIn(25)) spec.hostNetwork = true;
  if (d.oneIn(3)) spec.terminationGracePeriodSeconds = 45;
  if (d.oneIn(4)) spec.automountServiceAccountToken = false;
  if (d.oneIn(4)) spec.tolerations = [{key: 'a', operator: 'Exists', effect: 'NoExecute'}];
  return {apiVersion: 'v1', kind: 'Pod', metadata: metadata(d), spec};
}
