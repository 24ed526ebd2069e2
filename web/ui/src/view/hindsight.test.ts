import { expect, test } from 'vitest';
import type { BacktestColumn } from '../api/client.ts';
import { hindsightRows, tiersOf, verdict } from './hindsight.ts';

const load = (count: number, minutes = 0, delay: number | null = null) => ({
  count, minutes, per_week: null, longest_minutes: minutes, median_delay_minutes: delay, longest_delay_minutes: delay,
});
const column = (name: string, more: Partial<BacktestColumn>): BacktestColumn => ({
  name, target: '99.9%', window: '28d', alerts: ['page-1h'], valid: 121, bad: 18, pages: load(0), tickets: load(0), frozen_minutes: 0, excluded_minutes: 0,
  silent_minutes: 0, budget: { spent_at_end: 0.221, worst_spent: 0.221, worst_at: null }, is_estimate: false, episodes: [], more_episodes: 0, ...more,
});

test('both columns stand side by side with what the change makes of them', () => {
  const columns = [column('now', { pages: load(1, 38, 2) }), column('changed', { target: '99%', pages: load(1, 5, 10) })];
  const rows = Object.fromEntries(hindsightRows(columns).map((row) => [row.title, row]));
  expect(rows.Promise).toEqual({ title: 'Promise', values: ['99.9% over 28d', '99% over 28d'], difference: 'changed' });
  expect(rows.Pages).toMatchObject({ values: ['1', '1'], difference: 'same' });
  expect(rows['– going on for']).toMatchObject({ values: ['38 min', '5 min'], difference: '−33 min' });
  expect(rows['– after the burn began']).toMatchObject({ difference: '+8 min' });
  expect(verdict(columns)).toBe('With the change 1 page and 0 tickets, 8 min later after a burn began; as it is, 1 page and 0 tickets.');
});

test('one column has no difference, and loads of nobody no details', () => {
  const rows = hindsightRows([column('now', {})]);
  expect(rows.every((row) => row.difference === '')).toBe(true);
  expect(rows.map((row) => row.title)).not.toContain('– going on for');
});

test('tiers that can be asked for are those of the SLO, then the usual ones', () => {
  expect(tiersOf([{ urgency: 'page', long: { window: '2h' } }, { urgency: 'ticket', long: { window: '3d' } }])).toEqual({
    own: ['page-2h', 'ticket-3d'],
    all: ['page-2h', 'ticket-3d', 'page-1h', 'page-6h', 'ticket-1d'],
  });
});
