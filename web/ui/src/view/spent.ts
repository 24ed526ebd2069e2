// What an error budget was spent on: parts as rows, the largest first, that sum to the whole. Pure.
import type { SloBudget, SloBudgetPart } from '../api/client.ts';
import { clock, count, plural, spaced, spent } from './words.ts';

export type By = 'cause' | 'operation' | 'error-type' | 'time' | 'maintenance';

export type SpentRow = {
  key: string;
  // What it is called; of a cause the operation and the error type.
  names: string[];
  // A stretch of time, where it is one.
  span: { from: string; to: string } | null;
  bad: number;
  budget: number | null;
  // Its part of all that `by` tells apart, from 0 to 1; nothing where that has no sense.
  share: number | null;
};

// Rows that are shown before somebody asks for all.
export const FIRST_ROWS = 8;

const WORDS: Record<string, string> = {
  untold: 'not told apart',
  'no-data': 'no events, which counts as bad',
};

export function spentRows(parts: SloBudgetPart[], by: By): SpentRow[] {
  const of = parts.filter((part) => part.by === by);
  const all = of.reduce((sum, part) => sum + Math.max(0, part.bad), 0);
  const rows = of.map((part, at) => ({
    key: `${part.kind}${at}`,
    names: namesOf(part),
    span: part.from && part.to ? { from: part.from, to: part.to } : null,
    bad: part.bad,
    budget: part.budget_spent ?? null,
    share: all > 0 && part.bad >= 0 ? part.bad / all : null,
  }));
  return by === 'time' ? rows : rows.sort((a, b) => b.bad - a.bad);
}

function namesOf(part: SloBudgetPart): string[] {
  if (part.kind === 'rest') return [`${count(part.summed)} more`];
  if (part.kind !== 'told') return [WORDS[part.kind] ?? part.kind];
  if (part.from && part.to) return [`${clock(part.from)} to ${clock(part.to, part.from.slice(0, 10) !== part.to.slice(0, 10))}`];
  return [part.operation, part.error_type, part.maintenance].filter((name): name is string => typeof name === 'string' && name !== '');
}

// What rows beyond the first come to, so that what is shown still sums to the whole.
export function folded(rows: SpentRow[], isOpen: boolean): { shown: SpentRow[]; hidden: number; bad: number } {
  if (isOpen || rows.length <= FIRST_ROWS + 1) return { shown: rows, hidden: 0, bad: 0 };
  const hidden = rows.slice(FIRST_ROWS);
  return { shown: rows.slice(0, FIRST_ROWS), hidden: hidden.length, bad: sumOf(hidden) };
}

export const sumOf = (rows: { bad: number }[]) => rows.reduce((sum, row) => sum + row.bad, 0);

// The whole in a sentence.
export function spentWords(budget: SloBudget): string {
  if (budget.reason) return `Nothing is explained: ${budget.reason}.`;
  const unit = budget.unit === 'events' ? 'attempt' : budget.unit.replace(/s$/, '');
  if (budget.recorded === 0) return `Nothing was spent in this time: no ${spaced(unit)} was bad.`;
  const whole = `${plural(budget.spent, `bad ${unit}`)}: ${spent(budget.budget_spent)}${(budget.budget_spent ?? 0) >= 10 ? '' : ' of the budget'}.`;
  const taken = budget.recorded - budget.spent;
  return taken === 0 ? whole : `${whole} ${count(taken)} more of ${count(budget.recorded)} ${taken === 1 ? 'is' : 'are'} taken out by maintenance.`;
}
