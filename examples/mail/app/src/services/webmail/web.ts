/** Requests and answers of webmail, without saying what they are about. */

import type { IncomingMessage } from 'node:http';

/** No draft and no message of this product is larger. */
const MAX_BODY_BYTES = 65_536;

/** What a handler may know of a request. */
export interface Asked {
  readonly query: URLSearchParams;
  /** What stands for the parameter in the path. */
  readonly parameter: string;
  /** Aborted when the browser no longer waits. */
  readonly signal: AbortSignal;
  /** How long the body is, as the browser says. */
  readonly bytes: number;
  /** A text of the body, which must be there. */
  text(name: string): string;
  /** Who is logged in, which somebody must be. */
  user(): string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** What went wrong, for telemetry. */
  readonly error?: string;
}

export class WebError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string) {
    super(type);
    this.status = status;
    this.type = type;
  }
}

/** The JSON object in the body; an empty one without body. */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new WebError(413, 'TooLarge');
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new WebError(400, 'BadRequest');
}
