// A server that other machines can reach: whoever opens a page signs in with a token, reads, writes where the token allows it, and leaves. Other sites
// cannot use the session, and a session that has ended is asked for again.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browse, MAIL, overhang, serve, type Served, violations } from './world.ts';

let server: Served;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([serve(MAIL, 'other machines'), browse()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

// By the keyboard alone: the field has the focus from the beginning.
async function signIn(page: Page, token: string): Promise<void> {
  await heading(page, 'Sign in to Milepost').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'token');
  await page.keyboard.type(token);
  await page.keyboard.press('Enter');
}

async function signedIn(token: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.base}/products/mail/steps/login`);
  await signIn(page, token);
  await heading(page, 'Login').waitFor();
  return { context, page };
}

test('a wrong token is refused in words, the right one leads to the page that was asked for, and signing out ends it', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.base}/products/mail/steps/login`);
  await signIn(page, 'mp_read_nothing');
  await page.getByRole('alert').filter({ hasText: 'Not signed in: this token is not known' }).waitFor();
  expect(await violations(page)).toEqual([]);
  // What was typed is chosen, so that typing again replaces it.
  await signIn(page, server.tokens.read);
  await heading(page, 'Login').waitFor();
  await page.getByText('the reader').waitFor();
  expect(await violations(page)).toEqual([]);
  // Nothing of the token is where scripts can look.
  const kept = await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(kept).not.toContain(server.tokens.read);
  expect(kept).not.toContain('milepost_session');

  await page.getByRole('button', { name: 'Sign out' }).focus();
  await page.keyboard.press('Enter');
  await heading(page, 'Sign in to Milepost').waitFor();
  expect((await page.request.get(`${server.base}/api/v1/products`)).status()).toBe(401);
  await context.close();
});

test('the page for signing in fits a phone and 400 % zoom, dark, too', async () => {
  for (const [width, colorScheme] of [[500, 'light'], [320, 'dark']] as const) {
    const context = await browser.newContext({ viewport: { width, height: 700 }, colorScheme });
    const page = await context.newPage();
    await page.goto(server.base);
    await heading(page, 'Sign in to Milepost').waitFor();
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await context.close();
  }
});

test('a server that was started again asks an open page to sign in, and the page goes on where it was', async () => {
  const { context, page } = await signedIn(server.tokens.read);
  await server.again();
  // The page notices with the next thing that it asks for.
  await page.getByRole('link', { name: 'SLOs', exact: true }).click();
  await signIn(page, server.tokens.read);
  await heading(page, 'SLOs').waitFor();
  await context.close();
});

// Somebody else's page, on another port of the same machine: the nearest that another origin can be.
async function elsewhere(html: string): Promise<{ url: string; server: Server }> {
  const other = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(other.address() as AddressInfo).port}`, server: other };
}

test('a page of another origin cannot use the session to change anything', async () => {
  const { context, page } = await signedIn(server.tokens.write);
  const form = (action: string) => `<!doctype html><form method="post" enctype="text/plain" action="${server.base}${action}"><button>Win</button></form>`;
  for (const action of ['/session', '/api/v1/products']) {
    const other = await elsewhere(form(action));
    await page.goto(other.url);
    const [answer] = await Promise.all([page.waitForResponse((response) => response.url() === `${server.base}${action}`), page.getByRole('button').click()]);
    expect([action, answer.status()]).toEqual([action, 403]);
    other.server.close();
  }
  // The session is still there.
  await page.goto(server.base);
  await page.getByText('the writer').waitFor();
  await context.close();
});
