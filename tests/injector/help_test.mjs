// Help, docs and what the command line refuses.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {root, run} from './program.mjs';

test('docs/INJECTOR.md is what --print-docs prints', () => {
  const file = path.join(root, 'docs/INJECTOR.md');
  assert.equal(run(['--print-docs']).out, fs.readFileSync(file, 'utf8'));
});

test('each verb has help with its options and examples', () => {
  const verbs = [...run(['--help']).out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  assert.deepEqual(verbs, ['inject', 'uninject', 'template', 'serve', 'help']);
  for (const verb of verbs) {
    const {code, out} = run(['help', verb]);
    assert.equal(code, 0);
    const [title, , usage] = out.split('\n');
    assert.ok(title.startsWith(`ringside-injector ${verb}: `), title);
    assert.ok(usage.startsWith(`usage: ringside-injector ${verb}`), usage);
    assert.match(out, /\nExamples\n {2}ringside-injector /);
  }
  assert.equal(run(['inject', '-h']).out, run(['help', 'inject']).out);
  assert.match(run(['--version']).out, /^ringside-injector \d+\.\d+\.\d+\n$/);
});

for (const [args, code, message] of [
  [[], 2, /nothing to do/],
  [['injct'], 2, /there is no verb "injct" \(did you mean "inject"\?\)/],
  [['help', 'serv'], 2, /did you mean "serve"/],
  [['inject'], 2, /no file is given: -f FILE/],
  [['inject', '-f'], 2, /-f needs FILE/],
  [['inject', 'shop.yaml'], 2, /usage: ringside-injector inject -f FILE/],
  [['inject', '-f', 'x', '-o', 'xml'], 2, /'xml' is neither yaml nor json/],
  [['uninject', '-f', '-', '--template', 'x'], 2,
   /unknown option --template; see ringside-injector help uninject/],
  [['inject', '-f', 'missing.yaml'], 1, /missing\.yaml: cannot be read: No such file/],
  [['inject', '-f', '-', '--template', 'missing.yaml'], 1,
   /missing\.yaml: cannot be read: No such file/],
  [['inject', '-f', '-', '-f', '-'], 1, /standard input can be read once only/],
  [['inject', '-f', 'golden/../../openapi/node_modules/.bin'], 1, /\.bin: /],
  [['serve'], 2, /--listen, --cert-file and --key-file are needed/],
  [['serve', '--listen', 'localhost:1', '--cert-file', 'x', '--key-file', 'x'], 2,
   /localhost:1 needs an IP/],
  [['serve', '--listen', '127.0.0.1:1', '--cert-file', 'no.crt', '--key-file', 'no.key'],
   1,
   /cannot listen on 127\.0\.0\.1:1: tls: cert_file: no\.crt: No such file/],
  [['serve', '--drain', '2h'], 2, /--drain: '2h' is not a time from 0s to 60s/],
]) {
  test(`"${args.join(' ')}" is refused with ${code}`, () => {
    const done = run(args);
    assert.deepEqual([done.code, done.out], [code, '']);
    assert.match(done.err, message);
    assert.match(done.err, /^ringside-injector: /m);
  });
}
