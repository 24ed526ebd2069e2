// Makes the address one that stays: its time absolute, with up to where everything was counted when it was made.
import { go } from '../address.ts';
import { ask } from '../api/client.ts';
import { DEFAULT_RANGE, moment, parseRange, rangeOf } from './range.ts';

// What was done, in words.
export async function lasting(): Promise<string> {
  const asked = window.location.href;
  const url = new URL(asked);
  const now = new Date();
  const parsed = parseRange(url.searchParams.get('range') ?? DEFAULT_RANGE, now);
  if (parsed.ok) url.searchParams.set('range', rangeOf(new Date(moment(parsed.span.from, now)), new Date(moment(parsed.span.to, now))));
  const asOf = await ask<{ as_of: number }>('/registry').then((body) => `${body.as_of}`, () => null);
  // Whoever has gone elsewhere meanwhile stays there.
  if (window.location.href !== asked) return '';
  if (asOf) url.searchParams.set('as-of', asOf);
  go(`${url.pathname}${url.search}`, 'replace');
  try {
    await navigator.clipboard.writeText(url.href);
    return 'The address is absolute now, and copied';
  } catch {
    return 'The address is absolute now; copy it from where the browser shows it';
  }
}
