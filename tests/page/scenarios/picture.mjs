// Pictures for the documents, no test:
//   node run.mjs picture ADMIN FILE light|dark POOL KEY [HEIGHT [SECONDS]]
import {openPage, waitForText} from '../chromium.mjs';
import {beginTraffic} from '../traffic.mjs';

export default async function picture(admin, file, scheme, pool, key, height = '930',
                                      seconds = '40') {
  await beginTraffic(admin, pool);
  const {page} = await openPage(`${admin}/#${encodeURIComponent(pool)}`,
                                {scheme, width: 1240, height: Number(height)});
  await waitForText(page, '#pool-name', pool);
  await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  if (key !== '') {
    await page.type('#key', key);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#key-answer:not([hidden])');
    await page.evaluate(() => document.activeElement.blur());
  }
  await page.screenshot({path: file, type: 'webp', quality: 82});
}
