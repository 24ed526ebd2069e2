import { expect, test } from 'vitest';
import type { MatrixItem, Operation, Service } from '../api/client.ts';
import { beyondDeclared, byService, matrix, UNKNOWN_SERVICE } from './services.ts';

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

test('what a service serves beyond what is declared is told, and what agrees is not', () => {
  const uses = [{ operation: 'speller POST /check', step: 'send' }, { operation: 'speller GET /words', step: 'other' }];
  const service = { service: 'speller', criticality: 'important', observed_criticality: 'critical', observed_step: 'send', difference: 'higher', undeclared: uses } as Service;
  const told = beyondDeclared(service, (step) => step.toUpperCase());
  expect(told).toBe('It is declared as important, and was seen to serve SEND by speller POST /check, which makes it critical: declare the operation at the step, as `optional` if the step can do without.');
  expect(beyondDeclared({ ...service, criticality: null }, (step) => step)).toContain('declared for no step');
  expect(beyondDeclared({ ...service, difference: 'as-declared' }, (step) => step)).toBeNull();
});
