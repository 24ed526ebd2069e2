// A fault becomes an incident: one click leads from the map to it, it says what fails and by what, and people take it, write down what they find, and end it.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, MAIL, type Mail, mail, overhang, serve, type Served, violations, watched } from './world.ts';

const IMAGE = '<img src=x onerror="document.title=1">';
const NOTE = `${IMAGE} مرحبا \u202eabc ${'a'.repeat(63)}`;
// A level is given when it was over twice, thirty seconds apart, and 20 attempts were seen.
const OPENED_WITHIN_MS = 110_000;

let server: Served;
let product: Mail;
let browser: Browser;
let address: string;

beforeAll(async () => {
  server = await serve(MAIL);
  [product, browser] = await Promise.all([mail(server), browse()]);
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await server?.stop();
});

const openOnes = (page: Page) => page.getByRole('region', { name: 'Open incidents' });

test('a fault is an incident within two minutes, and one click leads from the map to it, its steps and its cause', { timeout: 180_000 }, async () => {
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  await page.goto(`${server.base}/products/mail`);
  await page.getByRole('heading', { name: /do well/ }).waitFor({ timeout: 30_000 });
  await product.fault({ set: ['errors:send-mail:60%'] });
  const began = Date.now();
  const line = openOnes(page).getByRole('link', { name: /Send mail fails/ });
  await line.waitFor({ timeout: OPENED_WITHIN_MS });
  console.log(`the incident was on the map after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  await line.click();
  await page.getByRole('heading', { level: 1, name: /Send mail fails/ }).waitFor();
  address = page.url();
  await page.getByRole('heading', { name: /It goes on: / }).waitFor();
  await page.getByRole('region', { name: 'Steps of the incident' }).getByText('outbox mail.v1.Outbox/Enqueue').first().waitFor();
  // Why it is that bad stands there line by line.
  await page.getByText(/5 min: \d+ attempts, \d+ failed/).first().waitFor();
  await page.getByText('Users have trouble').waitFor();

  await page.getByRole('region', { name: 'Steps of the incident' }).getByRole('link', { name: /Send mail/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Send mail' }).waitFor();
  await openOnes(page).getByRole('link', { name: /Send mail fails/ }).waitFor();
  // What explains its failures: those of the operation below it.
  await page.getByRole('region', { name: 'What explains its failures' }).getByText(/outbox mail\.v1\.Outbox\/Enqueue failing below it/).first().waitFor({ timeout: 30_000 });
  expect(await violations(page)).toEqual([]);
  expect(wrong).toEqual([]);
  await page.close();
});

test('it is taken, noted and said to be less by the keyboard alone, and what is written is only ever text', async () => {
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  await page.goto(`${server.base}/products/mail`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await violations(page)).toEqual([]);
  await openOnes(page).getByRole('button', { name: /^I have it/ }).press('Enter');
  await openOnes(page).getByText(/taken by/).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await page.getByRole('heading', { level: 1, name: 'Incidents' }).waitFor();
  await page.getByRole('link', { name: /Send mail fails/ }).press('Enter');
  await page.getByText(/Taken by/).first().waitFor();
  await page.getByLabel('Note').fill(NOTE);
  await page.getByRole('button', { name: 'Write it down' }).press('Enter');
  await page.getByText(IMAGE).waitFor();
  await page.getByLabel('I would say it is').selectOption('minor');
  await page.getByLabel('because', { exact: true }).fill('few use it at night');
  await page.getByRole('button', { name: 'Say so' }).press('Enter');
  await page.getByRole('heading', { name: /It goes on: minor, as somebody said/ }).waitFor();
  expect(await page.locator('img').count()).toBe(0);
  // The report has all of it.
  const report = await page.request.get(`${server.base}/api/v1${new URL(address).pathname}/report`);
  expect(await report.text()).toContain('few use it at night');
  expect(wrong).toEqual([]);
  await page.close();
});

test('its pages are accessible, light and dark, on a phone and at 400 % zoom', async () => {
  for (const [width, colorScheme] of [[1_280, 'light'], [1_280, 'dark'], [500, 'light'], [320, 'dark']] as const) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    for (const [path, heading] of [[address, /Send mail fail/], [`${server.base}/products/mail/incidents`, 'Incidents'], [`${server.base}/products/mail`, 'Mail']] as const) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.getByText(/Send mail fails/).first().waitFor();
      expect(await overhang(page), path).toBeLessThanOrEqual(0);
      expect(await violations(page), `${path} ${width} ${colorScheme}`).toEqual([]);
    }
    await context.close();
  }
});

test('switched off, attempts succeed again, and whoever says that it is over ends it on every page', { timeout: 180_000 }, async () => {
  const page = await browser.newPage();
  await product.fault({ clear: ['errors:send-mail:60%'] });
  await page.goto(`${server.base}/products/mail/steps/send-mail?range=last+5+min`);
  await page.getByRole('heading', { level: 1, name: 'Send mail' }).waitFor();
  // The minute that runs, of the chart of success.
  await expect.poll(() => page.locator('figure', { hasText: 'Succeeded, by minute' }).locator('.readout').textContent(), { timeout: 100_000, interval: 1_000 }).toMatch(/succeeded 100%/);
  await page.goto(address);
  await page.getByLabel('It is over, because').fill('the outbox has its disk back');
  await page.getByRole('button', { name: 'Say that it is over' }).click();
  await page.getByRole('heading', { name: /It is said to be over/ }).waitFor();
  await page.goto(`${server.base}/products/mail`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await openOnes(page).waitFor({ state: 'detached' });
  await page.close();
});
