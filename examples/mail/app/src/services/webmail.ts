/** Webmail: what browsers talk to. Each route is one step, or a part of one; the work is done by the services behind it. */

import { context, trace } from '@opentelemetry/api';
import { getRPCMetadata, RPCType } from '@opentelemetry/core';
import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import { pause, run, type Self } from '../process.js';
import { HOST, portOf } from '../product.js';
import { type Interfaces, Peer, Refusal, status, suffer } from '../rpc.js';
import { userOf } from '../session.js';
import { control } from './webmail/control.js';
import { type Answer, type Asked, readBody, WebError } from './webmail/web.js';

const COMPOSE_MS = 18;
const DRAFT_MS = 20;
/** After so long spelling is not worth waiting for: the page shows no mistakes. */
const SPELLING_DEADLINE_MS = 2_000;
const DRAIN_MS = 1_500;

type Handler = (asked: Asked) => Promise<Answer>;

run(async (self) => {
  const routes = routesOf(self);
  let isDraining = false;
  const server = http.createServer((request, response) => {
    // A browser that keeps its connection would go on with it.
    if (isDraining) response.setHeader('connection', 'close');
    void answer(self, routes, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(portOf('webmail', self.region, self.firstPort), HOST, resolve);
  });
  return async () => {
    isDraining = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await Promise.race([closed, pause(DRAIN_MS)]);
    server.closeAllConnections();
  };
});

function routesOf(self: Self): Record<string, Handler> {
  const peer = <Name extends keyof Interfaces>(name: Name) => new Peer(name, self.region, self.firstPort);
  const [accounts, contacts, spelling] = [peer('Accounts'), peer('Contacts'), peer('Spelling')];
  const [outbox, mailbox] = [peer('Outbox'), peer('Mailbox')];
  const drafts = new Map<string, string>();
  return {
    'GET /healthz': async () => ({ status: 200, body: { region: self.region } }),
    'POST /login': async ({ text, signal }) => {
      const { token } = await accounts.call('Authenticate', { user: text('user'), password: text('password') }, { signal });
      return { status: 200, body: {}, headers: { 'set-cookie': `session=${token}; HttpOnly; SameSite=Strict; Path=/` } };
    },
    'GET /compose': async ({ user }) => {
      await pause(self.random.aroundMs(COMPOSE_MS));
      await suffer(self, 'open-compose-dialog');
      return { status: 200, body: { from: user(), draft: drafts.get(user()) ?? '' } };
    },
    'GET /contacts': async ({ user, query, signal }) => {
      return { status: 200, body: await contacts.call('Search', { user: user(), prefix: query.get('prefix') ?? '' }, { signal }) };
    },
    'POST /spelling': async ({ user, text }) => {
      user();
      await suffer(self, 'check-spelling');
      const call = spelling.call('Check', { text: text('text') }, { deadlineMs: SPELLING_DEADLINE_MS });
      // People can do without: whatever goes wrong there, they go on writing.
      return { status: 200, body: await call.catch(() => ({ mistakes: [] })) };
    },
    'POST /drafts': async ({ user, text }) => {
      await pause(self.random.aroundMs(DRAFT_MS));
      drafts.set(user(), text('body'));
      return { status: 204 };
    },
    'POST /messages': async ({ user, text, bytes }) => {
      trace.getActiveSpan()?.setAttribute('http.request.body.size', bytes);
      const mail = { id: randomUUID(), from: user(), to: text('to'), subject: text('subject'), body: text('body') };
      const { id } = await outbox.call('Enqueue', mail);
      drafts.delete(user());
      return { status: 202, body: { id } };
    },
    'GET /inbox': async ({ user, signal }) => {
      return { status: 200, body: await mailbox.call('List', { user: user() }, { signal }) };
    },
    'GET /messages/{message}': async ({ user, parameter, signal }) => {
      return { status: 200, body: await mailbox.call('Get', { user: user(), id: parameter }, { signal }) };
    },
  };
}

async function answer(
  self: Self,
  routes: Record<string, Handler>,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${HOST}`);
  if (await control(self, url, request, response)) return;
  const [route, parameter] = routeOf(routes, request.method ?? 'GET', url.pathname);
  const handler = routes[route];
  if (handler) nameRoute(route);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answered = await (async (): Promise<Answer> => {
    if (handler === undefined) throw new WebError(404, 'NotFound');
    if (self.faults.refuses(self.region)) throw new WebError(503, 'RegionUnavailable');
    const body = await readBody(request);
    return handler({
      query: url.searchParams,
      parameter,
      signal: gone.signal,
      bytes: Number(request.headers['content-length'] ?? 0),
      text: (name) => (typeof body[name] === 'string' ? body[name] : refuse(400, 'BadRequest')),
      user: () => userOf(sessionOf(request), self.sessionKey) ?? refuse(401, 'NoSession'),
    });
  })().catch(answerOf);
  if (gone.signal.aborted) return;
  if (answered.error !== undefined) trace.getActiveSpan()?.setAttribute('error.type', answered.error);
  const body = answered.body === undefined ? '' : JSON.stringify(answered.body);
  response.writeHead(answered.status, { ...(body && { 'content-type': 'application/json' }), ...answered.headers }).end(body);
}

/** What the browser is told when something behind the page refuses, and what the span says went wrong. */
function answerOf(error: unknown): Answer {
  if (error instanceof WebError) return { status: error.status, body: { code: error.type }, error: error.type };
  const codes: Partial<Record<number, [number, string]>> = {
    [status.CANCELLED]: [499, 'Cancelled'],
    [status.UNAUTHENTICATED]: [401, 'Unauthenticated'],
    [status.NOT_FOUND]: [404, 'NotFound'],
    [status.RESOURCE_EXHAUSTED]: [503, 'Exhausted'],
    [status.UNAVAILABLE]: [503, 'Unavailable'],
    [status.DEADLINE_EXCEEDED]: [504, 'Timeout'],
  };
  const [code, what] = (error instanceof Refusal ? codes[error.code] : undefined) ?? [500, 'Unexpected'];
  const type = error instanceof Refusal ? `${error.from}${what}` : what;
  return { status: code, body: { code: type }, error: type };
}

/** `METHOD /path` as it is declared, and what its `{parameter}` stands for; the path itself where there is no such route. */
function routeOf(routes: Record<string, Handler>, method: string, path: string): [string, string] {
  const exact = `${method} ${path}`;
  if (exact in routes) return [exact, ''];
  const [, message] = /^\/messages\/([^/]+)$/.exec(path) ?? [];
  return message === undefined ? [exact, ''] : [`${method} /messages/{message}`, decodeURIComponent(message)];
}

/** Tells the HTTP instrumentation which route it is. */
function nameRoute(route: string): void {
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type === RPCType.HTTP) metadata.route = route.slice(route.indexOf(' ') + 1);
}

function sessionOf(request: http.IncomingMessage): string | undefined {
  return /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
}

function refuse(status: number, type: string): never {
  throw new WebError(status, type);
}
