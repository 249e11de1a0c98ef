// Says what a real API server has said (tests/recordings/kubernetes), over TLS, to whoever has the
// token and may ask by Roles among the manifests.
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import {read, temporaryFolder} from './tree.mjs';

// Whether an account may do this, by Roles and RoleBindings.
function allows(objects, {account, verb, group, namespace, resource}) {
  const here = ({metadata}) => metadata.namespace === namespace;
  return objects.filter(({kind}) => kind === 'RoleBinding').filter(here)
    .filter(({subjects}) => subjects.some((who) => who.kind === 'ServiceAccount'
      && `${who.namespace}/${who.name}` === account))
    .flatMap(({roleRef}) => objects.filter((object) => object.kind === roleRef.kind && here(object)
      && object.metadata.name === roleRef.name))
    .some(({rules}) => rules.some(({apiGroups, resources, verbs}) => apiGroups.includes(group)
      && resources.includes(resource) && verbs.includes(verb)));
}

const recorded = (name) => read(`tests/recordings/kubernetes/${name}.http`);

// objects: manifests; account: NAMESPACE/NAME of who has the token.
export async function apiServer(objects, {account, token}) {
  const folder = temporaryFolder();
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', '/CN=api', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', key, '-out', cert], {stdio: 'ignore'});
  const ca = fs.readFileSync(cert, 'utf8');
  const asked = [];
  const server = tls.createServer({key: fs.readFileSync(key), cert: ca}, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const [line, ...headers] = data.toString().split('\r\n');
      const url = new URL(line.split(' ')[1], 'https://api');
      const [, group, namespace, resource]
        = url.pathname.match(/^\/apis\/([^/]+)\/v1\/namespaces\/([^/]+)\/([^/]+)$/) ?? [];
      const verb = url.searchParams.has('watch') ? 'watch' : 'list';
      const authorized = headers.some((header) => header.toLowerCase()
        === `authorization: bearer ${token}`.toLowerCase());
      const may = allows(objects, {account, verb, group, namespace, resource});
      const answer = !authorized ? 'list-401' : !may ? 'list-403'
        : verb === 'list' ? 'list-two' : 'watch';
      asked.push(answer);
      socket.write(recorded(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {port: server.address().port, ca, asked};
}
