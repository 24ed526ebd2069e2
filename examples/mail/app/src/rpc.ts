/** Calls between services: gRPC as `mail.proto` has it. The instrumentation adds spans, trace context and baggage. */

import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { join } from 'node:path';
import { pause, type Self } from './process.js';
import { HOST, portOf, type Region, type Step } from './product.js';

export const { status } = grpc;

/** What a method is asked, and what it answers. */
interface Method<Request, Reply> {
  readonly request: Request;
  readonly reply: Reply;
}

/** The interfaces of `mail.proto`. */
export interface Interfaces {
  Accounts: { Authenticate: Method<{ user: string; password: string }, { token: string }> };
  Contacts: { Search: Method<{ user: string; prefix: string }, { addresses: string[] }> };
  Spelling: { Check: Method<{ text: string }, { mistakes: { word: string; position: number }[] }> };
  Outbox: { Enqueue: Method<Mail, { id: string }> };
  Mailbox: {
    List: Method<{ user: string }, { messages: { id: string; from: string; subject: string }[] }>;
    Get: Method<{ user: string; id: string }, Mail>;
    Append: Method<Mail, Record<string, never>>;
  };
}

type RequestOf<M> = M extends Method<infer Request, unknown> ? Request : never;
type ReplyOf<M> = M extends Method<unknown, infer Reply> ? Reply : never;

export interface Mail {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

/** An operation does not succeed, for a reason that its caller is told. */
export class Refusal extends Error {
  /** A gRPC status code. */
  readonly code: number;
  /** Whose answer it is. */
  readonly from: string;

  constructor(code: number, message: string, from: string) {
    super(message);
    this.code = code;
    this.from = from;
  }
}

/** The faults that are on for the operation behind a step. */
export async function suffer(self: Self, step: Step): Promise<void> {
  await pause(self.faults.delayOfStepMs(step));
  if (self.faults.fails(step)) throw new Refusal(status.UNAVAILABLE, `${self.service} cannot do this now`, self.service);
}

/** How long a caller waits, when it does not say. */
const DEADLINE_MS = 10_000;
const DRAIN_MS = 2_000;

const definition = loadSync(join(__dirname, '../mail.proto'), { defaults: true });
const mail = (grpc.loadPackageDefinition(definition)['mail'] as grpc.GrpcObject)['v1'] as grpc.GrpcObject;

/** Answers the calls of an interface on the port of the service; resolves to what drains it. */
export async function serve<Name extends keyof Interfaces>(
  self: Self,
  name: Name,
  handlers: { [M in keyof Interfaces[Name]]: (request: RequestOf<Interfaces[Name][M]>) => Promise<ReplyOf<Interfaces[Name][M]>> },
): Promise<() => Promise<void>> {
  const server = new grpc.Server();
  const implementation: grpc.UntypedServiceImplementation = {};
  for (const [method, handler] of Object.entries(handlers)) {
    implementation[method] = answering(self, handler as (request: unknown) => Promise<unknown>);
  }
  server.addService(clientOf(name).service, implementation);
  const address = addressOf(name, self.region, self.firstPort);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return async () => {
    await Promise.race([new Promise<void>((resolve) => server.tryShutdown(() => resolve())), pause(DRAIN_MS)]);
    server.forceShutdown();
  };
}

/** A connection to the service with this interface. */
export class Peer<Name extends keyof Interfaces> {
  private readonly name: Name;
  private readonly client: grpc.Client;

  constructor(name: Name, region: Region, firstPort: number) {
    this.name = name;
    this.client = new (clientOf(name))(addressOf(name, region, firstPort), grpc.credentials.createInsecure());
  }

  /** Calls a method; rejects with a [`Refusal`] when the answer is not OK, or when `signal` says so. */
  call<M extends keyof Interfaces[Name] & string>(
    method: M,
    request: RequestOf<Interfaces[Name][M]>,
    options: { deadlineMs?: number; signal?: AbortSignal } = {},
  ): Promise<ReplyOf<Interfaces[Name][M]>> {
    type Reply = ReplyOf<Interfaces[Name][M]>;
    type Answered = (error: grpc.ServiceError | null, reply: Reply) => void;
    type Callable = Record<string, (request: unknown, options: grpc.CallOptions, answered: Answered) => grpc.ClientUnaryCall>;
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + (options.deadlineMs ?? DEADLINE_MS);
      const call = (this.client as unknown as Callable)[method]?.(request, { deadline }, (error, reply) =>
        error ? reject(new Refusal(error.code, error.details, this.name)) : resolve(reply),
      );
      options.signal?.addEventListener('abort', () => call?.cancel());
    });
  }
}

function clientOf(name: keyof Interfaces): grpc.ServiceClientConstructor {
  return mail[name] as grpc.ServiceClientConstructor;
}

function addressOf(name: keyof Interfaces, region: Region, firstPort: number): string {
  return `${HOST}:${portOf(name.toLowerCase() as Lowercase<typeof name>, region, firstPort)}`;
}

function answering(self: Self, handler: (request: unknown) => Promise<unknown>): grpc.handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    const gone = new Promise<never>((_, reject) => {
      call.once('cancelled', () => reject(new Refusal(status.CANCELLED, 'the caller no longer waits', self.service)));
    });
    const answer = pause(self.faults.delayOfServiceMs(self.service)).then(() => handler(call.request));
    Promise.race([answer, gone]).then(
      (reply) => callback(null, reply),
      (error: unknown) => {
        const code = error instanceof Refusal ? error.code : status.INTERNAL;
        callback(Object.assign(new Error(error instanceof Error ? error.message : String(error)), { code }));
      },
    );
  };
}
