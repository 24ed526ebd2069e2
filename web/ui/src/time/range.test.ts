import { describe, expect, test } from 'vitest';
import { minutesOf, parseRange, rangeOf, resolutionOf } from './range.ts';

// Wherever the tests run, it is this minute of their own day.
const NOW = new Date(2026, 2, 15, 14, 30, 20);
const local = (...parts: [number, number, number, number?, number?]) => new Date(...parts).toISOString().replace('.000Z', 'Z');

function span(text: string): string {
  const parsed = parseRange(text, NOW);
  return parsed.ok ? `${parsed.span.from} ${parsed.span.to}` : parsed.message;
}

describe('ranges are read as people type them', () => {
  test.each([
    ['last 6 h', '-6h now'],
    ['Last 6 hours', '-6h now'],
    ['6h', '-6h now'],
    ['past 90 minutes', '-90m now'],
    ['last day', '-1d now'],
    ['last 2 weeks', '-14d now'],
    ['today', `${local(2026, 2, 15)} now`],
    ['yesterday', `${local(2026, 2, 14)} ${local(2026, 2, 15)}`],
    ['12:00 to 13:30', `${local(2026, 2, 15, 12)} ${local(2026, 2, 15, 13, 30)}`],
    ['12:00 to now', `${local(2026, 2, 15, 12)} now`],
    ['2026-03-01 14:00 to 15:00', `${local(2026, 2, 1, 14)} ${local(2026, 2, 1, 15)}`],
    ['2026-03-01 to 2026-03-02', `${local(2026, 2, 1)} ${local(2026, 2, 3)}`],
    ['2026-03-01T14:00:00Z to 2026-03-01T15:00:00Z', '2026-03-01T14:00:00Z 2026-03-01T15:00:00Z'],
  ])('%s', (text, wanted) => expect(span(text)).toBe(wanted));
});

describe('what is no range is told with what would be one', () => {
  test.each([
    ['soon', '"soon" is no range of time.'],
    ['last 0 h', 'A range has a minute at least.'],
    ['last 900 d', 'A range has 800 days at most.'],
    ['15:00 to 14:00', 'The range ends before it begins.'],
    ['25:00 to 26:00', '"25:00" is no time.'],
    ['2026-02-31 to 2026-03-02', '"2026-02-31" is no time.'],
  ])('%s', (text, wanted) => {
    expect(span(text)).toContain(wanted);
    expect(span(text)).toContain('Type a time such as');
  });
});

test('the selection of a chart becomes a range that is read back, widened to whole minutes', () => {
  const text = rangeOf(new Date('2026-03-01T14:00:20Z'), new Date('2026-03-01T14:05:01Z'));
  expect(span(text)).toBe('2026-03-01T14:00:00Z 2026-03-01T14:06:00Z');
});

test('parts are few enough to be drawn', () => {
  expect(minutesOf({ from: '-6h', to: 'now' }, NOW)).toBe(360);
  expect([60, 721, 40 * 1_440].map(resolutionOf)).toEqual(['minute', 'hour', 'day']);
});
