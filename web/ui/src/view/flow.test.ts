import { expect, test } from 'vitest';
import { layout } from './flow.ts';

const step = (name: string, ...after: string[]) => ({ name, after });

test('a step stands behind all that come before it, and equals share a column', () => {
  const flow = layout([step('login'), step('open', 'login'), step('spell', 'open'), step('find', 'open'), step('send', 'open', 'find', 'spell')]);
  expect(flow.places.map(({ name, column, row }) => `${name} ${column}.${row}`)).toEqual(['login 0.0', 'open 1.0', 'spell 2.0', 'find 2.1', 'send 3.0']);
  expect([flow.columns, flow.rows]).toEqual([4, 2]);
});

test('an edge beside a longer way is left out', () => {
  const flow = layout([step('a'), step('b', 'a'), step('c', 'a', 'b')]);
  expect(flow.edges).toEqual([{ from: 'a', to: 'b' }, { from: 'b', to: 'c' }]);
});

test('what comes before and is not there is no edge, and a circle ends', () => {
  expect(layout([step('a', 'gone')]).edges).toEqual([]);
  expect(layout([step('a', 'b'), step('b', 'a')]).places).toHaveLength(2);
  expect(layout([])).toEqual({ places: [], edges: [], columns: 0, rows: 0 });
});
