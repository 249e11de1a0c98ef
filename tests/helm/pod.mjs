// A pod without a kubelet: the container that a manifest asks for, its volumes in a folder, its
// probes asked as the manifest says, and a ConfigMap that is replaced as the kubelet does it.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {after} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {containersOf, podOf} from './kubernetes.mjs';
import {programs, temporaryFolder} from './tree.mjs';

// What a test has started is ended with it, by its id.
const running = new Set();
const endAll = () => running.forEach((child) => child.kill('SIGKILL'));
after(endAll);
process.on('exit', endAll);

export function start(command, args, options = {}) {
  const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe'], ...options});
  running.add(child);
  child.output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => { child.output += data; });
  }
  child.ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return {code, signal};
  });
  return child;
}

export async function freePorts(count) {
  const servers = [];
  for (let i = 0; i < count; ++i) {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

// Asks until what comes back is true, and gives it back; fails after so many seconds.
export async function until(what, ask, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await pause(50);
  }
}

// The status of a GET; 0 if nobody answers.
export const status = (url) => fetch(url).then(({status: code, body}) => {
  body?.cancel();
  return code;
}, () => 0);

// A client that sends text and reads until what has come ends as told.
export class Client {
  static async connect(options) {
    const client = new Client();
    client.socket = net.connect(options);
    client.socket.setEncoding('utf8').on('data', (data) => { client.came += data; });
    client.socket.on('error', () => {});
    await once(client.socket, 'connect');
    return client;
  }
  came = '';
  async ask(text, end) {
    this.came = '';
    this.socket.write(text);
    await until(`an answer to ${JSON.stringify(text)}`, () => this.came.endsWith(end));
    return this.came;
  }
}

export async function memcached() {
  const [port] = await freePorts(1);
  // Root has to name a user.
  const user = process.getuid() === 0 ? ['-u', 'nobody'] : [];
  const child = start('memcached', [...user, '-l', '127.0.0.1', '-p', port, '-m', '16', '-t', '1']);
  await until('memcached', () => Client.connect({port, host: '127.0.0.1'})
    .then(({socket}) => { socket.destroy(); return true; }, () => false));
  return {port, child, node: `127.0.0.1:${port}:1`};
}

export class Pod {
  // objects: manifests, one of which has a pod with the container. inside: it gets a root of its
  // own, in which its mounts are where the manifest says. config: the volume that is written, and
  // written again by project().
  constructor(objects, {inside = false, container = 'ringside', config = 'ringside-config'} = {}) {
    this.inside = inside;
    this.config = config;
    const pods = objects.map(podOf).filter((pod) => pod);
    const containerOf = (pod) => containersOf(pod).find(({name}) => name === container);
    this.pod = pods.find(containerOf);
    this.container = containerOf(this.pod);
    this.folder = temporaryFolder();
    fs.chmodSync(this.folder, 0o755);
    this.mounts = this.container.volumeMounts.map(({name, mountPath, readOnly}) => {
      const folder = path.join(this.folder, name);
      fs.mkdirSync(folder);
      fs.chmodSync(folder, 0o777);
      return {name, mountPath, folder, readOnly};
    });
    this.project(objects);
  }

  // A path of the container, or a text with such, as they are on this machine.
  at = (text) => this.inside ? text : this.mounts.reduce(
    (now, {mountPath, folder}) =>
      now.replaceAll(new RegExp(`${mountPath}(?![\\w.-])`, 'g'), folder), text);

  // File -> text of a volume: of its ConfigMap or Secret among the objects, or of annotations.
  filesOf({configMap, secret, downwardAPI}, objects) {
    if (downwardAPI) {
      return Object.fromEntries(downwardAPI.items.map(({path: file, fieldRef}) => {
        const [, annotation] = fieldRef.fieldPath.match(/^metadata\.annotations\['(.*)'\]$/);
        return [file, this.pod.metadata.annotations[annotation]];
      }));
    }
    const [kind, name] = configMap ? ['ConfigMap', configMap.name] : ['Secret', secret.secretName];
    const {data} = objects.find((each) => each.kind === kind && each.metadata.name === name);
    const text = (value) => secret ? Buffer.from(value, 'base64').toString() : value;
    return Object.fromEntries(Object.entries(data).map(([file, value]) => [file, text(value)]));
  }

  // The volume of the configuration, as the kubelet writes it: a new folder, and a renamed link.
  project(objects) {
    const isConfig = ({name}) => name === this.config;
    const files = this.filesOf(this.pod.spec.volumes.find(isConfig), objects);
    const {folder} = this.mounts.find(isConfig);
    const [data, next] = [path.join(folder, '..data'), path.join(folder, '..data_tmp')];
    const fresh = `..${process.hrtime.bigint()}`;
    const before = fs.existsSync(data) ? fs.readlinkSync(data) : undefined;
    fs.mkdirSync(path.join(folder, fresh));
    for (const [file, text] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, fresh, file), this.at(text), {mode: 0o444});
      if (!before) fs.symlinkSync(path.join('..data', file), path.join(folder, file));
    }
    fs.symlinkSync(fresh, next);
    fs.renameSync(next, data);
    if (before) fs.rmSync(path.join(folder, before), {recursive: true});
  }

  // The files of a projected volume: what its sources are, and what they have to say.
  projectToken({token, ca, namespace}) {
    const {projected} = this.pod.spec.volumes.find(({name}) => name === 'ringside-token');
    const {folder} = this.mounts.find(({name}) => name === 'ringside-token');
    const write = (file, text) => fs.writeFileSync(path.join(folder, file), text, {mode: 0o444});
    for (const {serviceAccountToken, configMap, downwardAPI} of projected.sources) {
      if (serviceAccountToken) write(serviceAccountToken.path, token);
      if (configMap) write(configMap.items[0].path, ca);
      if (downwardAPI) write(downwardAPI.items[0].path, namespace);
    }
  }

  // The files of a Secret that is mounted, again if they are other ones now: root's, as the kubelet
  // has them in a pod without an fsGroup.
  projectSecret(secretName, data) {
    const volume = this.pod.spec.volumes.find(({secret}) => secret?.secretName === secretName);
    const {folder} = this.mounts.find(({name}) => name === volume.name);
    const all = Object.keys(data).map((key) => ({key, path: key}));
    const {items = all, defaultMode: mode} = volume.secret;
    for (const {key, path: file} of items) {
      const fresh = path.join(folder, `..${file}`);
      fs.writeFileSync(fresh, data[key], {mode});
      fs.renameSync(fresh, path.join(folder, file));
    }
  }

  // A command before another one: the container's user, if this one may become another.
  become() {
    const {runAsUser: user, runAsGroup: group} = this.container.securityContext;
    return process.getuid() !== 0 || user === undefined ? [] : ['setpriv',
      `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--no-new-privs',
      '--bounding-set=-all', '--inh-caps=-all'];
  }

  env = () => ({PATH: process.env.PATH, ...Object.fromEntries(
    (this.container.env ?? []).map(({name, value}) => [name, this.at(value)]))});

  // The container's program, as its user.
  start(env = {}) {
    const {command: [program], args} = this.container;
    const line = this.inside ? [...this.enter(), ...this.become(), `/app/${program}`, ...args]
      : [...this.become(), path.join(programs, program), ...args.map(this.at)];
    this.child = start(line[0], line.slice(1), {env: {...this.env(), ...env}});
  }

  // A command in the container, as probes, hooks and `kubectl exec` run it, ended after so many
  // seconds. Not of a container with a root of its own.
  async exec([program, ...args], seconds = 30) {
    const line = [...this.become(), path.join(programs, program), ...args.map(this.at)];
    const child = start(line[0], line.slice(1), {env: this.env(), timeout: seconds * 1000});
    return {...await child.ended, output: child.output};
  }

  // As the kubelet ends a container: the hook if there is one, then SIGTERM. What the hook said.
  async stop() {
    const hook = this.container.lifecycle?.preStop;
    const seconds = this.pod.spec.terminationGracePeriodSeconds;
    const said = hook && await this.exec(hook.exec.command, seconds);
    this.child.kill('SIGTERM');
    return said;
  }

  // A command before another one: a root with nothing but programs and libraries, read-only if the
  // manifest says so, with the volumes where it mounts them. Takes root.
  enter() {
    const root = path.join(this.folder, 'root');
    const bind = (from, to, readOnly) => [
      `mkdir -p ${root}${to}`,
      `mount --bind ${from} ${root}${to}`,
      ...(readOnly ? [`mount -o remount,bind,ro ${root}${to}`] : []),
    ];
    const script = [
      'set -e', `mkdir ${root}`, `mount --bind ${root} ${root}`, `cd ${root}`,
      'ln -s usr/bin bin', 'ln -s usr/lib lib', 'ln -s usr/lib64 lib64',
      ...bind('/usr', '/usr', true), ...bind(programs, '/app', true),
      ...this.mounts.flatMap(({folder, mountPath, readOnly}) => bind(folder, mountPath, readOnly)),
      ...(this.container.securityContext.readOnlyRootFilesystem
        ? [`mount -o remount,bind,ro ${root}`] : []),
      `exec chroot ${root} "$@"`,
    ];
    return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script.join('\n'), 'sh'];
  }

  // Whether a probe succeeds: a status from 200 to 399, or 0 of a command that ends in time.
  async probe(name, host = '127.0.0.1') {
    const {httpGet, exec, timeoutSeconds} = this.container[name];
    if (exec) return (await this.exec(exec.command, timeoutSeconds)).code === 0;
    const {path: route, port} = httpGet;
    const {containerPort} = this.container.ports.find((each) => each.name === port);
    const code = await status(`http://${host}:${containerPort}${route}`);
    return code >= 200 && code < 400;
  }

  // As the kubelet: the startup probe until it succeeds, then the others.
  async started() {
    await until('startup probe', () => {
      if (this.child.exitCode !== null) throw new Error(this.child.output);
      return this.probe('startupProbe');
    });
  }
}
