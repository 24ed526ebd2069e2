import { expect, test } from 'vitest';
import { criticalityOf, matrix } from './services.ts';
import { ruleFor } from './rule.ts';
import { search } from './search.ts';
import type { Operation, Step } from '../api/client.ts';
import { placeOf, places } from '../address.ts';

test('an operation becomes lines that are that operation and nothing else', () => {
  expect(ruleFor('webmail POST /drafts')).toBe('measure:\n  - webmail POST /drafts');
  expect(ruleFor('web GET /{id}')).toBe('measure:\n  - "web GET /{id}"');
  expect(ruleFor('web GET /a: b # "c"\n- d')).toBe('measure:\n  - "web GET /a: b # \\"c\\"\\n- d"');
});

test('a service is as important as the steps that need it, and what is optional is important at most', () => {
  const steps = [{ step: 'send', criticality: 'critical' }, { step: 'spell', criticality: 'none' }] as Step[];
  const uses = (...steps: [string, string][]) => [{ steps: steps.map(([step, need]) => ({ step, need })) }] as Operation[];
  expect(criticalityOf(uses(['spell', 'required'], ['send', 'required']), steps)).toBe('critical');
  expect(criticalityOf(uses(['send', 'optional']), steps)).toBe('important');
  expect(criticalityOf(uses(['spell', 'required']), steps)).toBe('none');
});

test('the matrix sums operations of one service', () => {
  const of = (operation: string, events: number) => ({ operation, step: 'send', need: null, events, failed: 1 });
  const { services, cells } = matrix([of('web GET /a', 2), of('web POST /a', 3), of('outbox Put', 5)]);
  expect(services).toEqual(['outbox', 'web']);
  expect(cells.get('web\nsend')).toEqual({ events: 5, failed: 2 });
});

test('what begins with the words is found first', () => {
  const all = ['Resend mail', 'Send mail', 'Login'].map((title) => ({ kind: 'step', title, name: title, href: title }));
  expect(search(all, 'send mail').map((found) => found.title)).toEqual(['Send mail', 'Resend mail']);
});

test('every place is found again by its path, whatever its name', () => {
  const name = 'a/b?<img> ü';
  expect(placeOf(places.step('mail', name))).toEqual({ page: 'step', product: 'mail', name });
  expect(placeOf('/products/%E0%A4%A/steps/x')).toEqual({ page: 'step', product: '%E0%A4%A', name: 'x' });
  expect([placeOf('/'), placeOf('/registry'), placeOf('/else')].map((place) => place.page)).toEqual(['home', 'registry', 'nowhere']);
});
