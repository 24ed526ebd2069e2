import { describe, expect, test } from 'vitest';
import type { Objective, Step } from '../api/client.ts';
import { densityOf, headline, kindsOf, matches, nowWords, objectiveViews, shortly, worstState } from './overview.ts';

type Impact = NonNullable<Objective['steps'][number]['live']['impact']>;
type Use = [step: string, state: string, more?: { optional?: boolean; criticality?: string; failed?: number; ratio?: number; reason?: string; impact?: Partial<Impact> }];

const NO_IMPACT: Impact = { slow: 0, answered: 10, missing: 0, usual: null, minutes: 5, level: null, rank: null, since: null, is_recovering: false };

function objective(name: string, ...uses: Use[]): Objective {
  const steps = uses.map(([step, state, more = {}]) => ({
    path: `${name}/${step}`,
    after: [],
    optional: more.optional ?? false,
    criticality: more.criticality ?? 'critical',
    declared_at: 'objective',
    live: { step, state, reason: more.reason ?? null, valid: state === 'no-data' ? 0 : 10, good: 5, failed: more.failed ?? 0, abandoned: 0, ratio: more.ratio ?? 1, impact: more.impact ? { ...NO_IMPACT, ...more.impact } : null },
  }));
  return { product: 'mail', name, title: name, description: '', owner: null, stage: 'live', criticality: 'critical', steps };
}

const titles = [{ step: 'send', title: 'Send mail' }, { step: 'login', title: 'Login' }] as Step[];
const told = (...objectives: Objective[]) => headline(objectiveViews(objectives, titles));

describe('the headline', () => {
  test('names the step that is worst off, and says how many attempts failed', () => {
    const { title, extent, detail, state, worst } = told(
      objective('compose', ['login', 'good'], ['spell', 'bad', { criticality: 'important', ratio: 0.1, failed: 9 }], ['send', 'bad', { failed: 4, ratio: 0.6 }]),
    );
    expect([state, title, extent, worst?.step]).toEqual(['bad', 'Send mail fails', 'in 40% of attempts', 'send']);
    expect(detail).toBe('4 attempts of 10 failed in the last 5 minutes. spell is in trouble, too. The rest does well.');
  });

  test('says what hurts users most, be it that they fail, wait, or never come', () => {
    const slow = told(objective('a', ['send', 'bad', { impact: { slow: 6 } }]));
    expect([slow.title, slow.extent, slow.detail]).toEqual(['Send mail is too slow', 'in 60% of successes', '6 of 10 successes took longer than promised in the last 5 minutes. All other steps do well.']);
    const missing = told(objective('a', ['send', 'bad', { failed: 1, impact: { slow: 2, missing: 60, usual: 80 } }]));
    expect([missing.title, missing.extent, missing.detail]).toEqual(['Too few users get to Send mail', '', '60 attempts of the 80 that usually come in 5 minutes did not. All other steps do well.']);
    expect(told(objective('a', ['send', 'bad', { failed: 7, ratio: 0.3, impact: { slow: 2 } }])).title).toBe('Send mail fails');
  });

  test('takes for worst what the rules of severity say is worst', () => {
    const { worst } = told(
      objective('a', ['login', 'bad', { failed: 9, ratio: 0.1 }], ['send', 'bad', { criticality: 'none', impact: { slow: 6, level: 'minor', rank: 2 } }], ['inbox', 'bad', { impact: { slow: 5, level: 'major', rank: 0 } }]),
    );
    expect(worst?.step).toBe('inbox');
  });

  test('says that steps do well again while their level is not yet lowered', () => {
    const impact = { level: 'minor', rank: 2, is_recovering: true };
    const { state, title, detail, worst } = told(objective('a', ['send', 'good', { impact }], ['login', 'good']));
    expect([state, title, worst]).toEqual(['good', 'All 2 steps do well for users again', null]);
    expect(detail).toBe('Judged by the attempts of the last 5 minutes. Send mail is counted as minor until that has lasted.');
  });

  test('counts a step once that several objectives share', () => {
    expect(told(objective('a', ['login', 'good']), objective('b', ['login', 'good'], ['send', 'good'])).title).toBe('All 2 steps do well for users');
  });

  test('tells silence and ignorance apart from success', () => {
    expect(told(objective('a', ['login', 'no-data'])).state).toBe('no-data');
    expect(told(objective('a', ['login', 'no-data'], ['send', 'good'])).title).toBe('The step that users took does well');
    const unknown = told(objective('a', ['login', 'unknown', { reason: 'no telemetry of any kind since noon' }]));
    expect([unknown.title, unknown.detail, unknown.worst]).toEqual(['How users fare is unknown', 'No telemetry of any kind since noon. Ingest shows what arrives.', null]);
    expect(told().title).toBe('No steps yet');
  });
});

test('a step that users may leave out spoils its objective only where it fails', () => {
  const of = (state: string) => worstState(objectiveViews([objective('a', ['login', 'good'], ['spell', state, { optional: true }])], [])[0]?.uses ?? [], new Set());
  expect([of('no-data'), of('unknown'), of('bad')]).toEqual(['good', 'good', 'bad']);
});

test('a shared step that was taken for another objective does not make one silent, and one that nobody takes does', () => {
  const states = (...objectives: Objective[]) => objectiveViews(objectives, titles).map((view) => view.state);
  const reading = objective('read', ['login', 'good']);
  expect(states(objective('compose', ['login', 'no-data'], ['send', 'good']), reading)).toEqual(['good', 'good']);
  expect(states(objective('compose', ['login', 'good'], ['send', 'no-data']), reading)).toEqual(['no-data', 'good']);
  expect(states(objective('compose', ['login', 'no-data']), reading)).toEqual(['no-data', 'good']);
  expect(told(objective('compose', ['login', 'no-data'], ['send', 'good']), reading).title).toBe('All 2 steps do well for users');
});

test('a map of many steps shows only what is not well in words', () => {
  const many = Array.from({ length: 40 }, (_, at) => objective(`o${at}`, ...Array.from({ length: 12 }, (_, step): Use => [`s${step}`, 'good'])));
  expect([densityOf(objectiveViews(many, [])), densityOf(objectiveViews(many.slice(0, 2), []))]).toEqual(['compact', 'full']);
});

test('objectives are found by their own name and by those of their steps', () => {
  const [view] = objectiveViews([objective('compose', ['send', 'good'])], titles);
  expect(['COMP', 'mail', 'login'].map((text) => view && matches(view, text))).toEqual([true, true, false]);
});

test('a step in few words says what hurts its users, and of a step that heals how long it counts', () => {
  const of = (...use: Use) => objectiveViews([objective('a', use)], titles)[0]?.uses[0];
  const words = (...use: Use) => {
    const view = of(...use);
    return view ? shortly(view) : '';
  };
  expect(words('send', 'bad', { failed: 5, ratio: 0.5 })).toBe('50% failed · 5\u00a0of\u00a010');
  expect(words('send', 'bad', { impact: { slow: 8 } })).toBe('80% too slow · 8\u00a0of\u00a010');
  expect(words('send', 'bad', { impact: { missing: 60, usual: 80 } })).toBe('60 of 80 never came');
  expect(words('send', 'good', { impact: { slow: 1 } })).toBe('10 attempts');
  expect(words('send', 'no-data')).toBe('no attempts in 5 min');
  const shared = objectiveViews([objective('a', ['login', 'no-data']), objective('b', ['login', 'good'])], titles)[0]?.uses[0];
  expect(shared ? shortly(shared) : '').toBe('only for other objectives');
  const live = objective('a', ['send', 'good', { impact: { level: 'minor', is_recovering: true } }]).steps[0]?.live;
  expect(live ? nowWords(live) : '').toBe('5 of 10 attempts succeeded in the last 5 minutes. It is counted as minor until that has lasted.');
});

test('a tile says only what is not so of all of its objective', () => {
  expect(kindsOf({ isOptional: false, criticality: 'critical' }, 'critical')).toEqual([]);
  expect(kindsOf({ isOptional: true, criticality: 'important' }, 'critical')).toEqual(['optional', 'important when taken']);
  expect(kindsOf({ isOptional: false, criticality: 'important' }, 'critical')).toEqual(['important']);
  expect(kindsOf({ isOptional: false, criticality: 'none' }, 'critical')).toEqual(['not critical']);
  expect(kindsOf({ isOptional: false, criticality: 'none' }, null)).toEqual([]);
});
