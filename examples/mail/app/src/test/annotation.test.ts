import { propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotate, annotationOf, cohortOf, read, write } from '../annotation.js';

const FULL = 'mail.compose-mail.send-mail.batch.critical.7.a1_B-2';

test('a full annotation is written with a field at each place', () => {
  const annotation = {
    product: 'mail',
    objective: 'compose-mail',
    step: 'send-mail',
    class: 'batch',
    criticality: 'critical',
    cohort: 7,
    interaction: 'a1_B-2',
  } as const;
  assert.equal(write(annotation), `1.${FULL}`);
  assert.deepEqual(read(`1.${FULL}`), annotation);
});

test('what is not known is written as a hyphen', () => {
  assert.equal(write({ product: 'mail', step: 'login', class: 'interactive' }), '1.mail.-.login.interactive.-.-.-');
});

test('fields that a later sender adds are ignored', () => {
  assert.equal(read(`1.${FULL}.more`)?.interaction, 'a1_B-2');
});

test('what is missing, misspelt or of another version is no annotation', () => {
  for (const text of [
    '',
    `2.${FULL}`,
    '1.mail.compose-mail.send-mail.batch.critical.7',
    '1.Mail.-.login.interactive.-.-.-',
    '1.mail.-.-login.interactive.-.-.-',
    '1.mail.-.login.interactive.urgent.-.-',
    '1.mail.-.login.interactive.-.128.-',
    '1.mail.-.login.interactive.-.07.-',
    '1.mail.-.login.interactive.-.-.a b',
  ]) {
    assert.equal(read(text), undefined, text);
  }
});

test('what the wire form cannot hold is refused', () => {
  const good = { product: 'mail', step: 'login', class: 'test' };
  assert.throws(() => write({ ...good, step: 'log.in' }), /`log\.in` is no lower-case label/);
  assert.throws(() => write({ ...good, cohort: 128 }), /not within 0 to 127/);
  assert.throws(() => write({ ...good, interaction: '-' }), /no interaction id/);
});

test('annotating a context keeps the members of others', () => {
  const foreign = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ tenant: { value: '7' } }));
  const annotated = annotate(foreign, { product: 'mail', step: 'login', class: 'test' });
  assert.equal(propagation.getBaggage(annotated)?.getEntry('tenant')?.value, '7');
  assert.equal(annotationOf(annotated)?.step, 'login');
  assert.equal(annotationOf(foreign), undefined);
});

test('a user is always in the same cohort', () => {
  const cohorts = ['ada-0', 'ada-0', 'bela-1'].map(cohortOf);
  assert.equal(cohorts[0], cohorts[1]);
  assert.ok(cohorts.every((cohort) => Number.isInteger(cohort) && cohort >= 0 && cohort < 128));
});
