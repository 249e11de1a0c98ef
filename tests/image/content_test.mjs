// What is in the image: all of it named, owned, licensed, and needed.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {Validation} from '@cyclonedx/cyclonedx-library';
import {read, root as repository} from '../helm/tree.mjs';
import {architecture, config, content, debian, entries, files, json, root} from './image.mjs';

const BYTES_MAX = 20 * 1024 * 1024;
const SBOM = '/usr/share/doc/ringside/sbom.cdx.json';
const text = content(SBOM).toString();
const sbom = JSON.parse(text);
const own = sbom.metadata.component;
const shell = (program, ...args) =>
  execFileSync(program, args, {encoding: 'utf8', cwd: repository});
const hash = (algorithm, data) => crypto.createHash(algorithm).update(data).digest('hex');

// Debian's own word of its packages: the paragraphs of dpkg's status file.
const packages = new Map(fs.readFileSync(path.join(debian, 'var/lib/dpkg/status'), 'utf8')
  .split('\n\n').filter((paragraph) => paragraph)
  .map((paragraph) => Object.fromEntries(
    [...paragraph.matchAll(/^([\w-]+): (.*)$/gm)].map(([, key, value]) => [key, value])))
  .map((fields) => [fields.Package, fields]));

test('it is below 20 MiB', () => {
  const bytes = files.reduce((sum, {stat}) => sum + stat.size, 0);
  console.log(`${bytes} bytes in ${files.length} files`);
  assert.ok(bytes < BYTES_MAX, `${bytes} bytes`);
});

test('nothing can be executed but its three programs and the loader', () => {
  const executable = files.filter(({stat}) => stat.mode & 0o111).map(({name}) => name);
  const [loader, ...others] = executable.filter((name) => !name.startsWith('/usr/bin/'));
  assert.deepEqual(executable.filter((name) => name.startsWith('/usr/bin/')).sort(),
                   ['/usr/bin/ringctl', '/usr/bin/ringside', '/usr/bin/ringside-injector']);
  assert.match(loader, /^\/lib(64)?\/ld-linux-[\w-]+\.so\.\d$/);
  assert.deepEqual(others, []);
  const scripts = files.filter(({name}) => content(name).subarray(0, 2).toString() === '#!');
  assert.deepEqual(scripts.map(({name}) => name), []);
});

test('nothing is writable, has a right of its own, or is anything but file, folder or link', () => {
  for (const {name, stat} of entries) {
    assert.deepEqual([stat.uid, stat.gid], [0, 0], name);
    assert.ok(stat.isFile() || stat.isDirectory() || stat.isSymbolicLink(), name);
    if (!stat.isSymbolicLink()) assert.equal(stat.mode & 0o7022, 0, name);
  }
  assert.equal(shell('getcap', '-r', root), '');
});

test('links lead to files of the image', () => {
  for (const {name, full} of entries.filter(({stat}) => stat.isSymbolicLink())) {
    assert.ok(content(fs.readlinkSync(full)).length > 0, name);
  }
});

test('it has the libraries that its programs need, and no others', () => {
  const isElf = ({name}) => content(name).subarray(1, 4).toString() === 'ELF';
  const needed = new Set(files.filter(isElf).flatMap(({full}) =>
    [...shell('readelf', '--dynamic', full).matchAll(/\(NEEDED\).*\[(.*)\]/g)]
      .map(([, name]) => name)));
  const there = files.filter((file) => isElf(file) && !file.name.startsWith('/usr/bin/'))
    .map(({name}) => path.basename(name));
  assert.ok(needed.has('libc.so.6'));
  assert.deepEqual([...needed].sort(), there.sort());
});

test('its labels, user, signal and entry point are those of an OCI image that skopeo reads', () => {
  const [, version] = read('CMakeLists.txt').match(/project\(ringside VERSION (\S+)/);
  const {Labels: labels} = json('inspect.json');
  const of = (name) => labels[`org.opencontainers.image.${name}`];
  assert.equal(of('title'), 'ringside');
  assert.ok(of('description'));
  assert.equal(of('licenses'), 'Apache-2.0');
  assert.equal(of('version'), version);
  assert.equal(of('version'), own.version);
  assert.equal(of('revision').replace('-dirty', ''), shell('git', 'rev-parse', 'HEAD').trim());
  assert.ok(Number.isFinite(Date.parse(of('created'))), of('created'));
  assert.deepEqual(Object.values(labels).filter((value) => /https?:|localhost/.test(value)), []);

  assert.equal(config.User, '65532:65532');
  assert.equal(config.StopSignal, 'SIGTERM');
  assert.deepEqual(config.Entrypoint, ['/usr/bin/ringside']);
  assert.equal(config.Cmd, undefined);
  assert.equal(architecture, shell('dpkg', '--print-architecture').trim());
  const {runAsUser, runAsGroup} = Object.fromEntries(
    [...read('helm/ringside/values.yaml').matchAll(/(runAs\w+): (\d+)/g)].map((m) => m.slice(1)));
  assert.equal(config.User, `${runAsUser}:${runAsGroup}`, 'the chart has another user');
});

test('the list of what it consists of is CycloneDX', async () => {
  const validator = new Validation.JsonStrictValidator(`${sbom.specVersion}`);
  assert.equal(await validator.validate(text), null);
  const damaged = structuredClone(sbom);
  damaged.components[0].licences = damaged.components[0].licenses;
  assert.notEqual(await validator.validate(JSON.stringify(damaged)), null, 'it finds nothing');
});

test('every file is in that list, with what it contains, or is written for the image', () => {
  const listed = [own, ...sbom.components].flatMap(({components}) => components);
  const written = files.map(({name}) => name).filter((name) =>
    !listed.some((file) => file.name === name));
  assert.deepEqual(written.filter((name) => !name.startsWith('/var/lib/dpkg/status.d/')).sort(),
    ['/etc/group', '/etc/nsswitch.conf', '/etc/passwd', '/usr/share/doc/ringside/LICENSE', SBOM]);
  for (const {name, hashes: [{content: expected}]} of listed) {
    assert.equal(hash('sha256', content(name)), expected, name);
  }
});

test('its packages have the versions that were installed, and scanners find them', () => {
  const scanned = fs.readdirSync(path.join(root, 'var/lib/dpkg/status.d'));
  for (const {name, version, purl} of sbom.components) {
    assert.equal(version, packages.get(name)?.Version, name);
    assert.ok(purl.startsWith(`pkg:deb/debian/${encodeURIComponent(name)}@`), purl);
    const isHeaders = name.endsWith('-dev');
    assert.equal(scanned.includes(name), !isHeaders, name);
    if (isHeaders) continue;
    const paragraph = content(`/var/lib/dpkg/status.d/${name}`).toString();
    assert.ok(paragraph.includes(`\nVersion: ${version}\n`), name);
  }
  assert.deepEqual(scanned.filter((name) => !sbom.components.some((c) => c.name === name)), []);
});

test('each library is a file that its package has brought', () => {
  let checked = 0;
  for (const {name, components} of sbom.components) {
    const sums = [`${name}.md5sums`, `${name}:${architecture}.md5sums`]
      .map((file) => path.join(debian, 'var/lib/dpkg/info', file)).find(fs.existsSync);
    const known = sums ? fs.readFileSync(sums, 'utf8') : '';
    for (const {name: file} of components.filter((each) => each.name.startsWith('/lib'))) {
      assert.ok(known.includes(`${hash('md5', content(file))}  `), file);
      checked += 1;
    }
  }
  assert.ok(checked >= 10, `${checked} libraries`);
});

test('each package has its licence with it, and the texts that this refers to', () => {
  for (const {name, licenses} of sbom.components) {
    assert.ok(licenses[0].expression, name);
    const copyright = files.find((file) =>
      file.name.startsWith(`/usr/share/doc/${name}/copyright`));
    assert.ok(copyright, `${name} has no copyright`);
    if (copyright.name.endsWith('.gz')) continue;
    for (const [, common] of content(copyright.name).toString()
      .matchAll(/\/usr\/share\/common-licenses\/([\w.+-]*\w)/g)) {
      assert.ok(content(`/usr/share/common-licenses/${common}`).length > 1000, common);
    }
  }
  assert.deepEqual(content('/usr/share/doc/ringside/LICENSE'),
                   fs.readFileSync(path.join(repository, 'LICENSE')));
});

test('of each package that is compiled against there is something in the list', () => {
  const [, list] = read('deploy/packages.sh').match(/build_packages=\(([^)]*)\)/s);
  const names = list.split(/\s+/).filter((name) => /^lib|-dev$/.test(name));
  assert.ok(names.length >= 8, names.join(' '));
  for (const name of names) {
    const needs = [name, ...(packages.get(name)?.Depends ?? '').split(/[,|] ?/)
      .map((each) => each.split(' ')[0])];
    assert.ok(needs.some((each) => sbom.components.some((c) => c.name === each)),
              `${name}: neither a library of it nor its headers`);
  }
});
