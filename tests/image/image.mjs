// The image as tests/image/run has taken it apart, and containers of it without an engine.
import {once} from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import {Pod, start} from '../helm/pod.mjs';
import {root as repository, temporaryFolder} from '../helm/tree.mjs';

const kept = path.join(repository, 'build/image');
export const root = path.join(kept, 'root');      // the image, unpacked
export const debian = path.join(kept, 'debian');  // what the first stage has installed
export const json = (name) => JSON.parse(fs.readFileSync(path.join(kept, name), 'utf8'));
export const {config, architecture} = json('config.json');

// All that is in the image, by absolute path.
export const entries = fs.readdirSync(root, {recursive: true, withFileTypes: true})
  .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
  .map((full) => ({name: full.slice(root.length), full, stat: fs.lstatSync(full)}));
export const files = entries.filter(({stat}) => stat.isFile());
export const content = (name) => fs.readFileSync(path.join(root, name));

const environment = Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s)));

// A program by its name in the PATH of the image.
function find(program) {
  if (path.isAbsolute(program)) return program;
  const folder = environment.PATH.split(':')
    .find((each) => fs.existsSync(path.join(root, each, program)));
  if (!folder) throw new Error(`${program} is not in the PATH of the image`);
  return path.join(folder, program);
}

// Starts a command in a copy of the image: read-only, as a user without any right, with nothing of
// this machine but its network and what is mounted.
//   user         UID:GID; without, that of the image
//   mounts       [{from, to, readOnly}], files or folders
//   borrowed     programs of Debian that the image does not have, for a look around in it
export function startContainer(command, {user = config.User, mounts = [], borrowed = [],
                                         env = {}} = {}) {
  const inside = path.join(temporaryFolder(), 'root');
  const [uid, gid] = user.split(':');
  const bind = ({from, to, readOnly}) => [
    fs.statSync(from).isDirectory() ? `mkdir -p ${inside}${to}` : `touch ${inside}${to}`,
    `mount --bind ${from} ${inside}${to}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${inside}${to}`] : []),
  ];
  const script = [
    'set -e', `cp -a ${root} ${inside}`,
    ...borrowed.map((name) => `cp ${debian}${name} ${inside}${name}`),
    `mount --bind ${inside} ${inside}`,
    ...[{from: '/proc', to: '/proc'}, ...mounts].flatMap(bind),
    `mount -o remount,bind,ro ${inside}`,
    `exec /usr/sbin/capsh --no-new-privs --chroot=${inside} --drop=all --gid=${gid} --groups= \\
      --uid=${uid} "--shell=$0" -- "$@"`,
  ];
  const [program, ...args] = command;
  return start('/usr/bin/unshare', ['--mount', '--propagation', 'private', '/bin/sh', '-c',
    script.join('\n'), find(program), ...args], {env: {...environment, ...env}});
}

// A command that ends by itself: its code and what it has said.
export async function run(command, options) {
  const child = startContainer(command, options);
  const ended = child.ended;
  await once(child, 'close');
  return {...await ended, output: child.output};
}

// A pod of rendered manifests whose container is the image. user: who it is where the manifest
// leaves that to the cluster.
export class ImagePod extends Pod {
  constructor(objects, {user} = {}) {
    super(objects, {inside: true});
    const {runAsUser, runAsGroup} = this.container.securityContext;
    this.user = runAsUser === undefined ? user : `${runAsUser}:${runAsGroup}`;
    this.more = [];
  }

  // As the kubelet mounts /etc/hosts and /etc/resolv.conf.
  addFile(to, text) {
    const from = path.join(this.folder, path.basename(to));
    fs.writeFileSync(from, text, {mode: 0o444});
    this.more.push({from, to, readOnly: true});
  }

  options(more = {}) {
    const volumes = this.mounts.map(({folder: from, mountPath: to, readOnly}) =>
      ({from, to, readOnly}));
    return {user: this.user, mounts: [...volumes, ...this.more], ...more};
  }

  start() {
    const {command, args} = this.container;
    this.child = startContainer([...command, ...args], this.options());
  }
}
