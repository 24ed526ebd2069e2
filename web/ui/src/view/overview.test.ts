import { describe, expect, test } from 'vitest';
import type { Objective, Step } from '../api/client.ts';
import { densityOf, headline, matches, objectiveViews, worstState } from './overview.ts';

type Use = [step: string, state: string, more?: { optional?: boolean; criticality?: string; failed?: number; ratio?: number; reason?: string }];

function objective(name: string, ...uses: Use[]): Objective {
  const steps = uses.map(([step, state, more = {}]) => ({
    path: `${name}/${step}`,
    after: [],
    optional: more.optional ?? false,
    criticality: more.criticality ?? 'critical',
    declared_at: 'objective',
    live: { step, state, reason: more.reason ?? null, valid: state === 'no-data' ? 0 : 10, good: 5, failed: more.failed ?? 0, abandoned: 0, ratio: more.ratio ?? 1 },
  }));
  return { product: 'mail', name, title: name, description: '', owner: null, stage: 'live', criticality: 'critical', steps };
}

const titles = [{ step: 'send', title: 'Send mail' }, { step: 'login', title: 'Login' }] as Step[];
const told = (...objectives: Objective[]) => headline(objectiveViews(objectives, titles));

describe('the headline', () => {
  test('names the step that is worst off, and says how many attempts failed', () => {
    const { title, detail, state, worst } = told(
      objective('compose', ['login', 'good'], ['spell', 'bad', { criticality: 'important', ratio: 0.1, failed: 9 }], ['send', 'bad', { failed: 4, ratio: 0.6 }]),
    );
    expect([state, title, worst?.step]).toEqual(['bad', 'Send mail fails for users', 'send']);
    expect(detail).toBe('4 attempts of 10 failed in the last 5 minutes. 1 other step fails, too. The rest does well.');
  });

  test('counts a step once that several objectives share', () => {
    expect(told(objective('a', ['login', 'good']), objective('b', ['login', 'good'], ['send', 'good'])).title).toBe('All 2 steps do well for users');
  });

  test('tells silence and ignorance apart from success', () => {
    expect(told(objective('a', ['login', 'no-data'])).state).toBe('no-data');
    expect(told(objective('a', ['login', 'no-data'], ['send', 'good'])).title).toBe('The step that users took does well');
    const unknown = told(objective('a', ['login', 'unknown', { reason: 'no telemetry of any kind since noon' }]));
    expect([unknown.title, unknown.detail]).toEqual(['How users fare is unknown', 'No telemetry of any kind since noon. Ingest shows what arrives.']);
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
