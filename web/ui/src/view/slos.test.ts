import { expect, test } from 'vitest';
import type { BoardItem } from '../api/client.ts';
import { ordered } from './slos.ts';

test('what burns stands before what is broken, and that before what is merely spent', () => {
  const slo = (name: string, state: string, spent: number | null, firing: string | null) => ({ name, state, budget_spent: spent, firing }) as BoardItem;
  const all = [slo('kept', 'good', 0.1, null), slo('nearly', 'good', 0.9, null), slo('silent', 'no-data', null, null), slo('broken', 'bad', 3, null), slo('paged', 'good', 0.2, 'page')];
  expect(ordered(all).map((one) => one.name)).toEqual(['paged', 'broken', 'silent', 'nearly', 'kept']);
});
