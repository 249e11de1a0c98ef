// Whether a running proxy answers as GET /openapi.json says: each operation in JSON is asked for at
// least once, and its answer is held against its schema:
//   node answers.mjs http://127.0.0.1:PORT
// The pool is called "pool" and has a node "node-1". Prints how many answers were judged.
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';

const admin = process.argv[2];
const description = await (await fetch(`${admin}/openapi.json`)).json();

// No member may be in an answer that is not described, but in /stats, where they are pools, and in
// the description itself.
function close(schema) {
  if (schema === null || typeof schema !== 'object') return;
  if (schema.type === 'object' && schema.properties) schema.additionalProperties = false;
  Object.values(schema).forEach(close);
}
const {Stats, Description, ...closed} = description.components.schemas;
close(closed);
const ajv = new Ajv({strict: false, allErrors: true});
ajv.addSchema(description, 'openapi');

// Beside the path alone, in this order: with these queries or bodies.
const ASKED = {
  'GET /pools/{pool}/locate': ['?key=k', '?key='],
  'GET /pools/{pool}/what-if': ['?remove=node-1', '?weight=node-1:3'],
  'GET /pools/{pool}/ring': ['', '?format=nodes', '?format=summary'],
  'POST /pools/{pool}/locate': ['["a", "b"]', '[]'],
  'POST /pools/{pool}/nodes/{node}/eject': ['?dryRun=true', '?for=60s'],
  'POST /pools/{pool}/nodes/{node}/drain': ['?dryRun=true', '?for=60s'],
  'POST /pools/{pool}/nodes/{node}/restore': ['?dryRun=true', ''],
  'POST /log': ['?level=info'],
  'POST /clients/drain': ['?dryRun=true'],
};
// Answered with an error by a pool of listed nodes.
const REFUSED = ['POST /pools/{pool}/refresh'];

const pointer = (...keys) =>
  keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');

async function judge(method, template, more) {
  const path = template.replace('{pool}', 'pool').replace('{node}', 'node-1');
  const isBody = more.startsWith('[');
  const answer = await fetch(`${admin}${path}${isBody ? '' : more}`, {
    method: method.toUpperCase(),
    headers: {Accept: 'application/json', ...(isBody ? {'Content-Type': 'application/json'} : {})},
    body: isBody ? more : undefined,
  });
  const body = await answer.json();
  const what = `${method.toUpperCase()} ${path}${more}: ${answer.status}`;
  const {responses} = description.paths[template][method];
  const isKnown = answer.status in responses;
  const at = isKnown
    ? pointer('paths', template, method, 'responses', String(answer.status), 'content',
              'application/json', 'schema')
    : pointer('components', 'schemas', 'Problem');
  const validate = ajv.getSchema(`openapi#/${encodeURI(at)}`);
  assert.ok(validate(body), `${what}: ${JSON.stringify(validate.errors, null, 2)}`);
  return isKnown;
}

let judged = 0;
for (const [template, operations] of Object.entries(description.paths)) {
  for (const [method, {responses}] of Object.entries(operations)) {
    const isJson = Object.values(responses).some((each) => each.content?.['application/json']);
    if (!isJson) continue;
    const key = `${method.toUpperCase()} ${template}`;
    const results = [];
    for (const more of ASKED[key] ?? ['']) results.push(await judge(method, template, more));
    assert.ok(results[0] || REFUSED.includes(key), `${key} was answered with an error`);
    judged += results.length;
  }
}

// A schema that takes anything would judge nothing.
const validate = ajv.getSchema('openapi#/components/schemas/Pool');
assert.ok(!validate({name: 'pool'}) && !validate([]), 'a pool without members');
console.log(judged);
