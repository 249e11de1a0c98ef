// axe-core finds nothing, in both schemes, and in the states that a page can be in. Colours of
// neighbours stay apart for people who do not see all of them.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {api, closeBrowsers, openPage, rowOf, waitForText} from '../chromium.mjs';
import {leastDistance} from '../colours.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function checkAxe(page, what) {
  const {violations, passes} = await page.evaluate(() => axe.run());
  const found = violations.map(({id, nodes}) => `${id}: ${nodes.map((node) => node.html)}`);
  assert.deepEqual(found, [], what);
  assert.ok(passes.length > 10, `axe has looked: ${passes.length}`);
}

async function checkScheme(admin, scheme) {
  const {page, complaints} = await openPage(admin, {scheme});
  await page.evaluate(axe);
  await checkAxe(page, `${scheme}, as it opens`);

  await page.type('#key', 'user:1');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#key-answer:not([hidden])');
  await page.click('#what-if-form button[type=submit]');
  await page.waitForSelector('.flows tbody tr');
  await api(admin, '/pools/pool/nodes/node-1/eject', 'POST');
  await waitForText(page, '#concerns', 'node-1');
  await checkAxe(page, `${scheme}, with answers and an ejected node`);

  await page.click(`${rowOf('node-1')} td.steer button`);
  await waitForText(page, '#steer-moved', 'would move');
  await checkAxe(page, `${scheme}, with a dialog`);

  const colours = await page.evaluate(() => {
    const style = getComputedStyle(document.documentElement);
    return Array.from({length: 8}, (_, i) => style.getPropertyValue(`--n${i}`).trim());
  });
  assert.ok(leastDistance(colours) > 0.09, `${scheme}: ${leastDistance(colours)}`);
  await page.keyboard.press('Escape');
  await page.evaluate(() => { location.hash = '#wide'; });
  await waitForText(page, '#nodes-body', 'many-19');
  await checkAxe(page, `${scheme}, with more nodes than colours`);
  assert.deepEqual(complaints, []);
  await api(admin, '/pools/pool/nodes/node-1/restore', 'POST');
  await closeBrowsers();
}

export default async function access(admin) {
  await checkScheme(admin, 'light');
  await checkScheme(admin, 'dark');
}
