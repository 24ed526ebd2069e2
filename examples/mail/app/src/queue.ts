/**
 * The queues of a region: a broker that the outbox runs, and how other services send to it and take from it. One line of
 * JSON is one frame. Trace context and baggage travel in the headers of each message.
 */

import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import * as net from 'node:net';
import { pause } from './process.js';
import { HOST } from './product.js';

/** What a queue holds at most; an outbox that is full refuses mail. */
const MAX_MESSAGES = 10_000;
/** Messages that one consumer works on at a time. */
const PREFETCH = 16;
const RECONNECT_MS = 250;
const SYSTEM = 'mail-queue';

interface Message {
  readonly queue: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

type ToBroker =
  | { readonly publish: Message; readonly id: number }
  | { readonly take: string }
  | { readonly done: number };
type FromBroker = { readonly published: number } | { readonly deliver: Message; readonly id: number };

interface Consumer {
  readonly queue: string;
  readonly socket: net.Socket;
  readonly unfinished: Map<number, Message>;
}

/** Holds messages until a consumer has worked them off. What a consumer has when its connection breaks is handed out again. */
export class Broker {
  private readonly waiting = new Map<string, Message[]>();
  private readonly consumers = new Set<Consumer>();
  private readonly server = net.createServer((socket) => this.accept(socket));
  private handedOut = 0;

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, HOST, resolve);
    });
  }

  /** Whether there was room. */
  publish(message: Message): boolean {
    const waiting = this.waiting.get(message.queue) ?? [];
    if (waiting.length >= MAX_MESSAGES) return false;
    waiting.push(message);
    this.waiting.set(message.queue, waiting);
    this.handOut(message.queue);
    return true;
  }

  /** Whether nothing waits and nobody works. */
  isIdle(): boolean {
    const waits = [...this.waiting.values()].some((messages) => messages.length > 0);
    return !waits && [...this.consumers].every((consumer) => consumer.unfinished.size === 0);
  }

  private accept(socket: net.Socket): void {
    const consumers: Consumer[] = [];
    onFrames<ToBroker>(socket, (frame) => {
      if ('publish' in frame) {
        this.publish(frame.publish);
        send(socket, { published: frame.id });
      } else if ('take' in frame) {
        const consumer = { queue: frame.take, socket, unfinished: new Map<number, Message>() };
        consumers.push(consumer);
        this.consumers.add(consumer);
        this.handOut(consumer.queue);
      } else {
        for (const consumer of consumers) {
          if (consumer.unfinished.delete(frame.done)) this.handOut(consumer.queue);
        }
      }
    });
    socket.once('close', () => {
      for (const consumer of consumers) {
        this.consumers.delete(consumer);
        const again = [...consumer.unfinished.values(), ...(this.waiting.get(consumer.queue) ?? [])];
        this.waiting.set(consumer.queue, again);
        this.handOut(consumer.queue);
      }
    });
  }

  private handOut(queue: string): void {
    const waiting = this.waiting.get(queue) ?? [];
    for (const consumer of this.consumers) {
      while (consumer.queue === queue && consumer.unfinished.size < PREFETCH) {
        const message = waiting.shift();
        if (message === undefined) return;
        this.handedOut += 1;
        consumer.unfinished.set(this.handedOut, message);
        send(consumer.socket, { deliver: message, id: this.handedOut });
      }
    }
  }
}

/** A connection to the broker of a region; it connects again when it breaks. */
export class Queues {
  private socket: net.Socket | undefined;
  private readonly handlers = new Map<string, (body: unknown) => Promise<void>>();
  private readonly unconfirmed = new Map<number, { frame: ToBroker; resolve: () => void }>();
  private published = 0;
  private isStopped = false;
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
    this.connect();
  }

  /** Sends a message; resolves when the broker has it. */
  send(queue: string, id: string, body: unknown): Promise<void> {
    return sending(queue, id, (headers) => {
      this.published += 1;
      const frame = { publish: { queue, headers, body }, id: this.published };
      return new Promise((resolve) => {
        this.unconfirmed.set(frame.id, { frame, resolve });
        if (this.socket) send(this.socket, frame);
      });
    });
  }

  /** Works off a queue: a span of its own for each message, in the context that came with it. */
  take(queue: string, idOf: (body: unknown) => string, work: (body: unknown) => Promise<void>): void {
    this.handlers.set(queue, (message) => {
      const { headers, body } = message as Message;
      const tracer = trace.getTracer(SYSTEM);
      const attributes = { ...attributesOf(queue, idOf(body)), 'messaging.operation.type': 'process' };
      const parent = propagation.extract(context.active(), headers);
      return tracer.startActiveSpan(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes }, parent, async (span) => {
        try {
          await work(body);
        } catch (error) {
          // Nobody tries again: what cannot be worked off is told by its span.
          const message = error instanceof Error ? error.message : String(error);
          span.setAttribute('error.type', error instanceof WorkError ? error.type : 'Unexpected');
          span.setStatus({ code: SpanStatusCode.ERROR, message });
        } finally {
          span.end();
        }
      });
    });
    if (this.socket) send(this.socket, { take: queue });
  }

  stop(): void {
    this.isStopped = true;
    this.socket?.destroy();
  }

  private connect(): void {
    const socket = net.connect(this.port, HOST);
    socket.once('connect', () => {
      this.socket = socket;
      for (const queue of this.handlers.keys()) send(socket, { take: queue });
      for (const { frame } of this.unconfirmed.values()) send(socket, frame);
    });
    onFrames<FromBroker>(socket, (frame) => {
      if ('published' in frame) {
        this.unconfirmed.get(frame.published)?.resolve();
        this.unconfirmed.delete(frame.published);
      } else {
        void this.handlers.get(frame.deliver.queue)?.(frame.deliver).then(() => send(socket, { done: frame.id }));
      }
    });
    socket.once('close', () => {
      this.socket = undefined;
      if (!this.isStopped) void pause(RECONNECT_MS).then(() => this.connect());
    });
  }
}

/** Work on a message failed, for a reason that has a name. */
export class WorkError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Gives a message the span of its sender and, in its headers, the context of that span. */
export function sending<T>(queue: string, id: string, publish: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  const attributes = { ...attributesOf(queue, id), 'messaging.operation.type': 'send' };
  return trace.getTracer(SYSTEM).startActiveSpan(`send ${queue}`, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    try {
      return await publish(headers);
    } finally {
      span.end();
    }
  });
}

function attributesOf(queue: string, id: string): Record<string, string> {
  return { 'messaging.system': SYSTEM, 'messaging.destination.name': queue, 'messaging.message.id': id };
}

function send(socket: net.Socket, frame: ToBroker | FromBroker): void {
  if (socket.writable) socket.write(`${JSON.stringify(frame)}\n`);
}

/** Frames as they come; an error of the connection is followed by its close, which is dealt with where it matters. */
function onFrames<Frame>(socket: net.Socket, use: (frame: Frame) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) use(JSON.parse(line) as Frame);
  });
}
