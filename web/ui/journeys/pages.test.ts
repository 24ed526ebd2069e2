// Every page with real content: accessible, also dark, on a phone and at 400 % zoom; by keyboard alone; and with the server away for a while.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, MAIL, type Mail, mail, serve, type Served, violations, watched } from './world.ts';

const PAGES: [path: string, heading: string | RegExp][] = [
  ['/products/mail', 'Mail'],
  ['/products/mail/objectives/compose-mail', 'Compose mail'],
  ['/products/mail/steps/send-mail', 'Send mail'],
  ['/products/mail/slos', 'SLOs'],
  ['/products/mail/slos/send-mail-availability', /send-mail-availability/],
  ['/products/mail/slos/send-mail-availability?hindsight=yes&if-target=50%25', /send-mail-availability/],
  ['/products/mail/incidents', 'Incidents'],
  ['/products/mail?screen=wall', 'Mail'],
  ['/products/mail/services', 'Services and operations'],
  ['/registry', 'Registry'],
  ['/registry?tab=people', 'Registry'],
  ['/registry?tab=source', 'Registry'],
  ['/ingest', 'Ingest'],
];

let server: Served;
let product: Mail;
let browser: Browser;

beforeAll(async () => {
  server = await serve(MAIL);
  [product, browser] = await Promise.all([mail(server), browse()]);
  await product.fault({ set: ['errors:send-mail:60%'] });
  const page = await browser.newPage();
  await page.goto(server.base);
  await page.getByRole('heading', { name: /^Send mail fails in / }).waitFor({ timeout: 40_000 });
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await server?.stop();
});

async function open(page: Page, path: string, heading: string | RegExp): Promise<void> {
  await page.goto(`${server.base}${path}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForFunction(() => !document.querySelector('.loading'));
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page is accessible, ${colorScheme}`, async () => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const wrong = watched(page, server.base);
    for (const [path, heading] of PAGES) {
      await open(page, path, heading);
      expect(await violations(page), path).toEqual([]);
    }
    expect(wrong).toEqual([]);
    await context.close();
  });
}

// 1280 pixels at 400 % are 320.
test.each([['a phone', 500], ['400 % zoom', 320]])('no page is wider than %s', async (_, width) => {
  const context = await browser.newContext({ viewport: { width, height: 700 } });
  const page = await context.newPage();
  for (const [path, heading] of PAGES) {
    await open(page, path, heading);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, path).toBeLessThanOrEqual(0);
    expect(await violations(page), path).toEqual([]);
  }
  await context.close();
});

test('the keyboard alone leads to a step, a time, the keys and an address that stays', async () => {
  const page = await browser.newPage();
  await open(page, '/products/mail', 'Mail');
  await page.keyboard.press('/');
  await page.keyboard.type('send mail');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Send mail' }).waitFor();
  await page.getByText('Succeeded, by minute').waitFor();
  await page.keyboard.press('t');
  await page.keyboard.type('last 30 min');
  await page.keyboard.press('Enter');
  await page.waitForURL(/range=last\+30\+min/);
  await page.keyboard.press('t');
  await page.keyboard.type('whenever');
  await page.keyboard.press('Enter');
  await page.getByText('"whenever" is no range of time.').waitFor();
  await page.keyboard.press('Tab');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
  // The key is the page's again a moment after the dialog has closed.
  const pinned = async () => {
    await page.keyboard.press('y');
    return page.url();
  };
  await expect.poll(pinned, { timeout: 20_000, interval: 300 }).toMatch(/range=20\d\d-.*as-of=\d+/);
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.getByRole('heading', { level: 1, name: 'Ingest' }).waitFor();
  await page.close();
});

test('whoever leaves before the address stays is not brought back', async () => {
  const page = await browser.newPage();
  await open(page, '/products/mail', 'Mail');
  let answer = () => {};
  await page.route('**/api/v1/registry', async (route) => {
    await new Promise<void>((resolve) => (answer = resolve));
    await route.continue();
  }, { times: 1 });
  const [request] = await Promise.all([page.waitForRequest('**/api/v1/registry'), page.keyboard.press('y')]);
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.getByRole('heading', { level: 1, name: 'Ingest' }).waitFor();
  answer();
  await (await request.response())?.finished();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  expect(new URL(page.url()).pathname).toBe('/ingest');
  await page.close();
});

test('a drag over a chart is a time in the address, and the way back is the browser’s', async () => {
  const page = await browser.newPage();
  await open(page, '/products/mail/steps/login', 'Login');
  const plot = page.locator('.u-over').first();
  await plot.waitFor();
  const box = await plot.boundingBox();
  if (!box) throw new Error('the chart has no place');
  await plot.hover({ position: { x: box.width * 0.5, y: 30 } });
  await page.mouse.down();
  await plot.hover({ position: { x: box.width * 0.7, y: 35 } });
  await plot.hover({ position: { x: box.width * 0.9, y: 40 } });
  await page.mouse.up();
  await page.waitForURL(/range=20\d\d-/);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes('range'));
  await page.close();
});

test('a server that goes away and comes back is told of, and nothing has to be loaded again', async () => {
  const page = await browser.newPage();
  await open(page, '/products/mail', 'Mail');
  await page.getByText('Live', { exact: true }).waitFor();
  await server.again();
  await page.getByText('Live', { exact: true }).waitFor({ timeout: 30_000 });
  await page.getByRole('heading', { name: /fail|well|unknown|judged|attempts/ }).first().waitFor();
  await page.close();
});
