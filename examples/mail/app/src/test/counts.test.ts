import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counts, DROPPED, outcomeOf } from '../load/counts.js';
import { openSession, userOf } from '../session.js';

test('an answer means to the load what the registry says it means', () => {
  for (const [step, status, outcome] of [
    ['login', 200, 'success'],
    ['login', 401, 'success'],
    ['open-inbox', 404, 'success'],
    ['open-message', 404, 'failure'],
    ['send-mail', 413, 'failure'],
    ['send-mail', 503, 'failure'],
    ['send-mail', 504, 'timeout'],
    ['login', 429, 'failure'],
    ['lookup-addresses', DROPPED, 'abandoned'],
  ] as const) {
    assert.equal(outcomeOf(step, status), outcome, `${step} ${status}`);
  }
});

test('counts are kept apart by step and class, in the order of their names', () => {
  const counts = new Counts();
  for (const [step, trafficClass, status] of [['send-mail', 'test', 202], ['login', 'interactive', 200], ['send-mail', 'batch', 503], ['send-mail', 'batch', 202]] as const) {
    counts.attempt(step, trafficClass, status);
  }
  counts.other('webmail POST /drafts', 'interactive');
  counts.accepted('batch');
  assert.deepEqual(JSON.parse(JSON.stringify(counts)), {
    product: 'mail',
    steps: [
      { step: 'login', class: 'interactive', requests: 1, outcomes: { success: 1 }, statuses: { 200: 1 } },
      { step: 'send-mail', class: 'batch', requests: 2, outcomes: { failure: 1, success: 1 }, statuses: { 202: 1, 503: 1 } },
      { step: 'send-mail', class: 'test', requests: 1, outcomes: { success: 1 }, statuses: { 202: 1 } },
    ],
    without_step: [{ operation: 'webmail POST /drafts', class: 'interactive', requests: 1 }],
    mail: [{ class: 'batch', accepted: 1, seen: 0 }],
    unanswered: 0,
  });
  assert.equal(counts.total(), 5);
});

test('a session is good for its user only', () => {
  const token = openSession('ada-0', 'key');
  assert.equal(userOf(token, 'key'), 'ada-0');
  assert.equal(userOf(token, 'other key'), undefined);
  assert.equal(userOf(token.replace('ada-0', 'bela-1'), 'key'), undefined);
  assert.equal(userOf(undefined, 'key'), undefined);
});
