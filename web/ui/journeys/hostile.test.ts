// Names that want to be more than text: they are shown as they are, everywhere, and nothing of them runs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, overhang, serve, type Served, violations, watched } from './world.ts';

const IMAGE = '<img src=x onerror="document.title=1">';
const RIGHT_TO_LEFT = 'مرحبا \u202eabc';
const LONG = 'a'.repeat(63);
const TITLE = JSON.stringify(`${IMAGE} ${RIGHT_TO_LEFT}`);

const REGISTRY = `
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec:
  title: ${TITLE}
  description: ${TITLE}
  owner: product-manager
  stakeholders: [{name: product-manager, role: product-manager}]
  kpis: {${LONG}: {title: ${TITLE}, description: ${TITLE}, unit: ${TITLE}, steps: ${LONG}}}
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

function span(id: number, name: string, status = 200): object {
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
      { key: 'http.response.status_code', value: { intValue: status } },
      { key: 'error.type', value: { stringValue: status < 500 ? '' : IMAGE } },
    ],
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'milepost-hostile-'));
  writeFileSync(join(folder, 'shop.yaml'), REGISTRY);
  [server, browser] = await Promise.all([serve(folder), browse()]);
  await send(['/search', `/${IMAGE}`, `/${RIGHT_TO_LEFT}`, `/${LONG}`].map((name, at) => span(at + 1, name)));
});

async function send(spans: object[]): Promise<void> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  const answer = await fetch(`${server.otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(answer.status).toBe(200);
}

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const SHOP = '/products/shop';
const STEP = `${SHOP}/steps/${LONG}`;
const SLO = `${SHOP}/slos/${LONG.slice(0, 60)}`;

// Shows pages on a phone's width, and looks for what became more than text.
async function shown(paths: string[]): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 500, height: 800 } });
  const page = await context.newPage();
  const wrong = watched(page, server.base);
  for (const path of paths) {
    await page.goto(`${server.base}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForFunction(() => !document.querySelector('.loading'));
    await page.getByText(path === '/ingest' || path.startsWith('/registry') ? IMAGE : IMAGE.slice(0, 10)).first().waitFor();
    expect(await page.locator('img').count(), path).toBe(0);
    expect(await overhang(page), path).toBeLessThanOrEqual(0);
    expect(await violations(page), path).toEqual([]);
  }
  expect(wrong).toEqual([]);
  await context.close();
}

test('names are only ever text, and do not widen a page', async () => {
  await shown([SHOP, `${SHOP}/objectives/${LONG}`, STEP, `${SHOP}/services`, '/registry', '/registry?tab=people', '/registry?tab=source', '/ingest']);
});

test('what finds them shows them as text, too', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.base}${SHOP}/slos`);
  await page.getByText(LONG.slice(0, 60)).first().waitFor();
  await page.keyboard.press('/');
  await page.getByRole('dialog', { name: 'Find' }).getByText(IMAGE).first().waitFor();
  expect(await page.locator('img').count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.close();
});

test('an incident, a change and what explains failures are only ever text', { timeout: 180_000 }, async () => {
  const change = { kind: 'flag', services: ['web'], title: `${IMAGE} ${RIGHT_TO_LEFT} ${LONG}`, author: IMAGE };
  const told = await fetch(`${server.base}/api/v1/changes`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(change) });
  expect(told.status).toBe(201);
  let next = 1_000;
  // Until a rule has held for thirty seconds.
  const opened = async () => {
    await send(Array.from({ length: 20 }, () => span((next += 1), '/search', 503)));
    const answer = (await (await fetch(`${server.base}/api/v1${SHOP}/incidents`)).json()) as { items: { incident: number }[] };
    return answer.items[0]?.incident ?? 0;
  };
  await expect.poll(opened, { timeout: 90_000, interval: 2_000 }).toBeGreaterThan(0);
  await shown([SHOP, STEP, `${SHOP}/incidents`, `${SHOP}/incidents/1`, `${SLO}?hindsight=yes&if-target=50%25`]);
});

test('nothing but this server may be in a page', async () => {
  const answer = await fetch(server.base);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|http:|https:|\*/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});
