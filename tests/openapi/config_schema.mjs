// Whether the JSON Schema of the configuration takes what the program takes, and refuses what it
// refuses:
//   node config_schema.mjs PATH/TO/ringside FILE.yml...
// The files are right ones. Prints how many documents were judged.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import {parse} from 'yaml';

const [ringside, ...files] = process.argv.slice(2);
const ajv = new Ajv({strict: true, strictTypes: false, strictRequired: false, allErrors: true});
const validate = ajv.compile(JSON.parse(execFileSync(ringside, ['--print-config-schema'])));

const RIGHT = [
  'a: {listen: "127.0.0.1:1", servers: ["b:1:1"]}',
  'a: {listen: /s.sock 0660, servers: [b:1:1], timeout: 400}',
  'a: {listen: "127.0.0.1:1", servers: [b:1:1], timeout: 2s, max_ejected: 50%}',
  'a: {listen: "127.0.0.1:1", hold: forever, discovery: {dns: {name: "c.svc:11211"}}}',
  'a: {listen: "127.0.0.1:1", discovery: [{kubernetes: {service: c}}, {file: {path: /n.yml}}]}',
  'ringside: {workers: auto, drain: {grace: 0}}\na: {listen: "127.0.0.1:1", servers: [b:1:1]}',
];
const WRONG = [
  'a: {listen: "127.0.0.1:1", servers: [b:1:1], tiemout: 400}',
  'a: {servers: [b:1:1]}',
  'a: {listen: "127.0.0.1:1", servers: b}',
  'a: {listen: "127.0.0.1:1", servers: [b:1:1], hash: fnv}',
  'a: {listen: "127.0.0.1:1", servers: [b:1:1], redis: 1}',
  'a: {listen: "127.0.0.1:1", servers: [b:1:1], timeout: 4 s}',
  'a: {listen: "127.0.0.1:1", discovery: {}}',
  'a: {listen: "127.0.0.1:1", discovery: {dns: {nmae: c}}}',
  'a: {listen: "127.0.0.1:1", discovery: {dns: {name: "c:1"}, file: {path: /n.yml}}}',
  'ringside: {workers: 0}',
  'ringside: {drain: {grace: 5s, limits: 1}}',
  'a: 1',
];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-schema-'));
function isTaken(text) {
  const file = path.join(folder, 'ringside.yml');
  fs.writeFileSync(file, text);
  return spawnSync(ringside, ['-t', '-c', file]).status === 0;
}
for (const text of [...RIGHT, ...files.map((file) => fs.readFileSync(file, 'utf8'))]) {
  assert.ok(validate(parse(text)), `${text}: ${JSON.stringify(validate.errors, null, 2)}`);
  assert.ok(isTaken(text), `${text}: refused by the program`);
}
for (const text of WRONG) {
  assert.ok(!validate(parse(text)), `${text}: taken by the schema`);
  assert.ok(!isTaken(text), `${text}: taken by the program`);
}
fs.rmSync(folder, {recursive: true});
console.log(RIGHT.length + WRONG.length + files.length);
