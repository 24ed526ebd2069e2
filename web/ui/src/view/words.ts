// Numbers and states in the words that pages use for them.

export type State = 'good' | 'bad' | 'no-data' | 'unknown';

export const STATE_WORDS: Record<State, string> = {
  good: 'Good',
  bad: 'Bad',
  'no-data': 'No data',
  unknown: 'Unknown',
};

export const asState = (text: string): State => (text in STATE_WORDS ? (text as State) : 'unknown');

// A share in per cent. It is never rounded to what it is not: 99.996 % is not 100 %, and 0.001 % is not 0 %.
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  const value = share * 100;
  if (value === 0 || value === 100) return `${value}%`;
  // Near the ends more digits tell the difference that matters.
  for (const digits of value > 99 ? [2, 3, 4] : [1, 2, 3, 4]) {
    const text = value.toFixed(digits);
    if (Number(text) !== 0 && Number(text) !== 100) return `${trimmed(text)}%`;
  }
  return value > 50 ? '> 99.9999%' : '< 0.0001%';
}

// As `99.90` is read as more than it is, but `99.9` is not.
const trimmed = (text: string) => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text);

export function count(value: number): string {
  return new Intl.NumberFormat('en').format(value);
}

export function plural(value: number, noun: string, many = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : many}`;
}

export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value < 10) return `${trimmed(value.toFixed(1))} ms`;
  if (value < 1_000) return `${Math.round(value)} ms`;
  return `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} s`;
}

// A length of time in minutes, in its two largest units.
export function length(minutes: number): string {
  const whole = Math.round(minutes);
  if (whole < 60) return `${whole} min`;
  const units: [number, string][] = whole < 1_440 ? [[60, 'h'], [1, 'min']] : [[1_440, 'd'], [60, 'h']];
  const [[large, name] = [1, ''], [small, rest] = [1, '']] = units;
  const [first, second] = [Math.floor(whole / large), Math.floor((whole % large) / small)];
  return second === 0 ? `${first} ${name}` : `${first} ${name} ${second} ${rest}`;
}

// How fast a budget burns, as a factor.
export function burn(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return `${value < 10 ? trimmed(value.toFixed(1)) : Math.round(value)}×`;
}

// A share of the error budget; more than all of it is said as a multiple.
export function spent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  if (share >= 10) return `${Math.round(share)}× the budget`;
  return `${share >= 0.1 || share === 0 ? Math.round(share * 100) : trimmed((share * 100).toFixed(1))}%`;
}

// `as-declared` as people write it.
export const spaced = (name: string) => name.replaceAll('-', ' ').replaceAll('_', ' ');
export const sentence = (text: string) => (text ? text[0]?.toUpperCase() + text.slice(1) : text);

export function ago(moment: string | null | undefined, now: number): string {
  if (!moment) return 'never';
  const seconds = Math.max(0, Math.round((now - new Date(moment).getTime()) / 1_000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 36 * 3_600) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

export function clock(moment: string | Date, withDay = true): string {
  const date = typeof moment === 'string' ? new Date(moment) : moment;
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return withDay ? `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}` : time;
}

// A line of the server's reasons with its times and its counts as people read them elsewhere; times in their own zone.
export function readable(line: string): string {
  const timed = line.replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, (time) => clock(time));
  // Digits that are no part of a day, a time, a name or a number with a point.
  return timed.replace(/(?<![\w.:/-])\d{4,}(?![\w:/-]|\.\d)/g, (digits) => count(Number(digits)));
}
