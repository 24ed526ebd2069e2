// A fault is switched on: the map shows it, one click leads to the step; switched off, everything heals.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, MAIL, type Mail, mail, serve, type Served, watched } from './world.ts';

let server: Served;
let product: Mail;
let browser: Browser;

beforeAll(async () => {
  server = await serve(MAIL);
  [product, browser] = await Promise.all([mail(server), browse()]);
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await server?.stop();
});

test('a fault is on the map within 30 s, one click leads to the step, and a link shows the same to others', async () => {
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  await page.goto(server.base);
  await page.getByRole('heading', { name: /do well/ }).waitFor({ timeout: 20_000 });

  await product.fault({ set: ['errors:send-mail:60%'] });
  const began = Date.now();
  await page.getByRole('heading', { name: /^Send mail fails in / }).waitFor({ timeout: 30_000 });
  console.log(`the map showed the fault after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  await page.locator('.use.bad', { hasText: 'Send mail' }).first().waitFor();

  await page.getByRole('link', { name: 'Look at Send mail' }).click();
  await page.getByRole('heading', { level: 1, name: 'Send mail' }).waitFor();
  await page.getByText('outbox mail.v1.Outbox/Enqueue').first().waitFor();
  await page.getByText(/of \d+ attempts failed: fewer good than 99.9% promised/).first().waitFor();

  const other = await browser.newContext();
  const same = await other.newPage();
  await same.goto(page.url());
  await same.getByRole('heading', { level: 1, name: 'Send mail' }).waitFor();
  await other.close();
  expect(wrong).toEqual([]);
  await page.close();
});
