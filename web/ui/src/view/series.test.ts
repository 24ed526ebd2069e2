import { expect, test } from 'vitest';
import type { Point } from '../api/client.ts';
import { budget } from './budget.ts';
import { columns, expectedColumns, floorOf, latencyColumns, settled } from './series.ts';

const COVERED = { from: '2026-03-01T14:00:00Z', to: '2026-03-01T14:04:00Z' };
const at = (minute: number) => `2026-03-01T14:0${minute}:00Z`;

function point(minute: number, good: number, valid: number, method = 'service'): Point {
  const interval = { low: 0, high: 1 };
  return { start: at(minute), method, class: 'interactive', valid, good, failed: valid - good, abandoned: 0, timeouts: 0, client_errors: 0, ratio: good / valid, interval, is_provisional: minute === 3 };
}

test('parts without an attempt are gaps, and other methods are left out', () => {
  const parts = columns([point(0, 9, 10), point(3, 10, 10), point(1, 0, 10, 'client')], { method: 'service', class: 'interactive' }, COVERED, 'minute');
  expect(parts.ratio).toEqual([0.9, null, null, 1]);
  expect(parts.valid).toEqual([10, 0, 0, 10]);
  expect(settled(parts.ratio, parts.isProvisional)).toEqual({ sure: [0.9, null, null, null], open: [null, null, null, 1] });
});

test('the axis leaves room below what is shown', () => {
  expect([floorOf([0.9995, null], 0.999), floorOf([0.97], 0.999), floorOf([0.2], null), floorOf([], null)]).toEqual([0.99, 0.95, 0, 0.999]);
});

test('what is spent of a budget adds up, and is nothing before the first count', () => {
  const points = [point(1, 9, 10), point(3, 8, 10)];
  const slo = points.map((point) => ({ ...point, excluded_valid: 0, excluded_good: 0 }));
  expect(budget(slo, 4, COVERED, 'minute').spent).toEqual([null, 0.25, 0.25, 0.75]);
  expect(budget(slo, 0, COVERED, 'minute').spent).toEqual([null, null, null, null]);
});

test('what maintenance takes out is in what was recorded, and not in what is spent', () => {
  const points = [{ ...point(1, 6, 10), excluded_valid: 4, excluded_good: 1 }];
  const parts = budget(points, 4, COVERED, 'minute');
  expect([parts.spent, parts.recorded]).toEqual([[null, 0.25, 0.25, 0.25], [null, 1, 1, 1]]);
});

test('latency of an hour goes to where the hour or the time ends', () => {
  const of = { method: 'service', class: 'interactive' };
  const hour = { start: '2026-03-01T14:00:00Z', ...of, p50: 10, p95: 20, p99: 30 };
  const at = (text: string) => Date.parse(text) / 1_000;
  const span: [number, number] = [at('2026-03-01T13:30:00Z'), at('2026-03-01T14:10:00Z')];
  const parts = latencyColumns([hour, { ...hour, method: 'client', p50: 99 }], of, span);
  expect(parts.times).toEqual([span[0], at('2026-03-01T14:00:00Z'), span[1]]);
  expect(parts.p50).toEqual([null, 10, 10]);
});

test('what is expected has a place in each part, and a gap where nothing is learnt', () => {
  const times = [0, 1, 2].map((minute) => Date.parse(at(minute)) / 1_000);
  const points = [{ start: '2026-03-01T14:02:00.000Z', attempts: 12.5, at_least: 4 }, { start: at(0), attempts: 10, at_least: 0 }];
  expect(expectedColumns(points, times)).toEqual({ usual: [10, null, 12.5], atLeast: [0, null, 4] });
});
