import { expect, test } from 'vitest';
import type { MatrixItem, Operation, Step } from '../api/client.ts';
import { byService, criticalityOf, matrix, UNKNOWN_SERVICE } from './services.ts';

const operation = (operation: string, service: string | null) => ({ operation, service, steps: [] }) as unknown as Operation;
const item = (operation: string, service: string | null, events: number) => ({ operation, service, step: 'send', need: null, events, failed: 1 }) as MatrixItem;

test('services are in order of their names, and what only callers tell of comes last', () => {
  const groups = byService([operation('message queue', null), operation('web POST /b', 'web'), operation('auth a.B/C', 'auth'), operation('web GET /a', 'web')]);
  expect(groups.map(([service, items]) => [service, items.length])).toEqual([['auth', 1], ['web', 2], [UNKNOWN_SERVICE, 1]]);
});

test('the matrix adds up the operations of a service for each step', () => {
  const { services, columns, cells } = matrix([item('web POST /b', 'web', 5), item('web GET /a', 'web', 7), item('message queue', null, 2)]);
  expect([services, columns]).toEqual([['web', UNKNOWN_SERVICE], ['send']]);
  expect(cells.get('web\nsend')).toEqual({ events: 12, failed: 2 });
});

test('a service is as important as the steps that need it, and what is optional is important at most', () => {
  const steps = [{ step: 'send', criticality: 'critical' }, { step: 'spell', criticality: 'none' }] as Step[];
  const uses = (...steps: [string, string][]) => [{ steps: steps.map(([step, need]) => ({ step, need })) }] as Operation[];
  expect(criticalityOf(uses(['spell', 'required'], ['send', 'required']), steps)).toBe('critical');
  expect(criticalityOf(uses(['send', 'optional']), steps)).toBe('important');
  expect(criticalityOf(uses(['spell', 'required']), steps)).toBe('none');
});
