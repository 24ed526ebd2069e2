// Ranges of time as people type them, and as the server is asked for them. Times without a zone are those of the reader.

// As the API takes it: RFC 3339, `-6h`, or `now`.
export type Span = { from: string; to: string };
export type Parsed = { ok: true; span: Span } | { ok: false; message: string };

export const DEFAULT_RANGE = 'last 1 h';
export const RANGE_EXAMPLES = ['last 1 h', 'last 6 h', 'last 24 h', 'last 7 d', 'today', 'yesterday'];

const UNITS: Record<string, 'm' | 'h' | 'd' | 'w'> = {
  m: 'm', min: 'm', mins: 'm', minute: 'm', minutes: 'm',
  h: 'h', hour: 'h', hours: 'h',
  d: 'd', day: 'd', days: 'd',
  w: 'w', week: 'w', weeks: 'w',
};
const MINUTES = { m: 1, h: 60, d: 1_440, w: 10_080 };
const MOST_MINUTES = 800 * 1_440;
const HELP = 'Type a time such as "last 6 h", "yesterday", "14:00 to 15:30" or "2026-01-31 to 2026-02-02".';

const wrong = (message: string): Parsed => ({ ok: false, message: `${message} ${HELP}` });
const iso = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
const day = (now: Date, ago: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() - ago);

export function parseRange(text: string, now: Date): Parsed {
  const typed = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const relative = /^(?:the )?(?:(?:last|past) )?(\d+)? ?([a-z]+)$/.exec(typed);
  const unit = relative?.[2] ? UNITS[relative[2]] : undefined;
  if (relative && unit) return ago(Number(relative[1] ?? '1'), unit);
  if (typed === 'today') return { ok: true, span: { from: iso(day(now, 0)), to: 'now' } };
  if (typed === 'yesterday') return { ok: true, span: { from: iso(day(now, 1)), to: iso(day(now, 0)) } };
  const parts = typed.split(/ (?:to|until|-|–) |\s?–\s?|\.\.|\//);
  if (parts.length !== 2) return wrong(`"${text.trim()}" is no range of time.`);
  return between(parts[0] ?? '', parts[1] ?? '', now);
}

function ago(count: number, unit: 'm' | 'h' | 'd' | 'w'): Parsed {
  const minutes = count * MINUTES[unit];
  if (minutes < 1) return wrong('A range has a minute at least.');
  if (minutes > MOST_MINUTES) return wrong('A range has 800 days at most.');
  return { ok: true, span: { from: unit === 'w' ? `-${count * 7}d` : `-${count}${unit}`, to: 'now' } };
}

function between(first: string, second: string, now: Date): Parsed {
  const from = instant(first, now, false);
  if (!from) return wrong(`"${first}" is no time.`);
  if (second === 'now') return { ok: true, span: { from: iso(from), to: 'now' } };
  // "2026-01-31 14:00 to 15:00": the second time is on the day of the first.
  const to = instant(second, /^\d{1,2}:\d{2}$/.test(second) ? from : now, true);
  if (!to) return wrong(`"${second}" is no time.`);
  if (to <= from) return wrong('The range ends before it begins.');
  if ((to.getTime() - from.getTime()) / 60_000 > MOST_MINUTES) return wrong('A range has 800 days at most.');
  return { ok: true, span: { from: iso(from), to: iso(to) } };
}

// A moment; a day alone is its beginning, or, where a range ends with it, its end.
function instant(text: string, now: Date, ends: boolean): Date | null {
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (clock) return at(now.getFullYear(), now.getMonth() + 1, now.getDate(), Number(clock[1]), Number(clock[2]));
  const date = /^(\d{4})-(\d{2})-(\d{2})(?:[ t](\d{1,2}):(\d{2}))?$/.exec(text);
  if (date) {
    const [year, month, dayOf] = [Number(date[1]), Number(date[2]), Number(date[3])];
    if (date[4] !== undefined) return at(year, month, dayOf, Number(date[4]), Number(date[5]));
    return at(year, month, dayOf + (ends ? 1 : 0), 0, 0, dayOf);
  }
  const zoned = /^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:\d{2})$/.test(text);
  const moment = zoned ? new Date(text.toUpperCase()) : null;
  return moment && !Number.isNaN(moment.getTime()) ? moment : null;
}

function at(year: number, month: number, dayOf: number, hour: number, minute: number, checked = dayOf): Date | null {
  const isDay = new Date(year, month - 1, checked).getMonth() === month - 1 && month >= 1 && month <= 12;
  return isDay && hour < 24 && minute < 60 ? new Date(year, month - 1, dayOf, hour, minute) : null;
}

// How the ends of a chart's selection are written into the address.
export function rangeOf(from: Date, to: Date): string {
  return `${iso(new Date(Math.floor(from.getTime() / 60_000) * 60_000))} to ${iso(new Date(Math.ceil(to.getTime() / 60_000) * 60_000))}`;
}

export function minutesOf(span: Span, now: Date): number {
  return (moment(span.to, now) - moment(span.from, now)) / 60_000;
}

export function moment(text: string, now: Date): number {
  if (text === 'now') return now.getTime();
  const relative = /^-(\d+)([mhd])$/.exec(text);
  if (relative) return now.getTime() - Number(relative[1]) * MINUTES[relative[2] as 'm' | 'h' | 'd'] * 60_000;
  return new Date(text).getTime();
}

// Parts fine enough to see what happened and few enough to be drawn and read.
export function resolutionOf(minutes: number): 'minute' | 'hour' | 'day' {
  if (minutes <= 12 * 60) return 'minute';
  return minutes <= 21 * 1_440 ? 'hour' : 'day';
}
