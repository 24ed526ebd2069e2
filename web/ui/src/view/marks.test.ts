import { expect, test } from 'vitest';
import type { Change } from '../api/client.ts';
import { changeMarks, marksIn, nextMarked, toldChanges, type Mark } from './marks.ts';

const moment = (from: number, label: string): Mark => ({ from, to: from, kind: 'change', label });
const TIMES = [0, 60, 120, 180, 240];

function change(of: Partial<Change>): Change {
  return {
    id: 'a', kind: 'deploy', title: 'web 2 is deployed', product: null, services: [], operations: [], version: null, previous_version: null, is_rollback: false,
    link: null, author: null, start: '2026-03-01T14:00:30Z', end: null, received_at: '2026-03-01T14:00:31Z', first_seen: null, deploy: null, ...of,
  };
}

test('a moment lies in one part, a stretch in all that it touches, and the last part has an end', () => {
  const marks = [moment(60, 'a'), moment(250, 'b'), { from: 100, to: 130, kind: 'excluded', label: 'c' } satisfies Mark];
  expect(TIMES.map((_, at) => marksIn(TIMES, marks, at).map((mark) => mark.label))).toEqual([[], ['a', 'c'], ['c'], [], ['b']]);
});

test('from mark to mark, and no further than the first and the last', () => {
  const marks = [moment(70, 'a'), moment(250, 'b')];
  expect([nextMarked(TIMES, marks, 0, 1), nextMarked(TIMES, marks, 1, 1), nextMarked(TIMES, marks, 4, 1), nextMarked(TIMES, marks, 4, -1), nextMarked(TIMES, marks, 1, -1)]).toEqual([1, 4, 4, 1, 1]);
});

test('a version that is seen after somebody told of it is no change of its own', () => {
  const changes = [change({ id: 'seen', kind: 'version', deploy: 'told' }), change({ id: 'late', start: '2026-03-01T15:00:00Z' }), change({ id: 'told' })];
  expect(toldChanges(changes).map(({ id }) => id)).toEqual(['told', 'late']);
  expect(changeMarks([change({ kind: 'flag', title: 'new editor' })])).toEqual([moment(Date.parse('2026-03-01T14:00:30Z') / 1_000, 'flag: new editor')]);
  expect(changeMarks(changes)[0]?.label).toBe('web 2 is deployed');
});
