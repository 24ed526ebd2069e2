/** A browser: sends requests with trace context and the annotation of the step, as a client with the OpenTelemetry SDK does. */

import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import * as http from 'node:http';
import { annotate, type Annotation } from '../annotation.js';
import { HOST, portOf, type Region } from '../product.js';
import { DROPPED } from './counts.js';

/** Longer than webmail ever takes. */
const TIMEOUT_MS = 15_000;
/** A member of another product's in the same header: it travels along, and no span gets it. */
const FOREIGN = { key: 'ui.release', value: '2026.11' };

export interface Asking {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Record<string, string>;
  /** What the request is for, when the client says so. */
  readonly annotation?: Annotation | undefined;
  readonly droppedAfterMs?: number | undefined;
}

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

const agent = new http.Agent({ keepAlive: true });

export class Browser {
  private readonly userAgent: string;
  private readonly region: Region;
  private readonly firstPort: number;
  private session: string | undefined;

  constructor(userAgent: string, region: Region, firstPort: number) {
    this.userAgent = userAgent;
    this.region = region;
    this.firstPort = firstPort;
  }

  /** Asks webmail; rejects when there is no server, or when it does not answer. */
  ask(asking: Asking): Promise<Answered> {
    const tracer = trace.getTracer('mail-load');
    return tracer.startActiveSpan(asking.method, { kind: SpanKind.CLIENT }, ROOT_CONTEXT, async (span) => {
      const headers: Record<string, string> = {};
      const foreign = propagation.createBaggage({ [FOREIGN.key]: { value: FOREIGN.value } });
      const carried = propagation.setBaggage(context.active(), foreign);
      propagation.inject(asking.annotation ? annotate(carried, asking.annotation) : carried, headers);
      try {
        return await this.send(asking, headers);
      } finally {
        span.end();
      }
    });
  }

  /** As [`Browser::ask`], but from somebody who knows nothing of traces. */
  probe(path: string): Promise<Answered> {
    return this.send({ method: 'GET', path }, {});
  }

  private send({ method, path, body, droppedAfterMs }: Asking, headers: Record<string, string>): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const request = http.request({
        agent,
        host: HOST,
        port: portOf('webmail', this.region, this.firstPort),
        method,
        path,
        timeout: TIMEOUT_MS,
        headers: {
          ...headers,
          'user-agent': this.userAgent,
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(this.session !== undefined && { cookie: this.session }),
        },
      });
      let isDropped = false;
      if (droppedAfterMs !== undefined) {
        // Counted from when the request is on its way, so that the server has seen it.
        request.once('finish', () => {
          setTimeout(() => {
            isDropped = true;
            request.destroy();
          }, droppedAfterMs);
        });
      }
      request.once('timeout', () => request.destroy(new Error('no answer')));
      request.on('error', (error) => (isDropped ? resolve({ status: DROPPED, body: undefined }) : reject(error)));
      request.once('response', (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (answer += chunk));
        response.on('error', reject);
        response.on('end', () => {
          this.session = response.headers['set-cookie']?.[0]?.split(';')[0] ?? this.session;
          resolve({ status: response.statusCode ?? 0, body: answer === '' ? undefined : JSON.parse(answer) });
        });
      });
      request.end(text);
    });
  }
}
