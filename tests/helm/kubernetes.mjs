// What an API server would say of manifests, as far as it can be told without one: types and missing
// fields, fields that do not exist, names that lead nowhere, and the restricted Pod Security Standard.
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);

// The class of an object: kubernetes-models/apps/v1 and so on have one for each kind.
function modelOf({apiVersion, kind}) {
  const bundle = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  const model = require(`${bundle}/${apiVersion}`)[kind];
  if (!model) throw new Error(`there is no ${apiVersion} ${kind}`);
  return model;
}

// The object as validation sees it, and the paths of what validation has never asked for: it asks for
// every field that its type has.
function watched(value, path, unseen) {
  if (value === null || typeof value !== 'object') return value;
  const copy = Array.isArray(value) ? [] : {};
  for (const [key, inner] of Object.entries(value)) {
    const here = `${path}/${key}`;
    const child = watched(inner, here, unseen);
    if (Array.isArray(value)) {
      copy.push(child);
      continue;
    }
    unseen.add(here);
    Object.defineProperty(copy, key, {enumerable: true, get() {
      unseen.delete(here);
      return child;
    }});
  }
  return copy;
}

// Problems of one object, each a sentence.
export function problemsOf(object) {
  const model = new (modelOf(object))({});
  const unseen = new Set();
  // Not by the constructor, which copies, and so asks for everything.
  const seen = watched(object, '', unseen);
  const problems = [];
  try {
    model.validate.call(Object.setPrototypeOf(seen, Object.getPrototypeOf(model)));
  } catch (error) {
    problems.push(error.message);
  }
  // Fields below one that was not asked for are not worth a line.
  const top = [...unseen].filter((path) =>
    ![...unseen].some((other) => path.startsWith(`${other}/`)));
  return [...problems, ...top.map((path) => `${path} is no field`)]
    .map((text) => `${object.kind} ${object.metadata.name}: ${text}`);
}

// The pod of an object, or nothing.
export const podOf = ({kind, metadata, spec}) =>
  kind === 'Pod' ? {metadata, spec} : spec?.template?.spec ? spec.template : undefined;

const containersOf = ({spec}) => [...(spec.initContainers ?? []), ...spec.containers];

const matches = (selector, labels) =>
  Object.entries(selector).every(([key, value]) => labels?.[key] === value);

// Names that lead nowhere: volumes, ports, ConfigMaps and Secrets, accounts, selectors.
export function danglingNames(objects, known = []) {
  const problems = [];
  const has = (kind, name) => known.includes(`${kind} ${name}`)
    || objects.some((object) => object.kind === kind && object.metadata.name === name);
  const need = (who, kind, name) => {
    if (name && !has(kind, name)) problems.push(`${who}: there is no ${kind} ${name}`);
  };
  const pods = objects.map(podOf).filter((pod) => pod && pod.metadata.annotations?.['helm.sh/hook'] !== 'test');
  for (const {spec, metadata} of pods) {
    const volumes = (spec.volumes ?? []).map(({name}) => name);
    const mounts = containersOf({spec}).flatMap(({volumeMounts}) => volumeMounts ?? []);
    if (new Set(volumes).size !== volumes.length) problems.push('a volume is there twice');
    for (const {name} of mounts) if (!volumes.includes(name)) problems.push(`there is no volume ${name}`);
    for (const name of volumes) {
      if (!mounts.some((mount) => mount.name === name)) problems.push(`volume ${name} is mounted nowhere`);
    }
    for (const {configMap, secret} of spec.volumes ?? []) {
      need('volume', 'ConfigMap', configMap?.name);
      need('volume', 'Secret', secret?.secretName);
    }
    need('pod', 'ServiceAccount', spec.serviceAccountName);
    for (const container of containersOf({spec})) {
      const ports = (container.ports ?? []).map(({name}) => name);
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const port = container[probe]?.httpGet.port;
        if (port && !ports.includes(port)) problems.push(`${probe}: there is no port ${port}`);
      }
    }
    const owner = objects.find((object) => object.spec?.template === undefined ? false
      : object.spec.template.metadata === metadata);
    if (owner && !matches(owner.spec.selector.matchLabels, metadata.labels)) {
      problems.push(`${owner.kind} does not select its own pods`);
    }
  }
  for (const {kind, metadata, spec} of objects) {
    if (kind === 'Service') {
      const pod = pods.find(({metadata: {labels}}) => matches(spec.selector, labels));
      if (!pod) problems.push(`Service ${metadata.name} selects nothing`);
      const ports = pod ? containersOf(pod).flatMap((one) => one.ports ?? []).map(({name}) => name) : [];
      for (const {targetPort} of spec.ports) {
        if (!ports.includes(targetPort)) problems.push(`Service ${metadata.name}: no port ${targetPort}`);
      }
    }
    if (kind === 'PodMonitor') {
      const pod = pods.find(({metadata: {labels}}) => matches(spec.selector.matchLabels, labels));
      const ports = pod ? containersOf(pod).flatMap((one) => one.ports ?? []).map(({name}) => name) : [];
      if (!ports.includes(spec.podMetricsEndpoints[0].port)) problems.push('PodMonitor finds no port');
    }
    if (kind === 'ServiceMonitor') {
      const service = objects.find((object) => object.kind === 'Service'
        && matches(spec.selector.matchLabels, object.metadata.labels));
      if (!service?.spec.ports.some(({name}) => name === spec.endpoints[0].port)) {
        problems.push('ServiceMonitor finds no port');
      }
    }
  }
  return problems;
}

// What volumes a restricted pod may have.
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image',
                 'persistentVolumeClaim', 'projected', 'secret'];

// Where pods are less than restricted (Pod Security Standards).
export function looseness({spec}) {
  const problems = [];
  for (const {name, securityContext: own = {}, ports = []} of containersOf({spec})) {
    const say = (what) => problems.push(`${name}: ${what}`);
    if (own.allowPrivilegeEscalation !== false) say('allowPrivilegeEscalation');
    if (own.privileged) say('privileged');
    if (!own.capabilities?.drop?.includes('ALL')) say('capabilities.drop');
    if ((own.capabilities?.add ?? []).some((each) => each !== 'NET_BIND_SERVICE')) say('capabilities.add');
    if (own.runAsNonRoot !== true) say('runAsNonRoot');
    if (own.runAsUser === 0) say('runAsUser');
    if (!['RuntimeDefault', 'Localhost'].includes(own.seccompProfile?.type)) say('seccompProfile');
    if (ports.some(({hostPort}) => hostPort)) say('hostPort');
  }
  for (const {name, ...kind} of spec.volumes ?? []) {
    if (!VOLUMES.includes(Object.keys(kind)[0])) problems.push(`volume ${name}`);
  }
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[key]) problems.push(key);
  return problems;
}
