/** Starts one process for each service and region, starts again what crashes, and stops all in the order of the mail's way. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { changed } from './faults.js';
import { REGIONS, type Region, SERVICES, type Service } from './product.js';
import { type FromService, SETUP_VARIABLE, type Setup, type ToService } from './supervision.js';

/** The version of all services, as telemetry tells it. */
const VERSION = '2.4.0';
const RESTART_MS = 1_000;
/** More crashes than this of all processes together are no accident. */
const MAX_RESTARTS = 20;
/** For all draining together; then processes are told to end, which takes `END_MS` at most. */
const DRAIN_MS = 2_500;
const END_MS = 2_000;
/** One line about telemetry that cannot be sent, for all processes, in so much time. */
const TROUBLE_EVERY_MS = 60_000;

/** What drains when: first what lets requests in, then what holds mail, then what works it off, then what they need. */
const STAGES: readonly (readonly Service[])[] = [
  ['webmail'],
  ['outbox'],
  ['delivery', 'spam-filter'],
  ['accounts', 'contacts', 'spelling', 'mailbox'],
];

interface Running {
  readonly service: Service;
  readonly region: Region;
  process: ChildProcess;
}

/** For all of these, to do the same thing. */
interface Waiting<T> {
  readonly left: Set<T>;
  readonly resolve: () => void;
}

export class Supervisor {
  private readonly setup: Omit<Setup, 'service' | 'region'>;
  private faults: readonly string[];
  private running: Running[] = [];
  private restarts = 0;
  private changes = 0;
  private starting: Waiting<string> | undefined;
  private readonly changing = new Map<number, Waiting<ChildProcess>>();
  private isStopping = false;
  private troubleAt = Number.NEGATIVE_INFINITY;

  constructor(setup: Omit<Setup, 'service' | 'region'>) {
    this.setup = setup;
    this.faults = setup.faults;
  }

  /** Resolves when all services are ready; when one of them cannot start, all are stopped. */
  async start(): Promise<void> {
    const all = REGIONS.flatMap((region) => SERVICES.map((service) => ({ service, region })));
    await new Promise<void>((resolve) => {
      this.starting = { left: new Set(all.map(({ service, region }) => `${service}/${region}`)), resolve };
      this.running = all.map(({ service, region }) => ({ service, region, process: this.launch(service, region) }));
    });
  }

  /** Drains and ends all processes, then this one: with 0 when all went well. */
  async stop(exitCode = 0): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    const late = after(DRAIN_MS);
    for (const stage of STAGES) {
      const draining = this.running.filter(({ service }) => stage.includes(service)).map((one) => this.drain(one));
      await Promise.race([Promise.all(draining), late]);
    }
    const ended = this.running.filter(({ process }) => isAlive(process)).map(({ process }) => once(process, 'exit'));
    for (const { process } of this.running) tell(process, { exit: true });
    await Promise.race([Promise.all(ended), after(END_MS)]);
    const stuck = this.running.filter(({ process }) => isAlive(process));
    for (const { service, region, process } of stuck) {
      console.error(`${service}/${region} did not end, so it was killed`);
      process.kill('SIGKILL');
    }
    process.exit(stuck.length > 0 ? 1 : exitCode);
  }

  private launch(service: Service, region: Region): ChildProcess {
    const resource = [
      process.env['OTEL_RESOURCE_ATTRIBUTES'],
      `service.version=${VERSION}`,
      `service.instance.id=${service}-${region}`,
      `cloud.region=${region}`,
    ];
    const child = fork(join(__dirname, `services/${service}.js`), [], {
      execArgv: ['--enable-source-maps', '--require', join(__dirname, 'register.js')],
      env: {
        ...process.env,
        OTEL_SERVICE_NAME: service,
        OTEL_RESOURCE_ATTRIBUTES: resource.filter(Boolean).join(','),
        [SETUP_VARIABLE]: JSON.stringify({ ...this.setup, service, region, faults: this.faults } satisfies Setup),
      },
    });
    child.on('message', (message: FromService) => this.hear(child, `${service}/${region}`, message));
    child.on('exit', (code, signal) => this.notice(service, region, signal ?? code));
    return child;
  }

  private hear(child: ChildProcess, name: string, message: FromService): void {
    if ('ready' in message) {
      leave(this.starting, name);
    } else if ('applied' in message) {
      leave(this.changing.get(message.applied), child);
    } else if ('trouble' in message) {
      this.warn(message.trouble);
    } else if ('change' in message) {
      void this.change(message.change).then(
        (faults) => tell(child, { answered: message.id, faults }),
        (error: Error) => tell(child, { answered: message.id, wrong: error.message }),
      );
    }
  }

  /** Resolves when all processes have the new faults. */
  private async change(change: { set?: string[]; clear?: string[] }): Promise<readonly string[]> {
    if (!change.set?.length && !change.clear?.length) return this.faults;
    this.faults = changed(this.faults, change);
    this.changes += 1;
    const id = this.changes;
    const processes = this.running.map(({ process }) => process).filter(isAlive);
    await new Promise<void>((resolve) => {
      this.changing.set(id, { left: new Set(processes), resolve });
      for (const process of processes) tell(process, { faults: this.faults, id });
    });
    this.changing.delete(id);
    return this.faults;
  }

  private notice(service: Service, region: Region, how: string | number | null): void {
    const running = this.running.find((one) => one.service === service && one.region === region);
    if (running) for (const change of this.changing.values()) leave(change, running.process);
    if (this.isStopping) return;
    if (this.starting?.left.has(`${service}/${region}`)) {
      console.error(`${service}/${region} could not start, so nothing does; if its port is taken, --port moves all`);
      void this.stop(1);
      return;
    }
    this.restarts += 1;
    if (this.restarts > MAX_RESTARTS || running === undefined) {
      console.error(`${service}/${region} ended (${how}); nothing is started again after ${this.restarts} times`);
      void this.stop(1);
      return;
    }
    console.error(`${service}/${region} ended (${how}) and is started again`);
    void after(RESTART_MS).then(() => {
      if (!this.isStopping) running.process = this.launch(service, region);
    });
  }

  private async drain({ process }: Running): Promise<void> {
    if (!isAlive(process)) return;
    const drained = new Promise<void>((resolve) => {
      process.on('message', (message: FromService) => 'drained' in message && resolve());
      process.once('exit', () => resolve());
    });
    tell(process, { drain: true });
    await drained;
  }

  private warn(trouble: string): void {
    const now = performance.now();
    if (now - this.troubleAt < TROUBLE_EVERY_MS) return;
    this.troubleAt = now;
    console.error(`telemetry cannot be sent, and the product goes on without: ${reasonOf(trouble)}`);
  }
}

function leave<T>(waiting: Waiting<T> | undefined, one: T): void {
  if (waiting?.left.delete(one) && waiting.left.size === 0) waiting.resolve();
}

function tell(process: ChildProcess, message: ToService): void {
  if (process.connected) process.send(message, () => undefined);
}

function isAlive(process: ChildProcess): boolean {
  return process.exitCode === null && process.signalCode === null;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** The exporter's error is JSON with a stack; people want its message. */
function reasonOf(trouble: string): string {
  try {
    const { message, code, name } = JSON.parse(trouble) as Record<string, string | undefined>;
    return message || code || name || trouble;
  } catch {
    return trouble;
  }
}
