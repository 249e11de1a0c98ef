// Documents of all kinds of scalars, in all manners of writing, through inject and uninject.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Document, parseAllDocuments} from 'yaml';
import {run} from './program.mjs';

// The same ones each time.
function dice(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const TEXTS = ['yes', 'no', 'on', 'off', 'y', 'true', 'null', '~', '', ' ', '1', '1e3', '0o7',
  '0x1f', '1_000', '.5', '1:30', '0444', '2001-12-14', '.inf', '-', '- a', 'a: b', 'a #b', '#',
  '*a', '&a', '!a', '%a', '@a', '`a', '[a]', '{a}', 'a, b', '"', "'", "it's", '\\', '\\n', 'a\nb',
  'a\nb\n', 'a\n\nb\n\n', '\n', '\na', ' a\nb', 'a \nb', 'a\n b\n  c\n', '\t', 'a\tb', '\u0007',
  '\u0085', '\u2028', '\ufeff', 'é', '日本', '🙂', '---', '...', '--- a', 'a\n---\nb', 'a\n...\n',
  '<<', '=', '? a', '|', '>', ':', 'a:', ':a', 'x'.repeat(200), 'words '.repeat(40).trim(),
  '# a\nb\n'];
const STYLES = ['PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'];

// As the library writes them: with styles that are wishes, and comments here and there.
function random(seed) {
  const roll = dice(seed);
  const pick = (list) => list[roll(list.length)];
  const number = () => pick([0, 1, -1, 1.5, 1e21, 65535, 1e-7, -0.25]);
  const value = (depth) => {
    const kind = roll(depth > 3 ? 6 : 10);
    if (kind < 4) return pick(TEXTS);
    if (kind < 6) return pick([number(), true, false, null]);
    const entries = Array.from({length: roll(4)}, () => value(depth + 1));
    return kind < 8 ? entries
      : Object.fromEntries(entries.map((each, i) => [`${pick(TEXTS)}${i}`, each]));
  };
  const document = new Document({
    apiVersion: 'apps/v1', kind: 'Deployment',
    metadata: {name: 'random', extra: value(0)},
    spec: {
      template: {
        metadata: {annotations: {
          'ringside.dev/pools': 'cache: {port: 11211, servers: ["10.0.0.1:11211:1"]}',
          text: pick(TEXTS)}},
        spec: {
          extra: value(0),
          containers: [{name: 'app', args: Array.from({length: 4}, () => pick(TEXTS)),
                        extra: value(0)}],
        },
      },
    },
    status: value(0),
  }, {version: pick(['1.1', '1.2'])});
  // These have to be texts, for any reader.
  const annotations = document.getIn(['spec', 'template', 'metadata', 'annotations']);
  const isAnnotation = (node) => annotations.items.some(({value}) => value === node);
  const style = (node) => {
    // yaml-cpp loses line ends in front of a quote in a line of its own.
    if (/^\n|\n$/.test(node.value)) return 'QUOTE_DOUBLE';
    return isAnnotation(node) ? pick(STYLES.slice(1, 3)) : pick(STYLES);
  };
  const visit = (node) => {
    if (!node || typeof node !== 'object') return;
    if (typeof node.value === 'string') node.type = style(node);
    if (node.items && roll(5) === 0 && node !== document.contents) node.flow = true;
    if (roll(6) === 0 && !node.items) node.commentBefore = ` above ${roll(10)}`;
    if (roll(6) === 0 && 'value' in node && !node.items) node.comment = ` behind ${roll(10)}`;
    node.items?.forEach((item) => {
      if (item.key) {
        if (roll(8) === 0) item.key.spaceBefore = true;
        visit(item.value);
      } else {
        visit(item);
      }
    });
  };
  visit(document.contents);
  return document.toString({indentSeq: roll(2) === 0, lineWidth: pick([0, 80])});
}

const read = (text, version) => parseAllDocuments(text, {version}).map((document) => {
  if (document.errors.length) throw document.errors[0];
  return document.toJS();
});

test('random documents come back with the values and types that they had', () => {
  const COUNT = 300;
  for (let batch = 0; batch < COUNT; batch += 50) {
    const texts = Array.from({length: 50}, (_, i) => random(batch + i + 1));
    const all = texts.map((text) => `---\n${text}`).join('');
    const injected = run(['inject', '-f', '-'], all);
    assert.equal(injected.code, 0, injected.err);
    const back = run(['uninject', '-f', '-'], injected.out);
    assert.equal(back.code, 0, back.err);
    for (const version of ['1.1', '1.2']) {
      const [before, during, after] = [all, injected.out, back.out]
        .map((each) => read(each, version));
      assert.equal(during.length, before.length);
      before.forEach((document, i) => {
        assert.deepEqual(after[i], document, `seed ${batch + i + 1}, YAML ${version}`);
        assert.deepEqual(during[i].metadata, document.metadata, `seed ${batch + i + 1}`);
        assert.deepEqual(during[i].status, document.status, `seed ${batch + i + 1}`);
        const {spec} = during[i].spec.template;
        assert.deepEqual(spec.extra, document.spec.template.spec.extra);
        const {env, ...app} = spec.containers[0];
        assert.ok(env.length >= 2);
        assert.deepEqual(app, document.spec.template.spec.containers[0]);
        assert.equal(spec.initContainers.length, 1);
      });
    }
  }
});
