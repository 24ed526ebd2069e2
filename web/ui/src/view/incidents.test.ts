import { expect, test } from 'vitest';
import type { Incident, SeverityItem } from '../api/client.ts';
import { expectedWords, lasted, levelWords, lostWords, ofObjective, ofStep, ordered, routeWords, timeline, when } from './incidents.ts';

const OPENED = '2026-03-01T14:02:00Z';
const incident = (more: Partial<Incident>): Incident =>
  ({
    product: 'mail', incident: 1, kind: 'impact', state: 'open', title: 'Send mail fails', level: 'major', computed_level: 'major', worst_level: 'major',
    is_overridden: false, opened_at: OPENED, ended_at: null, active_steps: ['compose-mail/send-mail'], steps: ['compose-mail/send-mail'], objectives: ['compose-mail'],
    route: 'sre', team: null, acknowledged_by: null, suspected: null, lost: { gross: 120, net: 120, low: 95, high: 150 }, ...more,
  }) as Incident;

test('what goes on stands first, each in the order that the server gives', () => {
  const all = [incident({ incident: 4, state: 'closed' }), incident({ incident: 3 }), incident({ incident: 2, state: 'resolved' }), incident({ incident: 1 })];
  expect(ordered(all).map((one) => one.incident)).toEqual([3, 1, 4, 2]);
});

test('a step is part of the incidents that hit it or a use of it now', () => {
  const all = [incident({}), incident({ incident: 2, active_steps: ['login'] }), incident({ incident: 3, active_steps: [] })];
  expect(ofStep(all, 'send-mail').map((one) => one.incident)).toEqual([1]);
  expect(ofObjective([...all, incident({ incident: 4, state: 'closed' })], 'compose-mail').map((one) => one.incident)).toEqual([1, 2, 3]);
});

test('since when and for how long is told by minutes', () => {
  const now = Date.parse('2026-03-01T14:14:20Z');
  expect(lasted(incident({}), now)).toBe('12 min');
  expect(when(incident({}), now)).toMatch(/^since \d\d:\d\d, 12 min$/);
  expect(when(incident({ ended_at: '2026-03-01T15:10:00Z' }), now)).toMatch(/^\d\d:\d\d to \d\d:\d\d, 1 h 8 min$/);
});

test('what is lost has what is sure of it, and who acts has words', () => {
  expect(lostWords({ gross: 120.4, net: 1, low: 95, high: 150 })).toBe('120 attempts (between 95 and 150, at 99%)');
  expect(lostWords({ gross: 1, net: 1, low: 1, high: 1 })).toBe('1 attempt');
  expect(lostWords(null)).toBe('not known yet');
  expect(lostWords({ gross: 0, net: 0, low: 0, high: 0 })).toBe('no attempts');
  expect([routeWords({ route: 'sre' }), routeWords({ route: 'queue', team: 'outbox-team' }), routeWords({ route: null })]).toEqual(['SRE is paged', 'in the queue of outbox-team', 'nobody is told yet']);
});

test('a level says whose it is, and what it was at its worst', () => {
  expect(levelWords(incident({}))).toBe('major');
  expect(levelWords(incident({ level: 'minor' }))).toBe('minor, major at its worst');
  expect(levelWords(incident({ is_overridden: true, level: null }))).toBe('no incident, as somebody said; major by the rules');
  expect(levelWords(incident({ state: 'closed', level: null }))).toBe('major at its worst');
});

test('a timeline leaves out what is counted again and again, and says how much', () => {
  const event = (what: string) => ({ at: OPENED, by: 'Milepost', what, text: what, step: what === 'lost' ? 'compose-mail/send-mail' : null });
  const detail = { timeline: ['opened', 'step-hit', 'lost', 'kpi-lost', 'note'].map(event) };
  expect(timeline(detail, false)).toMatchObject({ hidden: 2 });
  expect(timeline(detail, true).rows.map((row) => row.kind)).toEqual(['opened', 'step hit', 'lost', 'kpi lost', 'note']);
  expect(timeline(detail, true).rows[2]?.step).toBe('send-mail');
});

test('what came is told against what is usual once that is learnt', () => {
  const window = { minutes: 5, attempts: 40, failed: 0, timed_out: 0, slow: 0, expected: 100, expected_at_least: 80, missing: 60, impact: 0.6, impact_at_least: 0.4, is_enough: true };
  const item = { windows: [window, { ...window, minutes: 30, expected: null, missing: 0 }] } as unknown as SeverityItem;
  expect(expectedWords(item)).toEqual(['40 attempts in 5 min, 100 usual; 60 never came', '40 attempts in 30 min; what is usual is not learnt yet']);
});
