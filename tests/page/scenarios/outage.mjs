// The proxy dies and comes back. Who runs this does that when it is asked to.
import assert from 'node:assert/strict';
import {openPage, textOf, waitForText} from '../chromium.mjs';

export default async function outage(admin) {
  const {page, complaints} = await openPage(admin);
  await waitForText(page, '#live', 'live');

  console.log('please kill it');
  await page.waitForSelector('#outage:not([hidden])');
  assert.match(await textOf(page, '#outage'), /^The proxy does not answer since \d\d:\d\d:\d\d \(/);
  assert.equal(await textOf(page, '#live'), 'no answer');
  assert.match(await page.title(), /^✕ pool/);
  assert.ok((await textOf(page, '#nodes-body')).includes('node-0'), 'what was known');
  const since = await textOf(page, '#outage-for');
  await page.waitForFunction((then) => document.getElementById('outage-for').textContent !== then,
                             {}, since);

  console.log('please start it');
  await page.waitForSelector('#outage[hidden]');
  await waitForText(page, '#live', 'live');
  await waitForText(page, '#news', 'The proxy answers again.');
  assert.match(await page.title(), /^pool/);

  console.log('please stop it');
  await page.waitForSelector('#outage:not([hidden])');
  console.log('please continue it');
  await page.waitForSelector('#outage[hidden]');

  // The browser itself says that nobody answers.
  assert.deepEqual(complaints.filter((text) => !text.includes('ERR_')), []);
}
