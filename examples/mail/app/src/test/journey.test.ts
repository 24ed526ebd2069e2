import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planJourney, waveAt } from '../load/journey.js';
import { Random } from '../random.js';

const journeys = Array.from({ length: 400 }, (_, number) => planJourney(new Random('seed', 'journey', number)));

test('the same seed plans the same journey, another seed another', () => {
  assert.deepEqual(planJourney(new Random('seed', 'journey', 0)), journeys[0]);
  assert.notDeepEqual(planJourney(new Random('other', 'journey', 0)), journeys[0]);
});

test('nobody gets anywhere before they have logged in, and a mistyped password is tried again', () => {
  for (const journey of journeys) {
    const entered = journey.findIndex(({ action, mistyped }) => action === 'login' && mistyped !== true);
    assert.ok(journey.slice(0, entered).every(({ action, mistyped }) => action === 'login' && mistyped === true));
    assert.equal(journey[entered + 1]?.action, 'open-inbox');
  }
});

test('a message is sent after the dialog has opened, an address is looked up and the text is checked and saved', () => {
  const writing = journeys.map((journey) => journey.map(({ action }) => action)).filter((actions) => actions.includes('send-mail'));
  assert.ok(writing.length > 200 && writing.length < 320, `${writing.length} of 400 write`);
  for (const actions of writing) {
    const order = (['open-compose-dialog', 'lookup-addresses', 'check-spelling', 'save-draft', 'send-mail'] as const).map((action) => actions.indexOf(action));
    assert.deepEqual(order, [...order].sort((a, b) => a - b));
  }
});

test('only address look-ups are dropped, and few of them', () => {
  const moves = journeys.flat();
  const dropped = moves.filter(({ droppedAfterMs }) => droppedAfterMs !== undefined);
  const lookups = moves.filter(({ action }) => action === 'lookup-addresses');
  assert.ok(dropped.length > 0 && dropped.length < lookups.length / 20);
  assert.ok(dropped.every(({ action }) => action === 'lookup-addresses'));
});

test('a day has a rush hour and a night, and is as busy as its average over all', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => waveAt(hour, 24));
  assert.ok(Math.abs(hours.reduce((sum, hour) => sum + hour, 0) / 24 - 1) < 1e-9);
  assert.ok(Math.abs(Math.max(...hours) - 5 / 3) < 1e-9 && Math.abs(Math.min(...hours) - 1 / 3) < 1e-9);
});
