// What is slow is as bad as what fails: headline, map, step and incident say the same of it. What was changed meanwhile lies on the charts, for the keyboard, too.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, MAIL, type Mail, mail, serve, type Served, violations, watched } from './world.ts';

// A level is given when it was over twice, thirty seconds apart, and 20 attempts were seen.
const OPENED_WITHIN_MS = 110_000;

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

test('a step that is too slow is the headline, on the map, on its page and an incident, with what was changed', { timeout: 180_000 }, async () => {
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  await page.goto(`${server.base}/products/mail`);
  await page.getByRole('heading', { name: /do well/ }).waitFor({ timeout: 30_000 });
  const told = await fetch(`${server.base}/api/v1/changes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ kind: 'deploy', service: 'mailbox', version: '7.1', author: 'storage-team' }, { kind: 'flag', service: 'spelling', title: 'new words' }]),
  });
  expect(told.status).toBe(201);
  await product.fault({ set: ['latency:open-inbox:3s'] });
  await page.getByRole('heading', { name: /^Open inbox is too slow in / }).waitFor({ timeout: 40_000 });
  await page.locator('.use.bad', { hasText: 'Open inbox' }).getByText(/too slow · \d+\sof\s\d+/).waitFor();
  await page.getByRole('region', { name: 'Open incidents' }).getByRole('link', { name: /Open inbox is too slow/ }).waitFor({ timeout: OPENED_WITHIN_MS });
  await page.getByRole('heading', { name: /^Open inbox is too slow in / }).waitFor();

  await page.getByRole('link', { name: 'Look at Open inbox' }).click();
  await page.getByRole('heading', { level: 1, name: 'Open inbox' }).waitFor();
  await page.getByText(/\d+ of \d+ successes took longer than 500ms: fewer in time than 99% promised/).first().waitFor();
  // The flag of a service that the step does not use is none of its changes.
  const changes = page.getByRole('region', { name: 'Changes in this time' });
  await changes.getByText('mailbox 7.1 is deployed').waitFor();
  expect(await changes.getByRole('listitem').count()).toBe(1);
  for (const chart of await page.locator('figure.chart').all()) {
    await chart.locator('.plot').focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await chart.locator('.readout').getByText(/\d\d:\d\d mailbox 7\.1 is deployed/).waitFor();
  }
  expect(await page.locator('figure.chart').count()).toBe(3);
  expect(await violations(page)).toEqual([]);
  expect(wrong).toEqual([]);
  await page.close();
});
