import { expect, test } from 'vitest';
import type { SloBudget, SloBudgetPart } from '../api/client.ts';
import { FIRST_ROWS, folded, spentRows, spentWords, sumOf } from './spent.ts';

const part = (by: string, bad: number, more: Partial<SloBudgetPart> = {}): SloBudgetPart => ({ by, kind: 'told', bad, budget_spent: bad / 10, summed: 1, ...more });
const whole = (more: Partial<SloBudget>): SloBudget =>
  ({ unit: 'events', recorded: 0, spent: 0, budget_spent: null, reason: null, parts: [], ...more }) as SloBudget;

test('parts are rows, the largest first, and what is not shown is still in the sum', () => {
  const parts = [
    ...Array.from({ length: 12 }, (_, at) => part('cause', at + 1, { operation: `op ${at}`, error_type: '503' })),
    part('cause', 40, { kind: 'rest', summed: 7 }),
    part('cause', 3, { kind: 'untold' }),
    part('time', 121, { from: '2026-01-31T14:02:00Z', to: '2026-01-31T14:40:00Z' }),
  ];
  const rows = spentRows(parts, 'cause');
  expect(rows[0]?.names).toEqual(['7 more']);
  expect(rows[1]?.names).toEqual(['op 11', '503']);
  expect(rows.find((row) => row.bad === 3 && row.names[0] === 'not told apart')).toBeDefined();
  const { shown, hidden, bad } = folded(rows, false);
  expect([shown.length, hidden]).toEqual([FIRST_ROWS, 14 - FIRST_ROWS]);
  expect(sumOf(shown) + bad).toBe(121);
  expect(folded(rows, true).shown.length).toBe(14);
  expect(spentRows(parts, 'time')[0]?.span).toEqual({ from: '2026-01-31T14:02:00Z', to: '2026-01-31T14:40:00Z' });
});

test('a maintenance that takes more good than bad out of a slice is below zero, and has no share', () => {
  expect(spentRows([part('maintenance', -2, { maintenance: 'disks' })], 'maintenance')[0]).toMatchObject({ bad: -2, share: null });
});

test('the whole is told in words', () => {
  expect(spentWords(whole({ recorded: 14, spent: 12, budget_spent: 0.297 }))).toBe('12 bad attempts: 30% of the budget. 2 more of 14 are taken out by maintenance.');
  expect(spentWords(whole({ recorded: 1, spent: 1, budget_spent: 12 }))).toBe('1 bad attempt: 12× the budget.');
  expect(spentWords(whole({}))).toBe('Nothing was spent in this time: no attempt was bad.');
  expect(spentWords(whole({ reason: 'its history is being read' }))).toBe('Nothing is explained: its history is being read.');
});
