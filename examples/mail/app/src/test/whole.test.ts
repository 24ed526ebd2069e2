/** The product and its load as real processes, with a collector that this test is: what was sent is what spans tell. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { read } from '../annotation.js';

const FIRST_PORT = 18_100;
const STOPPED_WITHIN_MS = 5_000;

/** Where an attempt of each step is measured, as the registry says. */
const MEASURED: Record<string, string> = {
  'webmail POST /login': 'login',
  'webmail GET /compose': 'open-compose-dialog',
  'webmail GET /contacts': 'lookup-addresses',
  'webmail POST /spelling': 'check-spelling',
  'webmail POST /messages': 'send-mail',
  'webmail GET /inbox': 'open-inbox',
  'webmail GET /messages/{message}': 'open-message',
  'delivery process incoming-mail': 'receive-mail',
  'spam-filter process received-mail': 'filter-spam',
};

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface Span {
  readonly name: string;
  readonly attributes: Attribute[];
}
interface Export {
  readonly resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[];
}

test('each request that the load counts is told by a span of its step, and each hop carries the annotation', { timeout: 90_000 }, async (t) => {
  const exports: Export[] = [];
  const collector = http.createServer((request, response) => void collect(request, exports).then(() => response.end('{}')));
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'mail-'));
  const port = ['--port', String(FIRST_PORT)];
  const product = start('main.js', port, (collector.address() as AddressInfo).port);
  t.after(() => {
    product.kill('SIGKILL');
    collector.close();
    rmSync(folder, { recursive: true });
  });
  await said(product, /mail is ready/);

  const counts = join(folder, 'counts.json');
  const load = start('load.js', [...port, '--users=8', '--journeys=8', '--pace=8', `--counts=${counts}`], 0);
  assert.deepEqual(await once(load, 'exit'), [0, null]);
  const stopped = performance.now();
  product.kill('SIGTERM');
  assert.deepEqual(await once(product, 'exit'), [0, null]);
  assert.ok(performance.now() - stopped < STOPPED_WITHIN_MS);

  const counted = JSON.parse(readFileSync(counts, 'utf8')) as {
    steps: { step: string; requests: number }[];
    mail: { accepted: number }[];
    unanswered: number;
  };
  assert.equal(counted.unanswered, 0);
  const sent: Record<string, number> = {};
  for (const { step, requests } of counted.steps) sent[step] = (sent[step] ?? 0) + requests;
  const accepted = counted.mail.reduce((sum, mail) => sum + mail.accepted, 0);
  const spans = spansOf(exports);
  const told: Record<string, number> = {};
  for (const { service, name } of spans) {
    const step = MEASURED[`${service} ${name}`];
    if (step !== undefined) told[step] = (told[step] ?? 0) + 1;
  }
  assert.deepEqual(told, { ...sent, 'receive-mail': accepted, 'filter-spam': accepted });

  const silent = spans.filter(({ annotation }) => annotation === undefined).map(({ service, name }) => `${service} ${name}`);
  assert.deepEqual([...new Set(silent)].sort(), ['webmail GET /compose', 'webmail GET /healthz', 'webmail POST /drafts']);
  assert.ok(spans.every(({ annotation }) => annotation === undefined || read(annotation)?.product === 'mail'));
  assert.ok(spans.every(({ keys }) => !keys.includes('ui.release')));
});

/** A program of the product, with its telemetry going to this port. */
function start(program: string, flags: string[], collectorPort: number): ChildProcess {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collectorPort}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  };
  return spawn(process.execPath, [join(__dirname, '..', program), ...flags], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Resolves when the program has printed this; rejects when it ends without. */
function said(program: ChildProcess, what: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    program.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (what.test(text)) resolve();
    });
    program.once('exit', () => reject(new Error(`it ended, having said: ${text}`)));
  });
}

async function collect(request: http.IncomingMessage, exports: Export[]): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  exports.push(JSON.parse(text) as Export);
}

function spansOf(exports: Export[]) {
  return exports.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map(({ name, attributes }) => ({
          service: valueOf(resource.attributes, 'service.name'),
          name,
          annotation: valueOf(attributes, 'milepost'),
          keys: attributes.map(({ key }) => key),
        })),
      ),
    ),
  );
}

function valueOf(attributes: Attribute[], key: string): string | undefined {
  return attributes.find((attribute) => attribute.key === key)?.value.stringValue;
}
