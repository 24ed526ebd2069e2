/** What every process of a service does beside its service: its life, its faults, and what it is told by the supervisor. */

import { Faults } from './faults.js';
import type { Region, Service } from './product.js';
import { Random } from './random.js';
import { telemetry } from './register.js';
import { type FromService, SETUP_VARIABLE, type Setup, type ToService } from './supervision.js';

/** Time after which a process that nobody supervises any more gives up, whatever it is doing. */
const ORPHAN_MS = 2_000;

/** The process as its service sees it. */
export interface Self {
  readonly service: Service;
  readonly region: Region;
  readonly firstPort: number;
  readonly sessionKey: string;
  readonly faults: Faults;
  readonly random: Random;
  /** Has the supervisor change the faults of all processes; resolves when all have them. */
  changeFaults(change: { set?: string[]; clear?: string[] }): Promise<readonly string[]>;
}

/** Starts a service; what `start` resolves to is called once, to take nothing new and finish what has begun. */
export function run(start: (self: Self) => Promise<() => Promise<void>>): void {
  const setup = JSON.parse(process.env[SETUP_VARIABLE] ?? '') as Setup;
  const name = `${setup.service}/${setup.region}`;
  const faults = new Faults(new Random(setup.seed, name, 'faults'));
  faults.replace(setup.faults);
  const waiting = new Map<number, (answer: { faults?: readonly string[]; wrong?: string }) => void>();
  let asked = 0;
  let drain = (): Promise<void> => Promise.resolve();

  const self: Self = {
    service: setup.service as Service,
    region: setup.region as Region,
    firstPort: setup.firstPort,
    sessionKey: setup.sessionKey,
    faults,
    random: new Random(setup.seed, name),
    changeFaults: (change) =>
      new Promise((resolve, reject) => {
        asked += 1;
        waiting.set(asked, ({ faults, wrong }) => (faults ? resolve(faults) : reject(new RangeError(wrong))));
        tell({ change, id: asked });
      }),
  };

  // Ctrl-C goes to all processes of a terminal; the supervisor says when it is this one's turn.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => {
    setTimeout(() => process.exit(1), ORPHAN_MS).unref();
    void end();
  });
  process.on('message', (message: ToService) => {
    if ('id' in message) {
      faults.replace(message.faults);
      tell({ applied: message.id });
    } else if ('answered' in message) {
      waiting.get(message.answered)?.(message);
      waiting.delete(message.answered);
    } else if ('drain' in message) {
      void drain().then(() => tell({ drained: true }));
    } else {
      void end();
    }
  });
  start(self).then(
    (started) => {
      drain = started;
      tell({ ready: true });
    },
    (error: unknown) => {
      console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      process.exit(1);
    },
  );
}

/** Tells the supervisor, if there still is one. */
export function tell(message: FromService): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

async function end(): Promise<void> {
  await telemetry.stop();
  process.exit(0);
}

export function pause(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
}
