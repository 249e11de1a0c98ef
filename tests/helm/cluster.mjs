// A cluster for helm to look into: it has nothing but some Secrets, and tells what it could have.
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import http from 'node:http';
import {promisify} from 'node:util';
import {chart, helmProgram, temporaryFolder} from './tree.mjs';

// Group and version -> kinds: what the chart has objects of. The plurals are regular.
const KINDS = {
  v1: ['Secret', 'ServiceAccount', 'ConfigMap', 'Service', 'Pod'],
  'admissionregistration.k8s.io/v1': ['MutatingWebhookConfiguration'],
  'apps/v1': ['Deployment'],
  'monitoring.coreos.com/v1': ['PodMonitor'],
  'policy/v1': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding'],
};
const groups = Object.keys(KINDS).filter((each) => each.includes('/')).map((groupVersion) => {
  const [name, version] = groupVersion.split('/');
  return {name, versions: [{groupVersion, version}], preferredVersion: {groupVersion, version}};
});
const resources = (groupVersion) => KINDS[groupVersion].map((kind) => ({
  kind, name: `${kind.toLowerCase()}s`, singularName: kind.toLowerCase(), verbs: ['get', 'create'],
  namespaced: !/^(Cluster|MutatingWebhook)/.test(kind),
}));

// A Secret as it is once Helm has made it.
const installed = (secret) => ({...secret, metadata: {...secret.metadata, annotations: {
  'meta.helm.sh/release-name': 'try', 'meta.helm.sh/release-namespace': 'app'}}});

function answerTo(route, secrets) {
  if (route === '/version') return {major: '1', minor: '33', gitVersion: 'v1.33.1'};
  if (route === '/api') return {kind: 'APIVersions', versions: ['v1']};
  if (route === '/apis') return {kind: 'APIGroupList', apiVersion: 'v1', groups};
  const groupVersion = route.replace(/^\/apis?\//, '');
  if (KINDS[groupVersion]) {
    return {kind: 'APIResourceList', apiVersion: 'v1', groupVersion,
            resources: resources(groupVersion)};
  }
  return secrets.find(({metadata: {name, namespace}}) =>
    route === `/api/v1/namespaces/${namespace}/secrets/${name}`);
}

// What `use` makes of a function that renders the chart as for a cluster with these Secrets.
export async function clusterWith(made, use) {
  const secrets = made.map(installed);
  const server = http.createServer((request, response) => {
    const answer = answerTo(request.url.split('?')[0], secrets);
    response.writeHead(answer ? 200 : 404, {'Content-Type': 'application/json'});
    response.end(JSON.stringify(answer ?? {kind: 'Status', apiVersion: 'v1', status: 'Failure',
                                           reason: 'NotFound', code: 404}));
  }).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  const render = async (...args) => {
    const env = {PATH: process.env.PATH, HOME: temporaryFolder()};
    const run = await promisify(execFile)(helmProgram, ['template', 'try', chart,
      '--namespace', 'app', '--dry-run=server', '--disable-openapi-validation',
      '--kube-apiserver', `http://127.0.0.1:${server.address().port}`, ...args],
    {env, maxBuffer: 1 << 24});
    return run.stdout;
  };
  try {
    return await use(render);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
