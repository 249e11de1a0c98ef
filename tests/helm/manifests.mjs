// The plain manifests of deploy/kubernetes, for who has no Helm: made of the chart.
import path from 'node:path';
import {chart, helm, parentChart, root, values} from './tree.mjs';

const MEMCACHED = {
  port: 11211, env: 'MEMCACHED', hash: 'murmur', timeout: 400, auto_eject_hosts: true,
  discovery: {kubernetes: {service: 'memcached', namespace: 'caches', port: 'memcached'}},
};
const IMAGE = {repository: 'registry.example/ringside'};

// File -> what it is, of which values, in which namespace; `application`: in a chart of one.
const MANIFESTS = {
  'daemonset.yaml': {
    what: ['Ringside on each node, before the memcached of memcached.yaml. Clients connect to',
           'ringside.caches:11211.'],
    namespace: 'caches',
    given: {mode: 'daemonset', image: IMAGE, process: {workers: 2}, pools: {cache: MEMCACHED}},
  },
  'injector.yaml': {
    what: ['The injector: pods with the label ringside.dev/inject: enabled, or in a namespace with',
           'it, get Ringside, before the memcached of memcached.yaml. It takes cert-manager.'],
    namespace: 'ringside',
    given: {mode: 'injector', image: IMAGE, fullnameOverride: 'ringside-injector',
      injector: {certificate: {from: 'certManager'}}, pools: {cache: MEMCACHED}},
  },
  'sidecar.yaml': {
    what: ['An application, shop, with Ringside as a native sidecar (Kubernetes 1.29), before the',
           'memcached of memcached.yaml. Put yours in the place of shop.'],
    namespace: 'app',
    application: true,
    given: {image: IMAGE, serviceAccount: {name: 'shop'}, pools: {cache: MEMCACHED},
      extraObjects: [{apiVersion: 'v1', kind: 'ServiceAccount',
        metadata: {name: 'shop', namespace: 'app'}}]},
  },
};

// What means something to Helm alone, or, as the checksum, goes wrong where the file is edited.
const OF_HELM = /^ *(# Source: |helm\.sh\/|app\.kubernetes\.io\/managed-by: |checksum\/).*\n/gm;
const EMPTY = /^( *)(annotations|volumeMounts):\n(?!\1 )/gm;

function textOf(file, {what, namespace, application, given}) {
  const [folder, all] = application ? [parentChart(), {ringside: given}] : [chart, given];
  const run = helm('template', 'ringside', folder, '--skip-tests', '--namespace', namespace,
                   ...values(all));
  if (!run.ok) throw new Error(run.err);
  const head = [...what, 'registry.example/ringside stands for your image (docs/kubernetes.md).',
                `    kubectl apply -f deploy/kubernetes/${file}`,
                'Made of helm/ringside by tests/helm/run --update.'];
  const text = run.out.replace(OF_HELM, '').replace(/^\s*\n/gm, '').replace(EMPTY, '');
  return head.map((line) => `# ${line}\n`).join('') + text;
}

// Path -> what gives its text.
export const manifests = Object.fromEntries(Object.entries(MANIFESTS).map(([file, manifest]) =>
  [path.join(root, 'deploy/kubernetes', file), () => textOf(file, manifest)]));
