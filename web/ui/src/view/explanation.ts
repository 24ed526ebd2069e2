// What explains the failures of a step: what went wrong, and what failing attempts have in common, as rows. Pure.
import type { Explanation, Slice } from '../api/client.ts';
import { count, percent, plural, spaced } from './words.ts';

export type SliceRow = { key: string; what: string; coverage: string; precision: string; lift: string; share: number };

const BY: Record<string, string> = {
  operation: 'measured at',
  error_type: 'error',
  http_status: 'HTTP status',
  grpc_status: 'gRPC status',
};

// More of each nobody reads; the table as CSV has all.
export const MOST_SLICES = 6;

export function sliceRows(explanation: Explanation, kind: 'error' | 'slice'): SliceRow[] {
  return explanation.explained_by.filter((slice) => slice.kind === kind).slice(0, MOST_SLICES).map((slice) => ({
    key: `${slice.by}${slice.value}${slice.and_by ?? ''}${slice.and_value ?? ''}`,
    what: sliceWords(slice),
    coverage: `${percent(slice.coverage)} (${count(slice.failed)} of ${count(explanation.failed)})`,
    precision: `${percent(slice.precision)} (${count(slice.failed)} of ${count(slice.attempts)})`,
    lift: `${slice.lift.toFixed(1)}× (${slice.lift_interval.low.toFixed(1)} to ${slice.lift_interval.high.toFixed(1)})`,
    share: slice.coverage,
  }));
}

const one = (by: string, value: string) => (by === 'failed_operation' ? `${value} failing below it` : `${BY[by] ?? spaced(by)} ${value}`);

export function sliceWords(slice: Pick<Slice, 'by' | 'value' | 'and_by' | 'and_value'>): string {
  const and = slice.and_by && slice.and_value ? ` and ${one(slice.and_by, slice.and_value)}` : '';
  return `${one(slice.by, slice.value)}${and}`;
}

// The strongest of what failing attempts have in common, in a sentence; errors only where there is no place to look.
export function explanationWords(explanation: Explanation): string {
  const { failed, attempts } = explanation;
  if (attempts === 0) return 'Nobody tried in this time.';
  if (failed === 0) return `None of ${plural(attempts, 'attempt')} failed in this time.`;
  const whole = `${plural(failed, 'attempt')} of ${count(attempts)} failed`;
  const below = explanation.explained_by.find((slice) => slice.by === 'failed_operation');
  const place = explanation.explained_by.find((slice) => slice.kind === 'slice');
  const words = [below, place].filter((slice, at, all) => slice !== undefined && all.indexOf(slice) === at).map((slice) => (slice ? `${percent(slice.coverage)} of them with ${sliceWords(slice)}` : ''));
  return words.length === 0 ? `${whole}; they have nothing in common that others have not.` : `${whole}, ${words.join(', ')}.`;
}
