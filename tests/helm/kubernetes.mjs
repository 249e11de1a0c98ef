// What an API server would say of one manifest, as far as it can be told without one: types,
// missing fields, fields that do not exist; and whether a pod is restricted.
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);

// The package that has the types of a group, if not that of Kubernetes itself.
const BUNDLES = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'cert-manager.io': '@kubernetes-models/cert-manager',
};

// The class of an object: kubernetes-models/apps/v1 and so on have one for each kind.
function modelOf({apiVersion, kind}) {
  const bundle = BUNDLES[apiVersion.split('/')[0]] ?? 'kubernetes-models';
  const model = require(`${bundle}/${apiVersion}`)[kind];
  if (!model) throw new Error(`there is no ${apiVersion} ${kind}`);
  return model;
}

// A copy that takes a path off `unseen` once somebody has asked for it.
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
    const get = () => {
      unseen.delete(here);
      return child;
    };
    Object.defineProperty(copy, key, {enumerable: true, get});
  }
  return copy;
}

// Problems of one object, each a sentence. Validation asks for every field that a type has, and
// says nothing of others: what it has never asked for does not exist.
export function problemsOf(object) {
  const model = new (modelOf(object))({});
  const unseen = new Set();
  // Not through the constructor, which copies, and so asks for everything.
  const seen = Object.setPrototypeOf(watched(object, '', unseen), Object.getPrototypeOf(model));
  const problems = [];
  try {
    model.validate.call(seen);
  } catch (error) {
    problems.push(error.message);
  }
  const below = (path) => [...unseen].some((other) => path.startsWith(`${other}/`));
  const unknown = [...unseen].filter((path) => !below(path)).map((path) => `${path} is no field`);
  const {kind, metadata: {name}} = object;
  return [...problems, ...unknown].map((text) => `${kind} ${name}: ${text}`);
}

// The pod of an object, or nothing.
export const podOf = ({kind, metadata, spec}) =>
  kind === 'Pod' ? {metadata, spec} : spec?.template?.spec ? spec.template : undefined;

export const containersOf = ({spec}) => [...(spec.initContainers ?? []), ...spec.containers];

// What a pod may have by the restricted profile of the Pod Security Standards.
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image',
                 'persistentVolumeClaim', 'projected', 'secret'];
const CONTAINER = {
  allowPrivilegeEscalation: ({allowPrivilegeEscalation: is}) => is === false,
  privileged: ({privileged}) => !privileged,
  'capabilities.drop': ({capabilities}) => capabilities?.drop?.includes('ALL'),
  'capabilities.add': ({capabilities}) =>
    (capabilities?.add ?? []).every((each) => each === 'NET_BIND_SERVICE'),
  runAsNonRoot: ({runAsNonRoot}) => runAsNonRoot === true,
  runAsUser: ({runAsUser}) => runAsUser !== 0,
  seccompProfile: ({seccompProfile}) =>
    ['RuntimeDefault', 'Localhost'].includes(seccompProfile?.type),
};

// Where a pod is less than restricted.
export function looseness({spec}) {
  const containers = containersOf({spec}).flatMap(({name, securityContext, ports = []}) => [
    ...Object.keys(CONTAINER)
      .filter((rule) => !CONTAINER[rule]({...spec.securityContext, ...securityContext})),
    ...(ports.some(({hostPort}) => hostPort) ? ['hostPort'] : []),
  ].map((what) => `${name}: ${what}`));
  const volumes = (spec.volumes ?? [])
    .filter((volume) => !VOLUMES.some((kind) => kind in volume)).map(({name}) => `volume ${name}`);
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key]);
  return [...containers, ...volumes, ...host];
}
