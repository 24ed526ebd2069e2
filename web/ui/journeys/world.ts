// What journeys go through: a server of its own with the mail example, its users and faults, and a browser. Everything ends with the test.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';

const ROOT = resolve(import.meta.dirname, '../../..');
const APP = join(ROOT, 'examples/mail/app');
// Ports in a row that the example product takes.
const PORTS = 20;

export type Served = { base: string; otlp: string; tokens: Record<Kind, string>; stop: () => Promise<void>; again: () => Promise<void> };
type Kind = 'read' | 'write';

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => (child.exitCode !== null || child.signalCode !== null ? done() : child.once('exit', () => done())));
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await ended(child);
}

// Waits for a line of a program's output, and reads on so that it is never held up.
function line(child: ChildProcess, stream: 'stdout' | 'stderr', wanted: (line: string) => boolean): Promise<string[]> {
  return new Promise((done, failed) => {
    const output = child[stream];
    if (!output) throw new Error('the output is not piped');
    const seen: string[] = [];
    createInterface({ input: output }).on('line', (text) => {
      seen.push(text);
      if (wanted(text)) done(seen);
    });
    child.once('exit', (code) => failed(new Error(`it ended (${code}) and said:\n${seen.join('\n')}`)));
  });
}

// A server in a folder of its own; on ports that stay the same when it is started again. Where its pages can be reached from other machines, it asks for
// tokens, which are made before it starts.
export async function serve(registry: string, reach: 'this machine' | 'other machines' = 'this machine'): Promise<Served> {
  const binary = process.env.MILEPOST_BINARY ?? join(ROOT, 'target/debug/milepost');
  const data = mkdtempSync(join(tmpdir(), 'milepost-journeys-'));
  const made = (kind: Kind, name: string) =>
    execFileSync(binary, ['token', '--data', data, 'create', kind, '--name', name, '--begin'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const tokens = reach === 'this machine' ? { read: '', write: '' } : { read: made('read', 'the reader'), write: made('write', 'the writer') };
  const host = reach === 'this machine' ? '127.0.0.1' : '0.0.0.0';
  let ports = ['0', '0', '0'];
  let child: ChildProcess;
  const start = async () => {
    const [grpc, http, api] = ports as [string, string, string];
    const listens = ['--listen-grpc', `127.0.0.1:${grpc}`, '--listen-http', `127.0.0.1:${http}`, '--listen-api', `${host}:${api}`];
    child = spawn(binary, ['up', '--registry', registry, '--data', data, ...listens], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said = await line(child, 'stderr', (text) => text.startsWith('API '));
    ports = ['OTLP/gRPC', 'OTLP/HTTP', 'API'].map((name) => /http:\/\/[^:]+:(\d+)/.exec(said.find((text) => text.startsWith(name)) ?? '')?.[1] ?? '0');
  };
  await start();
  return {
    base: `http://127.0.0.1:${ports[2]}`,
    otlp: `http://127.0.0.1:${ports[1]}`,
    tokens,
    again: async () => {
      await stopped(child);
      await start();
    },
    stop: async () => {
      await stopped(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((told) => {
    const probe = createServer();
    probe.once('error', () => told(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => told(true)));
  });
}

async function portsInRow(): Promise<number> {
  for (let first = 19_500 + (process.pid % 100) * PORTS; first < 32_000; first += PORTS) {
    const free = await Promise.all(Array.from({ length: PORTS }, (_, offset) => isFree(first + offset)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('there are no free ports in a row');
}

export type Mail = { fault: (change: { set?: string[]; clear?: string[] }) => Promise<void>; stop: () => Promise<void> };

// The mail product with its users.
export async function mail(server: Served): Promise<Mail> {
  const port = await portsInRow();
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: server.otlp, OTEL_BSP_SCHEDULE_DELAY: '500' };
  const product = spawn('node', ['build/main.js', '--port', `${port}`, '--seed', '7'], { cwd: APP, env, stdio: ['ignore', 'pipe', 'inherit'] });
  // Also when a journey fails before it can stop it.
  process.once('exit', () => product.kill('SIGTERM'));
  await line(product, 'stdout', (text) => text.includes('mail is ready'));
  const users = spawn('node', ['build/load.js', '--port', `${port}`, '--seed', '7', '--pace', '3'], { cwd: APP, stdio: 'ignore' });
  process.once('exit', () => users.kill('SIGTERM'));
  return {
    fault: async (change) => {
      const response = await fetch(`http://127.0.0.1:${port}/control/faults`, { method: 'POST', body: JSON.stringify(change) });
      if (!response.ok) throw new Error(`the fault was refused: ${await response.text()}`);
    },
    stop: async () => {
      await stopped(users);
      await stopped(product);
    },
  };
}

// Attempts to send mail, as the server of the web pages would tell of them: so many, that began at a time, each with ids of its own, and of so many bytes.
export async function attempts(server: Served, of: { first: number; count: number; status: number; at: number; bytes?: number }): Promise<void> {
  const began = BigInt(of.at) * 1_000_000n;
  const spans = Array.from({ length: of.count }, (_, at) => ({
    traceId: (of.first + at).toString(16).padStart(32, '0'),
    spanId: (of.first + at).toString(16).padStart(16, '0'),
    name: 'POST /messages',
    kind: 2,
    startTimeUnixNano: `${began}`,
    endTimeUnixNano: `${began + 5_000_000n}`,
    attributes: [
      { key: 'http.request.method', value: { stringValue: 'POST' } },
      { key: 'http.route', value: { stringValue: '/messages' } },
      { key: 'http.response.status_code', value: { intValue: of.status } },
      { key: 'milepost', value: { stringValue: '1.mail.compose-mail.send-mail.interactive.-.-.-' } },
      ...(of.bytes === undefined ? [] : [{ key: 'http.request.body.size', value: { intValue: of.bytes } }]),
    ],
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'webmail' } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  const answer = await fetch(`${server.otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) throw new Error(`telemetry was refused: ${await answer.text()}`);
}

export const MAIL = join(ROOT, 'examples/mail');

// A program by its path: where it is named only, that of the first folder of programs that has it.
function found(program: string): string {
  if (program.includes('/')) return program;
  const folder = (process.env.PATH ?? '').split(delimiter).find((folder) => existsSync(join(folder, program)));
  return folder === undefined ? program : join(folder, program);
}

export async function browse(): Promise<Browser> {
  const executablePath = found(process.env.MILEPOST_CHROMIUM ?? 'chromium');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = { id: string; help: string; nodes: { html: string; failureSummary?: string }[] };

// What is not accessible of a page as it stands.
export async function violations(page: Page): Promise<string[]> {
  // By the debugger, which the page's policy does not hold back.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (what: Document, how: object) => Promise<{ violations: Violation[] }> } };
    return (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations;
  });
  return found.map((one) => `${one.id}: ${one.help}\n${one.nodes.slice(0, 3).map((node) => `  ${node.html.slice(0, 200)}\n  ${node.failureSummary ?? ''}`).join('\n')}`);
}

// How much wider a page is than what is seen of it, in pixels.
export const overhang = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// Notes what goes wrong in a page beside what it shows: errors, refusals of the policy, and requests to anybody else.
export function watched(page: Page, base: string): string[] {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('net::ERR') && !message.text().includes('status of 503')) wrong.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:')) wrong.push(`asked elsewhere: ${request.url()}`);
  });
  return wrong;
}
