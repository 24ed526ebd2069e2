import { expect, test } from 'vitest';
import type { Kpi, KpiImpactWindow } from '../api/client.ts';
import { amount, impactWords, kpiLine, lostAmount } from './kpis.ts';

const revenue: Kpi = {
  product: 'shop',
  kpi: 'revenue',
  title: 'Revenue',
  description: 'What people pay.',
  unit: 'euros',
  value: 'attribute shop.revenue',
  steps: ['pay'],
  sum: 1234.5,
  sum_exact: '1234.5',
  counted: 100,
  without: 0,
  failed_sum: 0,
  failed_counted: 0,
  failed: 0,
  lost: 0,
  lost_low: 0,
  lost_high: 0,
};
const of = (change: Partial<Kpi>) => {
  const { state, realised, lost, isLost } = kpiLine({ ...revenue, ...change });
  return [state, realised, lost, isLost];
};

test('numbers are said with three digits', () => {
  expect([0, 0.004, 1.5, 99.994, 100.4, 999.6, 1_234.6, 9_876_543].map(amount)).toEqual(['0', '0', '1.5', '99.99', '100', '1,000', '1,230', '9,880,000']);
});

test('a KPI says what it came to and what is lost, with how sure that is', () => {
  expect(of({})).toEqual(['told', '1,230 euros', 'none lost', false]);
  expect(of({ failed: 5, lost: 50, lost_low: 50, lost_high: 50 })).toEqual(['told', '1,230 euros', '50 euros lost with 5 failed attempts', true]);
  expect(of({ failed: 1, lost: 1_200, lost_low: 900, lost_high: 1_500 })[2]).toBe('about 1,200 euros (900 to 1,500, at 99%) lost with 1 failed attempt');
  expect(of({ failed: 2, lost: 20, lost_low: 0, lost_high: null })[2]).toBe('about 20 euros (at least 0, at 99%) lost with 2 failed attempts');
});

test('no data, nothing, and what nobody knows are told apart', () => {
  expect(of({ sum: 0, counted: 0 })).toEqual(['no-data', 'No data: nobody tried', null, false]);
  expect(of({ sum: 0, counted: 0, without: 40 })).toEqual(['unknown', 'Unknown: none of 40 successes carried its number', 'none lost', false]);
  expect(of({ sum: 0, counted: 0, failed: 3, lost: null, lost_low: null, lost_high: null })).toEqual(['told', '0 euros', 'what 3 failed attempts would have added is not known', true]);
  expect(of({ without: 1 })[1]).toBe('1,230 euros · 1 success without a number');
  expect(lostAmount({ lost: 1, low: 0 }, 'euros')).toBe('about 1 euros (at least 0, at 99%)');
});

test('what a rule about a KPI looks at is told with its unit, or that nobody knows', () => {
  const window: KpiImpactWindow = { kpi: 'revenue', title: 'Revenue', unit: 'euros', minutes: 5, lost: 2_000, expected: 4_000, impact: 0.5, impact_at_least: 0.32, is_enough: true };
  expect(impactWords(window)).toBe('Revenue: 2,000 of 4,000 euros lost in 5 min: impact 50%');
  expect(impactWords({ ...window, is_enough: false })).toContain(', too little to judge');
  expect(impactWords({ ...window, lost: null, expected: null })).toBe('Revenue: in 5 min no attempt has told what it is worth');
});
