// What was broken heals on the map by itself, without anybody loading the page again, once the five minutes that it is judged by have nothing bad any more.
import type { Browser } from 'playwright-core';
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

const MINUTE_MS = 60_000;

test('a step that failed is bad, then good again once its failures are older than five minutes', { timeout: 150_000 }, async () => {
  const page = await browser.newPage();
  const wrong = watched(page, server.base);
  // The failures lie in the oldest minute that still counts; where that is nearly over, in the one after it.
  const now = Date.now();
  const minutes = now % MINUTE_MS > MINUTE_MS / 2 ? 3 : 4;
  await attempts(server, { first: 1, count: 30, status: 503, at: now - minutes * MINUTE_MS });
  await attempts(server, { first: 100, count: 30, status: 200, at: now });
  await page.goto(`${server.base}/products/mail`);
  await page.getByRole('heading', { name: /^Send mail fails in / }).waitFor({ timeout: 20_000 });
  await page.getByRole('heading', { name: 'The step that users took does well' }).waitFor({ timeout: 2 * MINUTE_MS });
  expect(await page.locator('.use.bad').count()).toBe(0);
  expect(wrong).toEqual([]);
  await page.close();
});
