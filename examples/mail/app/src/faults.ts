/** Faults that can be switched on, at start and while the product runs: how they are written, and when they strike. */

import { REGIONS, type Region, type Service, type Step, STEPS } from './product.js';
import type { Random } from './random.js';

export type Fault =
  | { readonly kind: 'errors'; readonly step: Step; readonly rate: number }
  | { readonly kind: 'latency'; readonly step: Step; readonly delayMs: number; readonly rate: number }
  | { readonly kind: 'lost'; readonly step: Lossy; readonly rate: number }
  | { readonly kind: 'slow'; readonly service: Slowable; readonly delayMs: number }
  | { readonly kind: 'region'; readonly region: Region; readonly rate: number };

/** Steps whose messages can be lost on the way. */
const LOSSY = ['receive-mail', 'filter-spam'] as const satisfies readonly Step[];
export type Lossy = (typeof LOSSY)[number];
/** Services that answer calls. */
const SLOWABLE = ['accounts', 'contacts', 'spelling', 'outbox', 'mailbox'] as const satisfies readonly Service[];
export type Slowable = (typeof SLOWABLE)[number];

/** Longer than any caller waits. */
const MAX_DELAY_MS = 60_000;

/** What each kind does, for people; `FORMS` and the parser know the same kinds. */
export const FORMS: readonly { form: string; meaning: string }[] = [
  { form: 'errors:STEP:RATE', meaning: 'the operation behind the step fails, so often' },
  { form: 'latency:STEP:TIME[:RATE]', meaning: 'the operation behind the step takes so much longer, always or so often' },
  { form: `lost:${LOSSY.join('|')}:RATE`, meaning: 'messages are taken from the queue and lost; nothing says so' },
  { form: `slow:${SLOWABLE.join('|')}:TIME`, meaning: 'every call of the service takes so much longer' },
  { form: `region:${REGIONS.join('|')}[:RATE]`, meaning: 'web servers of the region refuse requests, all or so often' },
];

/** Reads one fault; throws an error that says what would be right. */
export function parseFault(text: string): Fault {
  const [kind, target = '', ...values] = text.split(':');
  const value = (position: number, what: string): string => {
    const found = values[position];
    if (found === undefined || found === '') throw new RangeError(`\`${text}\` lacks ${what}: ${formOf(kind)}`);
    return found;
  };
  const parsed = ((): Fault => {
    switch (kind) {
      case 'errors':
        return { kind, step: oneOf(STEPS, target, 'step'), rate: parseRate(value(0, 'a rate')) };
      case 'latency': {
        const step = oneOf(STEPS, target, 'step');
        return { kind, step, delayMs: parseDelayMs(value(0, 'a time')), rate: parseRate(values[1] ?? '100%') };
      }
      case 'lost':
        return { kind, step: oneOf(LOSSY, target, 'step with messages'), rate: parseRate(value(0, 'a rate')) };
      case 'slow':
        return { kind, service: oneOf(SLOWABLE, target, 'service'), delayMs: parseDelayMs(value(0, 'a time')) };
      case 'region':
        return { kind, region: oneOf(REGIONS, target, 'region'), rate: parseRate(values[0] ?? '100%') };
      default:
        throw new RangeError(`\`${text}\` is no fault; there are ${FORMS.map(({ form }) => form).join(', ')}`);
    }
  })();
  if (values.length > (kind === 'latency' ? 2 : 1)) {
    throw new RangeError(`\`${text}\` has more parts than ${formOf(kind)}`);
  }
  return parsed;
}

/** Writes a fault as it is read. */
export function formatFault(fault: Fault): string {
  const percent = 'rate' in fault ? `${Number((fault.rate * 100).toFixed(4))}%` : '';
  const delay = 'delayMs' in fault ? `${fault.delayMs}ms` : '';
  return [keyOf(fault), delay, percent].filter((part) => part !== '').join(':');
}

/** What a fault is switched off by: its kind and what it strikes. */
export function keyOf(fault: Fault): string {
  switch (fault.kind) {
    case 'slow':
      return `slow:${fault.service}`;
    case 'region':
      return `region:${fault.region}`;
    default:
      return `${fault.kind}:${fault.step}`;
  }
}

/** The faults after a change: those cleared are gone (`all` for all), those set replace what strikes the same. */
export function changed(faults: readonly string[], change: { set?: string[]; clear?: string[] }): string[] {
  const left = new Map(faults.map((text) => [keyOf(parseFault(text)), text]));
  for (const key of change.clear ?? []) {
    if (key === 'all') left.clear();
    else if (!left.delete(key) && !left.delete(keyOfText(key))) {
      throw new RangeError(`\`${key}\` is not set; ${left.size === 0 ? 'no fault is' : `set are ${[...left.keys()].join(', ')}`}`);
    }
  }
  for (const text of change.set ?? []) {
    const fault = parseFault(text);
    left.set(keyOf(fault), formatFault(fault));
  }
  return [...left.values()];
}

/** The faults of one process; chance decides when they strike. */
export class Faults {
  private faults: Fault[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  replace(texts: readonly string[]): void {
    this.faults = texts.map(parseFault);
  }

  fails(step: Step): boolean {
    return this.strikes((fault) => fault.kind === 'errors' && fault.step === step);
  }

  loses(step: Lossy): boolean {
    return this.strikes((fault) => fault.kind === 'lost' && fault.step === step);
  }

  refuses(region: Region): boolean {
    return this.strikes((fault) => fault.kind === 'region' && fault.region === region);
  }

  /** How much longer the operation behind a step takes. */
  delayOfStepMs(step: Step): number {
    const fault = this.faults.find((fault) => fault.kind === 'latency' && fault.step === step);
    return fault?.kind === 'latency' && this.random.chance(fault.rate) ? fault.delayMs : 0;
  }

  /** How much longer a call of a service takes. */
  delayOfServiceMs(service: Service): number {
    const fault = this.faults.find((fault) => fault.kind === 'slow' && fault.service === service);
    return fault?.kind === 'slow' ? fault.delayMs : 0;
  }

  private strikes(which: (fault: Fault) => boolean): boolean {
    const fault = this.faults.find(which);
    return fault !== undefined && 'rate' in fault && this.random.chance(fault.rate);
  }
}

function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
  const rate = match ? Number(match[1]) / (match[2] === '%' ? 100 : 1) : Number.NaN;
  if (!(rate > 0 && rate <= 1)) throw new RangeError(`\`${text}\` is no rate; write \`7%\` or \`0.07\`, more than 0 and at most 1`);
  return rate;
}

function parseDelayMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text);
  const delayMs = match ? Number(match[1]) * (match[2] === 's' ? 1_000 : 1) : Number.NaN;
  if (!(delayMs > 0 && delayMs <= MAX_DELAY_MS)) throw new RangeError(`\`${text}\` is no time; write \`250ms\` or \`2.5s\`, at most 60s`);
  return delayMs;
}

function oneOf<T extends string>(all: readonly T[], text: string, what: string): T {
  const found = all.find((one) => one === text);
  if (found === undefined) throw new RangeError(`\`${text}\` is no ${what}; there are ${all.join(', ')}`);
  return found;
}

function formOf(kind: string | undefined): string {
  return FORMS.find(({ form }) => form.startsWith(`${kind}:`))?.form ?? '';
}

/** The key of a fault that is written out in full. */
function keyOfText(text: string): string {
  return text.split(':').slice(0, 2).join(':');
}

