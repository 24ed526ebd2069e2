/** The load of the mail product: people with sessions, and the programs that visit such a product beside them. */

import { writeFileSync } from 'node:fs';
import { flags, number, refuse } from './flags.js';
import { Browser } from './load/browser.js';
import { Counts } from './load/counts.js';
import { planJourney, planMessage, waveAt } from './load/journey.js';
import { Person, type World } from './load/people.js';
import { DIRECTORY, FIRST_PORT, REGIONS } from './product.js';
import { Random } from './random.js';
import { startTelemetry } from './telemetry.js';

const COMMAND = 'node build/load.js';
/** The last of the directory are programs. */
const MAX_PEOPLE = DIRECTORY.length - 10;
const HELP = `Sends what users of the mail product send, and counts it

Usage: ${COMMAND} [--users N] [--journeys N] [--counts FILE] ...

  --users N      people at a time (default 20: about 20 requests a second); at most ${MAX_PEOPLE}
  --journeys N   stop after so many sessions of people, and when their mail has arrived (default: go on until Ctrl-C)
  --counts FILE  write exact counts per step, class and outcome there at the end, as JSON
  --seed TEXT    whoever has the same seed does the same (default: mail)
  --pace N       think and wait N times as fast (default 1)
  --day SECONDS  length of a day, with its rush hour and its night (default 600)
  --port N       first port of the product (default ${FIRST_PORT})
  --spans        export the browsers' own spans too, as service \`browser\`

Beside people there are an importer (class batch), a synthetic check (class test), and probes of an orchestrator.
`;

const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
] as const;
const IMPORTER = 'mail-import/1.4';
const CHECK = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/144.0.0.0 Safari/537.36';
const PROBE = 'kube-probe/1.34';

const BETWEEN_SESSIONS_MS = 5_000;
const BETWEEN_IMPORTS_MS = 2_500;
const BETWEEN_CHECKS_MS = 20_000;
const BETWEEN_PROBES_MS = 10_000;
/** What the importer brings is unwanted now and then. */
const UNWANTED = 0.1;
/** How often, and how long apart, people look for mail that is still on its way when all journeys are over. */
const LAST_LOOKS = 3;
const BETWEEN_LAST_LOOKS_MS = 1_500;

const { values } = flags(COMMAND, HELP, {
  users: { type: 'string', default: '20' },
  journeys: { type: 'string', default: 'Infinity' },
  counts: { type: 'string' },
  seed: { type: 'string', default: 'mail' },
  pace: { type: 'string', default: '1' },
  day: { type: 'string', default: '600' },
  port: { type: 'string', default: String(FIRST_PORT) },
  spans: { type: 'boolean', default: false },
});

class Load implements World {
  readonly counts = new Counts();
  readonly onTheWay = new Map<string, { to: string; class: string }>();
  readonly firstPort = number(values.port, 'port', 1);
  isStopping = false;
  readonly people = DIRECTORY.slice(0, Math.min(number(values.users, 'users', 1), MAX_PEOPLE));
  private readonly journeys = number(values.journeys, 'journeys', 1);
  private readonly pace = number(values.pace, 'pace', 0.01);
  private readonly dayMs = number(values.day, 'day', 1) * 1_000;
  private readonly waiting = new Set<() => void>();
  private begun = 0;

  /** Until all journeys are made, or somebody stops it. */
  async run(): Promise<void> {
    const programs = Promise.all([this.import(), this.check(), ...REGIONS.map((region) => this.probe(region))]);
    await Promise.all(this.people.map((user) => this.live(user)));
    await this.lookForMail();
    this.stop();
    await programs;
  }

  stop(): void {
    this.isStopping = true;
    for (const resolve of this.waiting) resolve();
  }

  think(ms: number): Promise<void> {
    if (this.isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms / this.pace);
      this.waiting.add(done);
    });
  }

  private async live(user: string): Promise<void> {
    const gaps = new Random(values.seed, user);
    while (!this.isStopping && this.begun < this.journeys) {
      await this.think(gaps.aroundMs(BETWEEN_SESSIONS_MS, 0.6) / waveAt(performance.now(), this.dayMs));
      if (this.isStopping || this.begun >= this.journeys) return;
      this.begun += 1;
      const random = new Random(values.seed, 'journey', this.begun);
      await new Person(this, user, random, 'interactive', random.pick(BROWSERS)).go(planJourney(random));
    }
  }

  private async import(): Promise<void> {
    const random = new Random(values.seed, 'import');
    const importers = [DIRECTORY.length - 2, DIRECTORY.length - 1].map((number) => {
      return new Person(this, DIRECTORY[number] ?? '', random, 'batch', IMPORTER);
    });
    const move = (action: 'login' | 'send-mail') => ({ action, objective: 'compose-mail', thinkMs: 0 }) as const;
    for (let turn = 0; !this.isStopping; turn += 1) {
      const importer = importers[turn % importers.length];
      if (turn < importers.length) await importer?.make(move('login'));
      const isUnwanted = random.chance(UNWANTED);
      const subject = isUnwanted ? 'You are the winner of our lottery' : `Old message ${turn}`;
      await importer?.make(move('send-mail'), { to: importer.user, subject, isUnwanted });
      await this.think(random.aroundMs(BETWEEN_IMPORTS_MS));
    }
  }

  private async check(): Promise<void> {
    const random = new Random(values.seed, 'check');
    for (let turn = 0; !this.isStopping; turn += 1) {
      const user = DIRECTORY[DIRECTORY.length - 4 + (turn % 2)] ?? '';
      const checker = new Person(this, user, random, 'test', CHECK);
      const [login, inbox] = [{ action: 'login' }, { action: 'open-inbox' }] as const;
      const quickly = { objective: 'read-mail', thinkMs: 100 } as const;
      await checker.go([{ ...login, ...quickly }, { ...inbox, ...quickly }, ...planMessage(random), { ...inbox, ...quickly }]);
      await this.think(random.aroundMs(BETWEEN_CHECKS_MS));
    }
  }

  private async probe(region: (typeof REGIONS)[number]): Promise<void> {
    const prober = new Browser(PROBE, region, this.firstPort);
    while (!this.isStopping) {
      await prober.probe('/healthz').then(
        () => this.counts.other('webmail GET /healthz', 'monitor'),
        () => this.counts.lost(),
      );
      await this.think(BETWEEN_PROBES_MS);
    }
  }

  /** Whoever has been sent something that nobody has seen yet looks into the inbox. */
  private async lookForMail(): Promise<void> {
    for (let turn = 0; turn < LAST_LOOKS && this.onTheWay.size > 0 && !this.isStopping; turn += 1) {
      // Not faster at a higher pace: it is the servers that need the time.
      await this.think(BETWEEN_LAST_LOOKS_MS * this.pace);
      const addressees = new Set([...this.onTheWay.values()].map((mail) => mail.to));
      await Promise.all([...addressees].map((user) => this.look(user, turn)));
    }
  }

  private async look(user: string, turn: number): Promise<void> {
    const random = new Random(values.seed, 'look', user, turn);
    const move = (action: 'login' | 'open-inbox') => ({ action, objective: 'read-mail', thinkMs: 0 }) as const;
    await new Person(this, user, random, 'interactive', random.pick(BROWSERS)).go([move('login'), move('open-inbox')]);
  }
}

async function main(): Promise<void> {
  if (values.spans) process.env['OTEL_SERVICE_NAME'] ??= 'browser';
  const telemetry = startTelemetry({ exports: values.spans, onTrouble: () => undefined });
  const load = new Load();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => load.stop());
  await load.run();
  if (values.counts !== undefined) writeFileSync(values.counts, `${JSON.stringify(load.counts, null, 2)}\n`);
  console.log(`${load.counts.total()} requests answered`);
  await telemetry.stop();
  process.exit(0);
}

main().catch((error: unknown) => refuse(COMMAND, error));
