import { expect, test } from 'vitest';
import { ago, burn, length, milliseconds, percent, plural, readable, spent } from './words.ts';

test('a share is never rounded to all or nothing', () => {
  const said = [null, 0, 1, 0.5, 0.999, 0.99996, 0.9999999, 0.00001, 0.000000001, 0.123456].map(percent);
  expect(said).toEqual(['–', '0%', '100%', '50%', '99.9%', '99.996%', '> 99.9999%', '0.001%', '< 0.0001%', '12.3%']);
});

test('a budget that is spent many times over is told as a multiple', () => {
  expect([null, 0, 0.041, 0.5, 1.2, 27.3].map(spent)).toEqual(['–', '0%', '4.1%', '50%', '120%', '27× the budget']);
});

test('numbers have the unit that fits', () => {
  expect([0.04, 12.4, 999, 1_500, 12_000].map(milliseconds)).toEqual(['0 ms', '12 ms', '999 ms', '1.50 s', '12.0 s']);
  expect([0, 1, 14.44, null].map(burn)).toEqual(['0×', '1×', '14×', '–']);
  expect([plural(1, 'step'), plural(1_200, 'step')]).toEqual(['1 step', '1,200 steps']);
  expect(ago('2026-03-01T14:00:00Z', Date.parse('2026-03-01T14:02:00Z'))).toBe('2 min ago');
});

test('a length of time has its two largest units', () => {
  expect([0, 38, 60, 125, 1_440, 1_500, 4_330].map(length)).toEqual(['0 min', '38 min', '1 h', '2 h 5 min', '1 d', '1 d 1 h', '3 d']);
});

test('times in reasons are read as others are', () => {
  expect(readable('major since 2026-03-01T14:02:40.100049715Z, by 28.18%')).toMatch(/^major since 2026-0\d-\d\d \d\d:\d\d, by 28\.18%$/);
});

test('counts in reasons are read as others are, and what is no count stays', () => {
  expect(readable('1063 of 20945 attempts failed: fewer good than 99.9% promised')).toBe('1,063 of 20,945 attempts failed: fewer good than 99.9% promised');
  expect(readable('2026-11-29 07:10, version 2024.1, web-1234, 12345ms, 1234.5')).toBe('2026-11-29 07:10, version 2024.1, web-1234, 12345ms, 1234.5');
});
