import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, Faults, formatFault, parseFault } from '../faults.js';
import { Random } from '../random.js';

test('each kind of fault is read, and written as it is read', () => {
  for (const [text, written] of [
    ['errors:send-mail:0.07', 'errors:send-mail:7%'],
    ['errors:login:100%', 'errors:login:100%'],
    ['latency:open-inbox:0.25s', 'latency:open-inbox:250ms:100%'],
    ['latency:open-inbox:250ms:12.5%', 'latency:open-inbox:250ms:12.5%'],
    ['lost:receive-mail:.2', 'lost:receive-mail:20%'],
    ['slow:spelling:3s', 'slow:spelling:3000ms'],
    ['region:eu-west', 'region:eu-west:100%'],
    ['region:us-east:50%', 'region:us-east:50%'],
  ] as const) {
    assert.equal(formatFault(parseFault(text)), written);
    assert.equal(formatFault(parseFault(written)), written);
  }
});

test('what is no fault is refused with what would be right', () => {
  for (const [text, right] of [
    ['error:login:7%', /there are errors:STEP:RATE/],
    ['errors:logout:7%', /`logout` is no step; there are login, /],
    ['errors:login', /lacks a rate: errors:STEP:RATE/],
    ['errors:login:7', /`7` is no rate; write `7%` or `0\.07`/],
    ['errors:login:0', /is no rate/],
    ['errors:login:7%:1', /has more parts than errors:STEP:RATE/],
    ['latency:login:250', /`250` is no time; write `250ms`/],
    ['latency:login:61s', /at most 60s/],
    ['lost:login:7%', /there are receive-mail, filter-spam/],
    ['slow:webmail:1s', /`webmail` is no service/],
    ['region:mars', /there are eu-west, us-east/],
  ] as const) {
    assert.throws(() => parseFault(text), right, text);
  }
});

test('a fault replaces one of its kind on the same target, and is cleared by both', () => {
  const two = changed([], { set: ['errors:login:5%', 'slow:spelling:1s'] });
  assert.deepEqual(changed(two, { set: ['errors:login:9%'] }), ['errors:login:9%', 'slow:spelling:1000ms']);
  assert.deepEqual(changed(two, { clear: ['errors:login'] }), ['slow:spelling:1000ms']);
  assert.deepEqual(changed(two, { clear: ['errors:login:5%'] }), ['slow:spelling:1000ms']);
  assert.deepEqual(changed(two, { clear: ['all'], set: ['region:eu-west'] }), ['region:eu-west:100%']);
  assert.throws(() => changed(two, { clear: ['errors:send-mail'] }), /is not set; set are errors:login, slow:spelling/);
});

test('a fault strikes its target only, as often as it says', () => {
  const faults = new Faults(new Random('rate'));
  faults.replace(['errors:send-mail:25%', 'slow:contacts:300ms', 'region:eu-west']);
  const struck = Array.from({ length: 4_000 }, () => faults.fails('send-mail')).filter(Boolean).length;
  assert.ok(struck > 900 && struck < 1_100, `${struck} of 4,000`);
  assert.equal(faults.fails('login'), false);
  assert.deepEqual([faults.delayOfServiceMs('contacts'), faults.delayOfServiceMs('spelling')], [300, 0]);
  assert.deepEqual([faults.refuses('eu-west'), faults.refuses('us-east')], [true, false]);
});
