import { expect, test } from 'vitest';
import { ruleFor } from './rule.ts';
import { search } from './search.ts';
import { placeOf, places } from '../address.ts';

test('an operation becomes lines that are that operation and nothing else', () => {
  expect(ruleFor('webmail POST /drafts')).toBe('measure:\n  - webmail POST /drafts');
  expect(ruleFor('web GET /{id}')).toBe('measure:\n  - "web GET /{id}"');
  expect(ruleFor('web GET /a: b # "c"\n- d')).toBe('measure:\n  - "web GET /a: b # \\"c\\"\\n- d"');
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
