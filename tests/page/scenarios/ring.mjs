// What is drawn is what /ring says, and a key is shown where /locate says. Names are only names.
import assert from 'node:assert/strict';
import {setTimeout as sleep} from 'node:timers/promises';
import {checkArcs} from '../angles.mjs';
import {api, openPage, textOf, waitForText} from '../chromium.mjs';

const hostile = '<img/src=x/onerror=document.title=1>';

async function findKey(page, key) {
  await page.$eval('#key', (input) => { input.value = ''; });
  await page.type('#key', key);
  await page.keyboard.press('Enter');
}

async function checkKey(page, admin, key) {
  const told = await api(admin, `/pools/pool/locate?key=${encodeURIComponent(key)}`);
  await findKey(page, key);
  await waitForText(page, '#key-hash', String(told.hash));
  assert.equal(await textOf(page, '#key-node'), told.node);
  assert.equal(await textOf(page, '#key-why'), told.why);
  const marks = await page.$eval('#ring .key', (layer) => ({
    hash: layer.querySelector('.hash').dataset.angle,
    point: layer.querySelector('.point').dataset.point,
  }));
  assert.ok(Math.abs(marks.hash - (told.hash / 2 ** 32) * 360) < 1e-5, `${key}: at ${marks.hash}`);
  assert.equal(Number(marks.point), told.point);
  const chosen = await page.$$eval('#ring .arcs .chosen',
                                   (paths) => paths.map((path) => path.dataset.node));
  assert.deepEqual(chosen, [told.node]);
}

// A page that nobody looks at asks for nothing, and is up to date as soon as somebody does.
async function restsBehindAnother(page) {
  let requests = 0;
  page.on('request', () => ++requests);
  const other = await page.browser().newPage();
  await other.bringToFront();
  await page.waitForFunction(() => document.hidden, {polling: 50});
  await sleep(200);  // for what was under way
  requests = 0;
  await sleep(2500);
  assert.equal(requests, 0);
  await other.close();
  await page.bringToFront();
  await page.waitForRequest((request) => request.url().endsWith('/pools'));
}

export default async function ring(admin) {
  const {page, answer, complaints} = await openPage(admin);

  const headers = answer.headers();
  assert.match(headers['content-security-policy'], /script-src 'sha256-[A-Za-z0-9+/]{43}='/);
  assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*/);
  assert.ok((await answer.buffer()).length < 100 * 1024, 'the page is small');

  assert.equal(await checkArcs(page, admin, 'pool'), 3 * 160);
  const {nodes} = await api(admin, '/pools/pool');
  for (const node of nodes) {
    const row = await page.$$eval('#nodes-body tr', (rows, name) =>
      rows.find((each) => each.dataset.node === name).textContent, node.name);
    assert.ok(row.includes(`${(node.share * 100).toFixed(1)} %`), `${row} has ${node.share}`);
    assert.ok(row.includes('in the ring'), row);
  }

  for (const key of ['user:1', 'user:2', 'user:3', '<b>', 'a%26b', 'ключ']) {
    await checkKey(page, admin, key);
  }
  await findKey(page, 'x'.repeat(251));
  await waitForText(page, '#key-problem', '1 to 250 bytes');

  assert.ok(nodes.some((node) => node.name === hostile));
  assert.ok((await textOf(page, '#nodes-body')).includes(hostile));
  assert.equal((await page.$$('img')).length, 0);
  assert.match(await page.title(), /^pool · Ringside$/);

  await page.click('#pools a[href="#other"]');
  await waitForText(page, '#pool-name', 'other');
  await page.waitForFunction(() => document.querySelectorAll('#ring .arcs path').length === 1);
  await restsBehindAnother(page);
  // The browser complains about the refusal of the long key itself.
  assert.deepEqual(complaints.filter((text) => !text.includes('status of 400')), []);
}
