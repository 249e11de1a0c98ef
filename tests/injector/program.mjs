// ringside-injector as a process: run to its end, or serving; and certificates for it.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {after} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

export const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.join(here, '../..');
const programs = process.env.RINGSIDE_PROGRAMS ?? path.join(root, 'build/dev/bin');
const program = path.join(programs, 'ringside-injector');

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-injector-'));
export const temporaryFolder = () => fs.mkdtempSync(path.join(temporary, 'of-'));

// What a test has started is ended with it, by its id.
const running = new Set();
function endAll() {
  running.forEach((child) => child.kill('SIGKILL'));
  fs.rmSync(temporary, {recursive: true, force: true});
}
after(endAll);
process.on('exit', endAll);

// {code, out, err} of a command that ends by itself.
export function run(args, input = '') {
  const done = spawnSync(program, args, {input, encoding: 'utf8', cwd: here, timeout: 30000,
                                         maxBuffer: 1 << 28});
  if (done.error) throw done.error;
  return {code: done.status, out: done.stdout, err: done.stderr};
}

// Asks until what comes back is true, and gives it back; fails after so many seconds.
export async function until(what, ask, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await pause(20);
  }
}

function openssl(...args) {
  const done = spawnSync('openssl', args, {encoding: 'utf8'});
  if (done.status !== 0) throw new Error(done.stderr);
}

async function freePorts(count) {
  const servers = Array.from({length: count}, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

// A certificate that is its own authority, for localhost: {cert, key, pem} (two paths, the text).
export function certificate(folder, name = 'tls', days = 2) {
  const [cert, key, request, names] = ['crt', 'key', 'csr', 'cnf']
    .map((end) => path.join(folder, `${name}.${end}`));
  fs.writeFileSync(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:TRUE\n');
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
          '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
  openssl('x509', '-req', '-in', request, '-signkey', key, '-days', String(days),
          '-extfile', names, '-out', cert);
  return {cert, key, pem: fs.readFileSync(cert, 'utf8')};
}
export const EXPIRED = -1;  // days

// A volume of Kubernetes: files are links into ..data, which is a link that is renamed over.
export class Volume {
  folder = temporaryFolder();
  #serial = 0;
  constructor(files) {
    this.set(files);
    for (const name of Object.keys(files)) {
      fs.symlinkSync(path.join('..data', name), this.at(name));
    }
  }
  at = (name) => path.join(this.folder, name);
  set(files) {
    const version = `..v${++this.#serial}`;
    fs.mkdirSync(this.at(version));
    for (const [name, text] of Object.entries(files)) {
      fs.writeFileSync(path.join(this.folder, version, name), text);
    }
    fs.symlinkSync(version, this.at('..data_tmp'));
    fs.renameSync(this.at('..data_tmp'), this.at('..data'));
  }
}

// The certificate and key as such a volume.
export function tlsVolume(files) {
  const content = ({cert, key}) => ({'tls.crt': fs.readFileSync(cert), 'tls.key':
    fs.readFileSync(key)});
  const volume = new Volume(content(files));
  return {volume, swap: (others) => volume.set(content(others))};
}

export const TEMPLATE = run(['template']).out.replace(/^pools: \{\}$/m,
  'pools:\n  cache: {port: 11211, env: MEMCACHED, servers: ["10.0.0.1:11211:1"]}');

// A webhook that serves on free ports.
export class Webhook {
  static async start(more = [], {template = TEMPLATE, env = {}} = {}) {
    const webhook = new Webhook();
    webhook.identity = certificate(temporaryFolder());
    webhook.tls = tlsVolume(webhook.identity);
    webhook.template = new Volume({'template.yaml': template});
    const {volume} = webhook.tls;
    [webhook.port, webhook.probes] = await freePorts(2);
    webhook.child = spawn(program, [
      'serve', '--listen', `127.0.0.1:${webhook.port}`,
      '--probes', `127.0.0.1:${webhook.probes}`,
      '--cert-file', volume.at('tls.crt'), '--key-file', volume.at('tls.key'),
      '--template', webhook.template.at('template.yaml'), '--log-format', 'json', ...more],
      {stdio: ['ignore', 'pipe', 'pipe'], env: {PATH: process.env.PATH, ...env}});
    running.add(webhook.child);
    webhook.child.stderr.setEncoding('utf8').on('data', (text) => { webhook.#text += text; });
    webhook.ended = once(webhook.child, 'exit').then(([code, signal]) => {
      running.delete(webhook.child);
      return {code, signal};
    });
    const {child} = webhook;
    await until('listeners', () => child.exitCode !== null
      || webhook.log.some(({message}) => message.startsWith('probes')));
    if (child.exitCode !== null) throw new Error(webhook.#text);
    return webhook;
  }
  #text = '';
  get log() {
    const lines = this.#text.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }
  // One request; {status, headers, text}. ca: whom the webhook has to be.
  ask(target, body, {ca = this.identity.pem, agent, method = 'POST', headers = {}} = {}) {
    return new Promise((resolve, reject) => {
      const request = https.request({
        host: '127.0.0.1', servername: 'localhost', port: this.port, path: target, method, ca,
        agent: agent ?? new https.Agent({keepAlive: false}),
        headers: {'Content-Type': 'application/json', ...headers}}, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => { text += part; });
        response.on('end', () => resolve({
          status: response.statusCode, headers: response.headers, text}));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }
  async probe(target) {
    const answer = await fetch(`http://127.0.0.1:${this.probes}${target}`)
      .catch(() => ({status: 0, text: () => ''}));
    return {status: answer.status, text: await answer.text()};
  }
  // The value of a sample, with its labels as they stand there.
  async metric(name) {
    const {text} = await this.probe('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }
  async end() {
    this.child.kill('SIGTERM');
    await pause(50);
    this.child.kill('SIGTERM');
    return this.ended;
  }
}

// What a real API server has posted: the body of a recording.
export function recorded(name) {
  const file = path.join(root, 'tests/recordings/admission', `${name}.http`);
  const text = fs.readFileSync(file, 'utf8');
  return text.slice(text.indexOf('\n{') + 1).trim();
}
// The same with something changed in the review.
export function changed(name, change) {
  const review = JSON.parse(recorded(name));
  change(review.request);
  return JSON.stringify(review);
}
export const enabled = (request) => {
  (request.object.metadata.labels ??= {})['ringside.dev/inject'] = 'enabled';
};
// What the answer allows, and its patch.
export function answerOf({text}) {
  const {response} = JSON.parse(text);
  return {...response, patch: response.patch &&
    JSON.parse(Buffer.from(response.patch, 'base64').toString())};
}
