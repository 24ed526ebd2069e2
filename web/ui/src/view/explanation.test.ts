import { expect, test } from 'vitest';
import type { Explanation, Slice } from '../api/client.ts';
import { explanationWords, MOST_SLICES, sliceRows, sliceWords } from './explanation.ts';

const slice = (more: Partial<Slice>): Slice =>
  ({ kind: 'slice', by: 'region', value: 'eu-west', attempts: 20, failed: 18, coverage: 1, precision: 0.9, lift: 6.04, lift_interval: { low: 5.1, high: 6 }, ...more }) as Slice;
const explanation = (slices: Slice[], failed = 18, attempts = 121): Explanation => ({ failed, attempts, explained_by: slices }) as unknown as Explanation;

test('a slice is told by its values in words', () => {
  expect(sliceWords(slice({ and_by: 'version', and_value: '2.4.0' }))).toBe('region eu-west and version 2.4.0');
  expect(sliceWords(slice({ by: 'failed_operation', value: 'outbox mail.v1.Outbox/Enqueue' }))).toBe('outbox mail.v1.Outbox/Enqueue failing below it');
  const [row] = sliceRows(explanation([slice({})]), 'slice');
  expect(row).toMatchObject({ coverage: '100% (18 of 18)', precision: '90% (18 of 20)', lift: '6.0× (5.1 to 6.0)' });
});

test('errors and slices stand apart, and few of each are shown', () => {
  const many = Array.from({ length: 10 }, (_, at) => slice({ value: `${at}` }));
  const told = explanation([...many, slice({ kind: 'error', by: 'error_type', value: 'OutboxUnavailable' })]);
  expect([sliceRows(told, 'slice').length, sliceRows(told, 'error').length]).toEqual([MOST_SLICES, 1]);
});

test('the whole is told in a sentence, whatever there is', () => {
  expect(explanationWords(explanation([], 0, 0))).toBe('Nobody tried in this time.');
  expect(explanationWords(explanation([], 0, 12))).toBe('None of 12 attempts failed in this time.');
  expect(explanationWords(explanation([]))).toBe('18 attempts of 121 failed; they have nothing in common that others have not.');
  const below = slice({ kind: 'error', by: 'failed_operation', value: 'outbox Enqueue' });
  expect(explanationWords(explanation([below, slice({})]))).toBe('18 attempts of 121 failed, 100% of them with outbox Enqueue failing below it, 100% of them with region eu-west.');
});
