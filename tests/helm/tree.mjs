// Where things are, and helm as a function.
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseAllDocuments} from 'yaml';

export const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.join(here, '../..');
export const chart = path.join(root, 'helm/ringside');
export const programs = process.env.RINGSIDE_PROGRAMS ?? path.join(root, 'build/dev/bin');
export const helmProgram = path.join(here, 'node_modules/.helm/helm/helm');

export const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-helm-'));
fs.chmodSync(temporary, 0o755);  // programs of another user look into it
process.on('exit', () => fs.rmSync(temporary, {recursive: true, force: true}));

// A folder that is gone when the process ends.
export const temporaryFolder = () => fs.mkdtempSync(path.join(temporary, 'of-'));

// Nothing of the user's own helm is read or written.
const home = temporaryFolder();

export function helm(...args) {
  const env = {PATH: process.env.PATH, HOME: home};
  const run = spawnSync(helmProgram, args, {encoding: 'utf8', env});
  if (run.error) throw run.error;
  return {ok: run.status === 0, out: run.stdout, err: run.stderr};
}

// The manifests of a chart as text, or an error with what helm said.
export function template(folder, ...args) {
  const run = helm('template', 'try', folder, '--namespace', 'app', ...args);
  if (!run.ok) throw new Error(run.err);
  return run.out;
}

// As Kubernetes reads them: 0444 is octal there.
export const parse = (text) => parseAllDocuments(text, {version: '1.1'})
  .map((document) => {
    if (document.errors.length) throw document.errors[0];
    return document.toJS();
  })
  .filter((object) => object);

// Values given as an object.
export function values(object) {
  const file = path.join(temporaryFolder(), 'values.json');
  fs.writeFileSync(file, JSON.stringify(object));
  return ['--values', file];
}

// Names of the profiles: helm/ringside/ci/NAME-values.yaml.
export const profiles = fs.readdirSync(path.join(chart, 'ci'))
  .map((name) => name.replace('-values.yaml', '')).sort();
export const profile = (name) => ['--values', path.join(chart, `ci/${name}-values.yaml`)];

// The chart that has this one as a dependency, with it inside: `helm dependency build`.
export function parentChart() {
  const folder = path.join(temporaryFolder(), 'shop');
  fs.cpSync(path.join(here, 'parent'), folder, {recursive: true});
  const file = path.join(folder, 'Chart.yaml');
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace('file://../../../helm/ringside', `file://${chart}`));
  const run = helm('dependency', 'build', folder);
  if (!run.ok) throw new Error(run.err);
  return folder;
}
