// A link that somebody made shows whoever opens it the same numbers, although events of that time have come late since; and how to see those, too.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attempts, browse, MAIL, serve, type Served, watched } from './world.ts';

let server: Served;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([serve(MAIL), browse()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

// Attempts that began some minutes ago.
const send = (first: number, count: number, status: number) => attempts(server, { first, count, status, at: Date.now() - 10 * 60_000 });

// Attempts and failures of the step's users, as its table has them.
async function numbers(page: Page): Promise<string[]> {
  const row = page.getByRole('region', { name: 'Attempts by method and class' }).locator('tr.chosen');
  await row.waitFor();
  return (await row.locator('td.number').allTextContents()).slice(0, 3);
}

test('a link shows the same numbers in another browser after more has come in for its time', async () => {
  await send(1, 20, 200);
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  await page.goto(`${server.base}/products/mail/steps/send-mail`);
  await expect.poll(() => numbers(page), { timeout: 20_000 }).toEqual(['20', '100%', '0']);
  const pinned = async () => {
    await page.keyboard.press('y');
    return page.url();
  };
  await expect.poll(pinned, { timeout: 20_000, interval: 300 }).toMatch(/range=20\d\d-.*as-of=\d+/);
  const link = page.url();

  await send(100, 5, 503);
  const other = await browser.newContext();
  const same = await other.newPage();
  await same.goto(link);
  expect(await numbers(same)).toEqual(['20', '100%', '0']);
  await same.getByText(/Counts of the chosen time are as they were when this link was made, up to record \d+/).waitFor();
  // What has come since is one click away.
  await same.getByRole('link', { name: 'Show what is counted by now' }).click();
  await expect.poll(() => numbers(same), { timeout: 20_000 }).toEqual(['25', '80%', '5']);
  expect(wrong).toEqual([]);
  await other.close();
  await page.close();
});
