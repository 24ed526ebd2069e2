/** What somebody does in one session, decided beforehand: the same seed gives the same journey, whatever the servers do. */

import type { Step } from '../product.js';
import type { Random } from '../random.js';

export type Objective = 'compose-mail' | 'read-mail';

/** What a browser asks webmail for; `save-draft` is a step that nobody has declared yet. */
export type Action = Exclude<Step, 'receive-mail' | 'filter-spam'> | 'save-draft';

export interface Move {
  readonly action: Action;
  /** What the user is after; steps that both objectives share are annotated with it. */
  readonly objective: Objective;
  /** What the user does before, in milliseconds. */
  readonly thinkMs: number;
  /** `login` with a wrong password; the user then tries again. */
  readonly mistyped?: boolean;
  /** `lookup-addresses`: the user types on, and the browser drops the request after so long. */
  readonly droppedAfterMs?: number;
}

const WRITES = 0.65;
const MISTYPES = 0.04;
const TYPES_ON = 0.02;
/** Long before an answer comes, and long after the request has arrived. */
const DROPPED_AFTER_MS = [6, 9] as const;

/** Log in, look at the inbox, read, often write a message, look again whether something has come. */
export function planJourney(random: Random): Move[] {
  const writes = random.chance(WRITES);
  const think = (medianMs: number) => random.aroundMs(medianMs, 0.5);
  const reading = (action: Action, medianMs: number): Move => ({ action, objective: 'read-mail', thinkMs: think(medianMs) });
  const mistyped: Move[] = random.chance(MISTYPES)
    ? [{ action: 'login', objective: 'read-mail', thinkMs: think(400), mistyped: true }]
    : [];
  return [
    ...mistyped,
    reading('login', 600),
    reading('open-inbox', 150),
    ...Array.from({ length: random.between(0, 4) }, () => reading('open-message', 900)),
    ...(writes ? planMessage(random) : []),
    reading('open-inbox', 1_200),
    ...Array.from({ length: random.between(0, 1) }, () => reading('open-message', 700)),
  ];
}

/** Open the dialog, look up who to write to, write with spell checks and drafts on the way, and send. */
export function planMessage(random: Random): Move[] {
  const writing = (action: Action, medianMs: number): Move => {
    return { action, objective: 'compose-mail', thinkMs: random.aroundMs(medianMs, 0.5) };
  };
  const lookup = (): Move => {
    const move = writing('lookup-addresses', 350);
    return random.chance(TYPES_ON) ? { ...move, droppedAfterMs: random.between(...DROPPED_AFTER_MS) } : move;
  };
  const paragraphs = Array.from({ length: random.between(1, 3) }, () => [
    writing('check-spelling', 800),
    writing('save-draft', 300),
  ]);
  return [
    writing('open-compose-dialog', 700),
    ...Array.from({ length: random.between(1, 3) }, lookup),
    ...paragraphs.flat(),
    writing('send-mail', 500),
  ];
}

/** How busy a time is, 1 on average: a day of `periodMs` that begins in the morning, with a night in which a third is left. */
export function waveAt(ms: number, periodMs: number): number {
  return 1 + (2 / 3) * Math.sin((2 * Math.PI * ms) / periodMs);
}
