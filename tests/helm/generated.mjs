// What of the chart is generated: the keys of pools and of the process in values.schema.json, from
// docs/CONFIG.md, the table of values in README.md, from the comments of values.yaml, and
// deploy/kubernetes, from what it renders.
//     node generated.mjs --update
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {isMap, parseDocument} from 'yaml';
import {manifests} from './manifests.mjs';
import {chart, read} from './tree.mjs';

const DURATION = /^\d+(ms|s|m|h)?\.\.\d+(ms|s|m|h)( or \w+)?$/;
const WHOLE = /^(\d+)\.\.(\d+)( \(\w+\))?$/;

// "one of a, b" and so on, as a schema. Ranges that have units are left to `ringside`.
function typeOf(key, value) {
  const whole = value.match(WHOLE);
  if (whole) return {type: 'integer', minimum: Number(whole[1]), maximum: Number(whole[2])};
  if (value === 'true or false') return {type: 'boolean'};
  if (value.startsWith('one of ')) return {enum: value.slice(7).split(', ')};
  if (DURATION.test(value)) return {type: ['integer', 'string']};
  if (/^\d+\.\.\d+ (or .*)$/.test(value)) return {type: ['integer', 'string']};
  if (/^(\d+\.\.\d+ nodes|a list of .*)$/.test(value)) {
    return {type: 'array', items: {type: 'string'}};
  }
  if (/as a list or with commas/.test(value)) return {type: ['array', 'string']};
  if (value === 'a map') return {$ref: `#/definitions/${key}`};
  if (/^[\d.]+ bytes$|PORT|PATH|path/.test(value)) return {type: 'string'};
  throw new Error(`docs/CONFIG.md: ${key}: "${value}" is a kind of value that is not known here`);
}

// Section of docs/CONFIG.md -> [{key, value, change}].
export function configTables() {
  const tables = {};
  for (const section of read('docs/CONFIG.md').split('\n## ').slice(1)) {
    const rows = [...section.matchAll(/^\| `(\w+)` \| ([^|]*) \| [^|]* \| ([^|]*) \|/gm)];
    tables[section.split('\n')[0]] = rows.map(([, key, value, change]) => ({key, value, change}));
  }
  return tables;
}

const closed = (rows) => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(rows.map(({key, value}) => [key, typeOf(key, value)])),
});

// What the chart sets by values of its own.
const OWN = {
  pool: ['listen'],
  process: ['admin', 'admin_hosts', 'admin_token_file', 'probes', 'state_dir', 'drain'],
};

function definitions() {
  const tables = configTables();
  const without = (rows, keys) => rows.filter(({key}) => !keys.includes(key));
  const pool = closed(without(tables['Pools: `NAME: {key: value}`'], OWN.pool));
  pool.properties = {
    port: {$ref: '#/definitions/port'},
    socket: {type: 'boolean'},
    env: {type: 'string', pattern: '^[A-Z_][A-Z0-9_]*$'},
    ...pool.properties,
  };
  const source = closed(tables['`NAME: discovery:`']);
  return {
    pool,
    process: closed(without(tables['The process: `ringside:`'], OWN.process)),
    // One source or a list of them, without `oneOf`, of which messages get long.
    discovery: {...source, type: ['object', 'array'], items: {$ref: '#/definitions/source'}},
    source,
    ...Object.fromEntries(Object.entries(tables).flatMap(([title, rows]) => {
      const kind = title.match(/^`NAME: discovery: (?:\w+: )*(\w+):`$/);
      return kind ? [[kind[1], closed(rows)]] : [];
    })),
  };
}

const SCHEMA = path.join(chart, 'values.schema.json');
export function schema() {
  const now = JSON.parse(fs.readFileSync(SCHEMA, 'utf8'));
  Object.assign(now.definitions, definitions());
  return JSON.stringify(now, null, 2) + '\n';
}

// The lines of a comment behind the last "-- ", as one.
function told(comment) {
  const at = (comment ?? '').lastIndexOf(' -- ');
  if (at < 0) return undefined;
  return comment.slice(at + 4).split('\n').map((line) => line.trim()).join(' ');
}

// [{path, value, text}] of everything that has a comment, and of all that has none [{path}].
export function documentedValues() {
  const rows = [];
  const visit = (map, prefix) => map.items.forEach((pair, index) => {
    // A comment at the beginning of a map belongs to the map, and is about its first key.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : undefined);
    const name = prefix + pair.key.value;
    const text = told(comment);
    if (text === undefined && isMap(pair.value) && pair.value.items.length) {
      visit(pair.value, `${name}.`);
    } else {
      rows.push({path: name, value: pair.value?.toJSON() ?? null, text});
    }
  });
  visit(parseDocument(read('helm/ringside/values.yaml')).contents, '');
  return rows;
}

const README = path.join(chart, 'README.md');
const BEGIN = '<!-- Generated from values.yaml: tests/helm/run --update -->\n';
export function readme() {
  const [head, rest] = fs.readFileSync(README, 'utf8').split(BEGIN);
  const tail = rest.slice(rest.indexOf('\n## ') + 1);
  const cell = (text) => text.replaceAll('|', '\\|');
  const rows = documentedValues().map(({path: name, value, text}) =>
    `| \`${name}\` | \`${cell(JSON.stringify(value))}\` | ${cell(text ?? '')} |`);
  const table = ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n');
  return `${head}${BEGIN}\n${table}\n\n${tail}`;
}

export const generated = {[SCHEMA]: schema, [README]: readme, ...manifests};

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === '--update') {
  for (const [file, text] of Object.entries(generated)) fs.writeFileSync(file, text());
}
