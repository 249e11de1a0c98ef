// Two hundred nodes, and a change every second for a minute: the page stays right and small.
import assert from 'node:assert/strict';
import {setTimeout as sleep} from 'node:timers/promises';
import {checkArcs} from '../angles.mjs';
import {api, openPage, textOf, waitForText} from '../chromium.mjs';

const changes = 60;
const settled = 20;  // changes until all that the page keeps has been filled once

// The page's memory and elements after a garbage collection.
async function sizeOf(page) {
  await page.evaluate(() => globalThis.gc());
  const {JSHeapUsedSize, Nodes, JSEventListeners} = await page.metrics();
  return {heap: JSHeapUsedSize, nodes: Nodes, listeners: JSEventListeners};
}

// What makes a long table short.
async function filtersAndSorts(page) {
  const shown = () => page.$$eval('#nodes-body tr:not([hidden])', (rows) =>
    rows.map((row) => ({name: row.dataset.node, share: parseFloat(
      row.querySelector('.share .number').textContent)})));
  await page.type('#nodes-filter', 'CACHE-01');
  assert.deepEqual((await shown()).map(({name}) => name),
                   Array.from({length: 10}, (_, i) => `cache-01${i}`));
  assert.equal(await textOf(page, '#nodes-count'), '10 of 200 nodes');
  await page.click('th button[data-column=share]');
  const shares = (await shown()).map(({share}) => share);
  assert.deepEqual(shares, [...shares].sort((a, b) => b - a));
  await page.$eval('#nodes-filter', (input) => {
    input.value = '';
    input.dispatchEvent(new Event('input'));
  });
  assert.equal((await shown()).length, 200);
}

export default async function many(admin) {
  const {page, complaints} = await openPage(admin);
  const opened = performance.now();
  assert.ok(await checkArcs(page, admin, 'pool') > 200 * 150);
  await filtersAndSorts(page);

  const {nodes} = await api(admin, '/pools/pool');
  const begun = performance.now();
  let early;
  for (let i = 0; i < changes; ++i) {
    // Every other one comes back when the next one leaves.
    const action = i % 2 === 0 ? 'eject' : 'restore';
    const {name} = nodes[(i - (i % 2)) * 3];
    await api(admin, `/pools/pool/nodes/${encodeURIComponent(name)}/${action}`, 'POST');
    if (i === settled) early = await sizeOf(page);
    await sleep(Math.max(0, begun + (i + 1) * 1000 - performance.now()));
  }
  await waitForText(page, '#verdict', 'all 200 nodes are in the ring');
  const {generation} = await api(admin, '/pools/pool');
  await waitForText(page, '#facts', `Generation${generation}`);
  await page.waitForFunction(() => document.querySelectorAll('#ring .arcs path').length === 200);
  await checkArcs(page, admin, 'pool');

  const late = await sizeOf(page);
  const growth = (what) => late[what] / early[what];
  console.log(JSON.stringify({early, late, script_s: (await page.metrics()).ScriptDuration,
                              task_s: (await page.metrics()).TaskDuration,
                              wall_s: (performance.now() - opened) / 1000}));
  assert.ok(growth('heap') < 1.15, `heap: ${early.heap} to ${late.heap}`);
  assert.ok(growth('nodes') < 1.05, `elements: ${early.nodes} to ${late.nodes}`);
  assert.ok(growth('listeners') < 1.05, `listeners: ${early.listeners} to ${late.listeners}`);
  assert.deepEqual(complaints, []);
}
