// Names that want to be more than text: they are shown as they are, everywhere, and nothing of them runs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, serve, type Served, watched } from './world.ts';

const IMAGE = '<img src=x onerror="document.title=1">';
const RIGHT_TO_LEFT = 'مرحبا \u202eabc';
const LONG = 'a'.repeat(63);
const TITLE = JSON.stringify(`${IMAGE} ${RIGHT_TO_LEFT}`);

const REGISTRY = `
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: ${TITLE}, description: ${TITLE}, owner: product-manager, stakeholders: [{name: product-manager, role: product-manager}]}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: ${LONG}}
spec: {title: ${TITLE}, description: ${TITLE}, owner: product-manager, steps: [${LONG}]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: web-team, operations: [GET /search]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: ${LONG}}
spec: {title: ${TITLE}, description: ${TITLE}, start: ${TITLE}, success: ${TITLE}, measure: [web GET /search]}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: ${LONG.slice(0, 60)}}
spec: {step: ${LONG}, type: availability, target: 99.9%, window: 28d}
`;

let folder: string;
let server: Served;
let browser: Browser;

function span(id: number, name: string): object {
  const now = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId: id.toString(16).padStart(32, '0'),
    spanId: id.toString(16).padStart(16, '0'),
    name,
    kind: 2,
    startTimeUnixNano: `${now - 1_000_000n}`,
    endTimeUnixNano: `${now}`,
    attributes: [
      { key: 'http.request.method', value: { stringValue: 'GET' } },
      { key: 'http.route', value: { stringValue: name } },
      { key: 'http.response.status_code', value: { intValue: 200 } },
    ],
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'milepost-hostile-'));
  writeFileSync(join(folder, 'shop.yaml'), REGISTRY);
  [server, browser] = await Promise.all([serve(folder), browse()]);
  const names = ['/search', `/${IMAGE}`, `/${RIGHT_TO_LEFT}`, `/${LONG}`];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] };
  const body = { resourceSpans: [{ resource, scopeSpans: [{ spans: names.map((name, at) => span(at + 1, name)) }] }] };
  const answer = await fetch(`${server.otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('names are only ever text, and do not widen a page', async () => {
  const context = await browser.newContext({ viewport: { width: 500, height: 800 } });
  const page = await context.newPage();
  const wrong = watched(page, server.base);
  const shop = '/products/shop';
  const paths = [shop, `${shop}/objectives/${LONG}`, `${shop}/steps/${LONG}`, `${shop}/slos`, `${shop}/slos/${LONG.slice(0, 60)}`, `${shop}/services`, '/registry', '/registry?tab=people', '/registry?tab=source', '/ingest'];
  for (const path of paths) {
    await page.goto(`${server.base}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForFunction(() => !document.querySelector('.loading'));
    expect(await page.locator('img').count(), path).toBe(0);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, path).toBeLessThanOrEqual(0);
  }
  await page.getByText(IMAGE).first().waitFor();
  expect(wrong).toEqual([]);
  await context.close();
});

test('nothing but this server may be in a page', async () => {
  const answer = await fetch(server.base);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|http:|https:|\*/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});
