// A headless Chromium on the ring page, and what it complains about.
import assert from 'node:assert/strict';
import puppeteer from 'puppeteer-core';

export const patienceMs = 20000;

const browsers = [];

export const closeBrowsers = () =>
  Promise.all(browsers.splice(0).map((browser) => browser.close()));

// `admin` is "http://127.0.0.1:22221"; `ready`: what is there when the page has been drawn.
export async function openPage(admin, {scheme = 'light', width = 1280, height = 1000,
                                       ready = '#nodes-body tr'} = {}) {
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    pipe: true,  // it ends with us, however we end
    args: ['--no-sandbox', '--disable-gpu', '--js-flags=--expose-gc', '--hide-scrollbars'],
  });
  browsers.push(browser);
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.setViewport({width, height});
  await page.emulateMediaFeatures([
    {name: 'prefers-color-scheme', value: scheme},
    {name: 'prefers-reduced-motion', value: 'reduce'},
  ]);
  page.setDefaultTimeout(patienceMs);
  const answer = await page.goto(admin.includes('#') ? admin : `${admin}/`);
  await page.waitForSelector(ready);
  return {page, answer, complaints};
}

// The API beside the page, as programs ask it.
export async function api(admin, path, method = 'GET') {
  const answer = await fetch(`${admin}${path}`, {method});
  const body = await answer.json();
  assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(body)}`);
  return body;
}

export const textOf = (page, selector) =>
  page.$eval(selector, (element) => element.textContent.trim());

// Until the text is there that somebody would read.
export const waitForText = (page, selector, text) =>
  page.waitForFunction((at, wanted) => document.querySelector(at)?.textContent.includes(wanted),
                       {polling: 50}, selector, text);

// The row of a node with a plain name.
export const rowOf = (node) => `#nodes-body tr[data-node="${node}"]`;

// By keyboard: Tab until the element that `selector` names has the focus.
export async function tabTo(page, selector) {
  for (let i = 0; i < 300; ++i) {
    if (await page.evaluate((at) => document.activeElement?.matches(at) ?? false, selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no Tab leads to ${selector}`);
}
