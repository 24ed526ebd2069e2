// What the product is judged by: what users made of it in the time shown, what is lost of it, what nobody tried, and what an incident costs.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attempts, browse, MAIL, overhang, serve, type Served, violations, watched } from './world.ts';

let server: Served;
let browser: Browser;

// What is lost of a minute is told once it is over: this one is.
const AGO_MS = 150_000;

beforeAll(async () => {
  [server, browser] = await Promise.all([serve(MAIL), browse()]);
  const at = Date.now() - AGO_MS;
  await attempts(server, { first: 1, count: 40, status: 200, at, bytes: 1_000 });
  await attempts(server, { first: 41, count: 10, status: 503, at });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const kpis = (page: Page) => page.getByRole('region', { name: 'What users made of it' });
const line = (page: Page, title: string) => kpis(page).getByRole('listitem').filter({ hasText: title });

test('each KPI says what it came to and what is lost in the time shown, and what nobody tried is no zero', async () => {
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  await page.goto(`${server.base}/products/mail`);
  await line(page, 'Written').getByText('40,000 bytes').waitFor({ timeout: 30_000 });
  await line(page, 'Written').getByText('10,000 bytes lost with 10 failed attempts').waitFor();
  await line(page, 'Messages sent').getByText('40 messages', { exact: true }).waitFor();
  await line(page, 'Messages sent').getByText('10 messages lost with 10 failed attempts').waitFor();
  await line(page, 'Messages read').getByText('No data: nobody tried').waitFor();
  // Another time is another sum, and stands in the address.
  await kpis(page).getByLabel('Time').fill('yesterday');
  await kpis(page).getByLabel('Time').press('Enter');
  await line(page, 'Messages sent').getByText('No data: nobody tried').waitFor();
  expect(new URL(page.url()).searchParams.get('range')).toBe('yesterday');
  expect(wrong).toEqual([]);
  await page.close();
});

test('an incident says on every page that speaks of it what it costs', { timeout: 240_000 }, async () => {
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  const cost = 'Lost so far: 10 messages of Messages sent, 10,000 bytes of Written';
  await page.goto(`${server.base}/products/mail`);
  await page.getByRole('region', { name: 'Open incidents' }).getByText(cost).waitFor({ timeout: 200_000 });
  await page.goto(`${server.base}/products/mail/steps/send-mail`);
  await page.getByRole('region', { name: 'Open incidents' }).getByText(cost).waitFor();
  await page.getByRole('link', { name: /Send mail fails/ }).click();
  await page.getByRole('region', { name: 'What users lost' }).getByText('Written: 10,000 bytes').waitFor();
  await page.getByRole('region', { name: 'Steps of the incident' }).getByText('10,000 bytes of Written').waitFor();
  expect(await violations(page)).toEqual([]);
  expect(wrong).toEqual([]);
  await page.close();
});

test('the page is accessible with it, light and dark, on a phone and at 400 % zoom', async () => {
  for (const [width, colorScheme] of [[1_280, 'light'], [1_280, 'dark'], [500, 'light'], [320, 'dark']] as const) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    await page.goto(`${server.base}/products/mail`);
    await line(page, 'Written').getByText('40,000 bytes').waitFor();
    expect(await overhang(page), `${width}`).toBeLessThanOrEqual(0);
    expect(await violations(page), `${width} ${colorScheme}`).toEqual([]);
    await context.close();
  }
});
