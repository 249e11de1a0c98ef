// A proxy that wants to know who asks: the page asks for the token, shows it, and forgets it with
// the tab.
import assert from 'node:assert/strict';
import {openPage, rowOf, textOf, waitForText} from '../chromium.mjs';

const showToken = async (page, text) => {
  await page.type('#token-text', text);
  await page.keyboard.press('Enter');
};

export default async function token(admin) {
  const {page, complaints} = await openPage(admin, {ready: '#token:not([hidden])'});
  const requests = [];
  page.on('request', (request) => requests.push(request));
  assert.equal(await page.$eval('#main', (main) => main.hidden), true);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'token-text');
  assert.equal(await page.$eval('#outage', (outage) => outage.hidden), true);

  await showToken(page, 'wrong');
  await waitForText(page, '#token-problem', 'That was not the right one.');

  await showToken(page, ' s3cret ');
  await page.waitForSelector('#nodes-body tr');
  assert.equal(await page.$eval('#token', (section) => section.hidden), true);
  await waitForText(page, '#live', 'live');

  // What changes something and what happens go by it, too.
  await page.click(`${rowOf('node-1')} td.steer button`);
  await waitForText(page, '#steer-moved', 'would move');
  await page.click('#steer-do');
  await waitForText(page, '#news', 'node-1');
  await waitForText(page, rowOf('node-1'), 'ejected');
  const listens = (request) => request.url().endsWith('/events')
    && request.headers().authorization === 'Bearer s3cret';
  if (!requests.some(listens)) await page.waitForRequest(listens);

  await page.reload();
  await page.waitForSelector('#nodes-body tr');
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  assert.equal(await page.evaluate(() => document.cookie), '');
  assert.equal((await textOf(page, 'body')).includes('s3cret'), false);

  assert.deepEqual(complaints.filter((text) => !text.includes('401')), []);
}
