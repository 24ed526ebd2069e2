// What an SLO's alerts and budget would have been, as rows of two columns: as it is, and as it might be. Pure.
import type { Backtest, BacktestColumn } from '../api/client.ts';
import { clock, count, length, plural, spent } from './words.ts';

export type HindsightRow = { title: string; values: string[]; difference: string };

// What can be asked for, as it stands in the address and in the question.
export const CHANGES = ['target', 'window', 'alerts'] as const;
export type Changes = Partial<Record<(typeof CHANGES)[number], string>>;

// Tiers that every SLO can have.
const USUAL = ['page-1h', 'page-6h', 'ticket-1d', 'ticket-3d'];

export function tiersOf(alerts: { urgency: string; long: { window: string } }[]): { own: string[]; all: string[] } {
  const own = alerts.map((alert) => `${alert.urgency}-${alert.long.window}`);
  return { own, all: [...own, ...USUAL.filter((name) => !own.includes(name))] };
}

type Number = (column: BacktestColumn) => number | null;

export function hindsightRows(columns: BacktestColumn[]): HindsightRow[] {
  const text = (title: string, of: (column: BacktestColumn) => string) => {
    const values = columns.map(of);
    return { title, values, difference: values.length === 2 && values[0] !== values[1] ? 'changed' : '' };
  };
  const number = (title: string, of: Number, say: (value: number) => string = count) => {
    const values = columns.map(of);
    return { title, values: values.map((value) => (value === null ? '–' : say(value))), difference: difference(values, say) };
  };
  const rows = [
    text('Promise', (column) => `${column.target} over ${column.window}`),
    text('Alerts', (column) => column.alerts.join(', ') || 'none'),
    text('Bad of all', (column) => `${count(column.bad)} of ${count(column.valid)}`),
  ];
  for (const [title, load] of [['Pages', 'pages'], ['Tickets', 'tickets']] as const) {
    rows.push(number(title, (column) => column[load].count));
    if (columns.every((column) => column[load].count === 0)) continue;
    if (columns.every((column) => typeof column[load].per_week === 'number')) {
      rows.push(number('– in a week', (column) => column[load].per_week ?? null, (value) => value.toFixed(1)));
    }
    rows.push(number('– going on for', (column) => column[load].minutes, length));
    rows.push(number('– after the burn began', (column) => column[load].median_delay_minutes ?? null, length));
  }
  rows.push(text('Budget spent at the end', (column) => spent(column.budget.spent_at_end)));
  rows.push(text('Budget spent at worst', (column) => (column.budget.worst_at ? `${spent(column.budget.worst_spent)}, ${clock(column.budget.worst_at)}` : '–')));
  return rows;
}

function difference(values: (number | null)[], say: (value: number) => string): string {
  const [now, changed] = values;
  if (typeof now !== 'number' || typeof changed !== 'number') return '';
  if (now === changed) return 'same';
  return `${changed < now ? '−' : '+'}${say(Math.abs(changed - now))}`;
}

// The outcome in a sentence, before all the numbers.
export function verdict(columns: BacktestColumn[]): string {
  const [now, changed] = columns;
  if (!now) return '';
  const told = (column: BacktestColumn) => `${plural(column.pages.count, 'page')} and ${plural(column.tickets.count, 'ticket')}`;
  if (!changed) return `As it is, it would have told of ${told(now)}.`;
  const delay = changed.pages.median_delay_minutes ?? null;
  const before = now.pages.median_delay_minutes ?? null;
  const later = delay !== null && before !== null && delay !== before ? `, ${length(Math.abs(delay - before))} ${delay > before ? 'later' : 'earlier'} after a burn began` : '';
  return `With the change ${told(changed)}${later}; as it is, ${told(now)}.`;
}

// On what the numbers rest, and what they are not.
export function caveats(backtest: Backtest): string[] {
  const { columns } = backtest;
  const most = (of: (column: BacktestColumn) => number) => Math.max(0, ...columns.map(of));
  const [frozen, excluded, silent] = [most((column) => column.frozen_minutes), most((column) => column.excluded_minutes), most((column) => column.silent_minutes)];
  return [
    'Each attempt is taken as known in the minute in which it began: live, alerts come later by as much as telemetry does.',
    ...(columns.some((column) => column.is_estimate) ? ['Less was counted than the window is long: the budget is that of what was counted, scaled up from a day at least. In a first day it is too small, and alerts come early.'] : []),
    ...(frozen > 0 ? [`In ${length(frozen)} of it nothing was received: nothing fires or resolves then.`] : []),
    ...(excluded > 0 ? [`${length(excluded)} of it are maintenance that counts in no budget.`] : []),
    ...(silent > 0 ? [`In ${length(silent)} of it nobody is told of anything because of maintenance.`] : []),
  ];
}
