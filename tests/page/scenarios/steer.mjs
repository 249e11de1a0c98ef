// Ejecting, restoring and what-if by keyboard alone do on the proxy what they say.
import assert from 'node:assert/strict';
import {api, openPage, rowOf, tabTo, textOf, waitForText} from '../chromium.mjs';
import {beginTraffic} from '../traffic.mjs';

const stateOf = async (admin, name) =>
  (await api(admin, '/pools/pool')).nodes.find((node) => node.name === name).state;

const whatIf = async (admin, query) => {
  const told = await api(admin, `/pools/pool/what-if?${query}`);
  return `${told.moved_percent.toFixed(1)} %`;
};

// Opens the dialog of a node with the keyboard.
async function openDialog(page, node) {
  await tabTo(page, `${rowOf(node)} td.steer button`);
  await page.keyboard.press('Enter');
  await waitForText(page, '#steer-moved', 'would move');
}

async function seesTraffic(page) {
  await page.waitForFunction(() => {
    const text = (id) => document.getElementById(id).textContent;
    return text('figure-rate') !== '–' && text('figure-hits').endsWith('%') &&
      /^[\d.]+\s.?s$/.test(text('figure-p99')) && Number(text('figure-clients')) > 0;
  });
  const row = await textOf(page, rowOf('node-0'));
  assert.match(row, /in the ring[\d.]+ %[\d.,]+[\d.]+ %[\d.]+\s(µs|ms)[\d.]+\s(µs|ms)0Eject…/);
}

async function ejects(page, admin) {
  const moves = await whatIf(admin, 'eject=node-1');

  await openDialog(page, 'node-1');
  assert.equal((await textOf(page, '#steer-moved')).slice(0, moves.length), moves);
  await page.keyboard.press('Escape');
  assert.equal(await page.$eval('#steer', (dialog) => dialog.open), false);
  assert.equal(await stateOf(admin, 'node-1'), 'in_ring');
  assert.ok(await page.$eval(`${rowOf('node-1')} td.steer button`,
                             (button) => button === document.activeElement), 'the focus is back');

  await openDialog(page, 'node-1');
  await page.select('#steer-for', '1h');
  await tabTo(page, '#steer-do');
  await page.keyboard.press('Enter');
  await waitForText(page, `${rowOf('node-1')} .state`, 'ejected by operator');
  assert.equal(await stateOf(admin, 'node-1'), 'ejected_by_operator');
  await waitForText(page, '#verdict', '2 of 3 nodes are in the ring');
  await waitForText(page, '#concerns', 'node-1 is ejected: by the operator, for a time; back in ');
  await waitForText(page, '#history li:first-child',
                    `node-1 was ejected.${moves} movedejection by the operator`);
  await waitForText(page, '#last-change', 'node-1 was ejected');
}

async function restores(page, admin) {
  const moves = await whatIf(admin, 'restore=node-1');
  await openDialog(page, 'node-1');
  assert.equal((await textOf(page, '#steer-moved')).slice(0, moves.length), moves);
  assert.equal(await textOf(page, '#steer-do'), 'Restore');
  await tabTo(page, '#steer-do');
  await page.keyboard.press('Enter');
  await waitForText(page, `${rowOf('node-1')} .state`, 'in the ring');
  assert.equal(await stateOf(admin, 'node-1'), 'in_ring');
  await waitForText(page, '#verdict', 'all 3 nodes are in the ring');
}

async function imagines(page, admin) {
  await tabTo(page, '#what-if-kind');
  await page.select('#what-if-kind', 'add');
  await page.type('#what-if-server', '10.9.8.7:11211:1 newcomer');
  await page.keyboard.press('Enter');
  const added = await whatIf(admin, 'add=10.9.8.7%3A11211%3A1%20newcomer');
  await waitForText(page, '#what-if-answer', `${added} of the keys would move`);
  assert.ok((await textOf(page, '#what-if-answer')).includes('newcomer'));

  await page.select('#what-if-kind', 'weight');
  await page.select('#what-if-node', 'node-2');
  await page.focus('#what-if-weight');
  await page.keyboard.press('Enter');
  const both = await whatIf(admin, 'add=10.9.8.7%3A11211%3A1%20newcomer&weight=node-2%3A2');
  await waitForText(page, '#what-if-answer', `${both} of the keys would move`);
  assert.equal((await api(admin, '/pools/pool')).nodes.length, 3);
}

// The last one goes only if somebody insists.
async function ejectsTheLast(page, admin) {
  await api(admin, '/pools/pool/nodes/node-0/eject', 'POST');
  await api(admin, '/pools/pool/nodes/node-1/eject', 'POST');
  await waitForText(page, '#verdict', '1 of 3 nodes');
  await openDialog(page, 'node-2');
  await waitForText(page, '#steer-moved', 'No node would be left');
  await page.click('#steer-do');
  await page.waitForFunction(() => document.getElementById('steer-problem').textContent !== '');
  assert.equal(await stateOf(admin, 'node-2'), 'in_ring');
  await page.click('#steer-force');
  await page.click('#steer-do');
  await waitForText(page, '#concerns', 'No node is in the ring');
  assert.equal(await stateOf(admin, 'node-2'), 'ejected_by_operator');
}

export default async function steer(admin) {
  await beginTraffic(admin, 'pool');
  const {page, complaints} = await openPage(admin);

  await seesTraffic(page);
  await ejects(page, admin);
  await restores(page, admin);
  await imagines(page, admin);
  assert.deepEqual(complaints, []);
  await ejectsTheLast(page, admin);

  // The browser complains about the refusal itself.
  assert.deepEqual(complaints.filter((text) => !text.includes('409')), []);
}
