// Names in manifests that lead nowhere: no server refuses them, and nothing works.
import {containersOf, podOf} from './kubernetes.mjs';

const matches = (selector, labels) =>
  Object.entries(selector).every(([key, value]) => labels?.[key] === value);

const OPERATORS = {
  In: (value, values) => values.includes(value),
  NotIn: (value, values) => !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

// Whether a LabelSelector takes an object with these labels.
export const selects = ({matchLabels = {}, matchExpressions = []}, labels) =>
  matches(matchLabels, labels) && matchExpressions.every(({key, operator, values}) =>
    OPERATORS[operator](labels?.[key], values));

const portsOf = (pod) =>
  (pod ? containersOf(pod) : []).flatMap(({ports}) => ports ?? []).map(({name}) => name);

function volumeProblems({spec}) {
  const volumes = (spec.volumes ?? []).map(({name}) => name);
  const mounted = containersOf({spec}).flatMap(({volumeMounts}) => volumeMounts ?? [])
    .map(({name}) => name);
  const twice = volumes.filter((name, at) => volumes.indexOf(name) !== at);
  const missing = mounted.filter((name) => !volumes.includes(name));
  const unused = volumes.filter((name) => !mounted.includes(name));
  return [
    ...twice.map((name) => `there are two volumes ${name}`),
    ...missing.map((name) => `there is no volume ${name}`),
    ...unused.map((name) => `volume ${name} is mounted nowhere`),
  ];
}

function probeProblems(pod) {
  return containersOf(pod).flatMap((container) => {
    const ports = (container.ports ?? []).map(({name}) => name);
    return ['startupProbe', 'readinessProbe', 'livenessProbe']
      .map((probe) => container[probe]?.httpGet?.port)
      .filter((port) => port && !ports.includes(port)).map((port) => `a probe has no port ${port}`);
  });
}

// "KIND NAME" of what a pod needs to be there.
const neededBy = ({spec}) => [
  ...(spec.serviceAccountName ? [`ServiceAccount ${spec.serviceAccountName}`] : []),
  ...(spec.volumes ?? []).flatMap(({configMap, secret}) => [
    ...(configMap ? [`ConfigMap ${configMap.name}`] : []),
    ...(secret ? [`Secret ${secret.secretName}`] : []),
  ]),
];

// Whether an object that selects others finds them, with the ports that it names.
const SELECTING = {
  Service({spec}, {pods}) {
    const ports = portsOf(pods.find(({metadata}) => matches(spec.selector, metadata.labels)));
    return spec.ports.every(({targetPort}) => ports.includes(targetPort));
  },
  PodMonitor({spec: {selector, namespaceSelector, podMetricsEndpoints: [{port}]}}, {pods}) {
    if (namespaceSelector?.any) return true;  // whatever there is elsewhere
    const labels = selector.matchLabels;
    return portsOf(pods.find(({metadata}) => matches(labels, metadata.labels))).includes(port);
  },
  ServiceMonitor({spec: {selector, endpoints: [{port}]}}, {objects}) {
    const service = objects.find(({kind, metadata}) =>
      kind === 'Service' && matches(selector.matchLabels, metadata.labels));
    return Boolean(service?.spec.ports.some(({name}) => name === port));
  },
  NetworkPolicy({spec}, {pods}) {
    const {matchLabels} = spec.podSelector;
    const ports = portsOf(pods.find(({metadata}) => matches(matchLabels, metadata.labels)));
    return spec.ingress.flatMap((rule) => rule.ports).every(({port}) => ports.includes(port));
  },
  MutatingWebhookConfiguration: ({webhooks}, {objects}) => webhooks.every(
    ({clientConfig: {service: {name, namespace, port}}}) => objects.some(({kind, metadata, spec}) =>
      kind === 'Service' && metadata.name === name && metadata.namespace === namespace
      && spec.ports.some((each) => each.port === port))),
  Certificate: ({spec: {issuerRef}}, {objects}) => issuerRef.kind !== 'Issuer' || objects.some(
    ({kind, metadata}) => kind === 'Issuer' && metadata.name === issuerRef.name),
  PodDisruptionBudget: ({spec}, {pods}) =>
    pods.some(({metadata}) => matches(spec.selector.matchLabels, metadata.labels)),
  Deployment: ({spec}) => matches(spec.selector.matchLabels, spec.template.metadata.labels),
  StatefulSet: ({spec}) => matches(spec.selector.matchLabels, spec.template.metadata.labels),
  DaemonSet: ({spec}) => matches(spec.selector.matchLabels, spec.template.metadata.labels),
};

// Each a sentence. known: "KIND NAME" of what is not the chart's to make.
export function danglingNames(objects, known = []) {
  const made = objects.filter(({kind}) => kind === 'Certificate').map(({spec}) => spec.secretName);
  const there = [...known, ...objects.map(({kind, metadata}) => `${kind} ${metadata.name}`),
                 ...made.map((name) => `Secret ${name}`)];
  const pods = objects.filter(({kind}) => kind !== 'Pod').map(podOf).filter((pod) => pod);
  const lost = objects
    .filter((object) => SELECTING[object.kind]?.(object, {objects, pods}) === false)
    .map(({kind, metadata}) => `${kind} ${metadata.name} selects nothing that has its ports`);
  return [...lost, ...pods.flatMap((pod) => [
    ...volumeProblems(pod), ...probeProblems(pod),
    ...neededBy(pod).filter((what) => !there.includes(what)).map((what) => `there is no ${what}`),
  ])];
}
