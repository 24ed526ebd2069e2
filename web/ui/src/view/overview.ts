// What a product's map says as a whole: its headline, and which objectives need a look. Pure.
import type { Objective, Step, StepUse } from '../api/client.ts';
import { asState, plural, type State } from './words.ts';

export type UseView = {
  step: string;
  title: string;
  state: State;
  criticality: string;
  isOptional: boolean;
  reason: string | null;
  valid: number;
  failed: number;
  ratio: number | null;
};

export type ObjectiveView = { name: string; title: string; criticality: string | null; stage: string; state: State; uses: UseView[] };

export type Headline = {
  state: State;
  title: string;
  detail: string;
  // The step to look at first.
  worst: UseView | null;
};

// From what stops users to what is merely not known.
const URGENCY: Record<State, number> = { bad: 3, unknown: 2, 'no-data': 1, good: 0 };
const WEIGHT: Record<string, number> = { critical: 2, important: 1 };

export function weightOf(criticality: string | null): number {
  return (criticality && WEIGHT[criticality]) || 0;
}

export function objectiveViews(objectives: Objective[], steps: Step[]): ObjectiveView[] {
  const titles = new Map(steps.map((step) => [step.step, step.title]));
  const views = objectives.map(({ name, title, stage, criticality, steps: uses }) => ({
    name,
    title,
    stage,
    criticality: criticality ?? null,
    uses: uses.map((use) => useView(use, titles)),
  }));
  const tried = new Set(views.flatMap((view) => view.uses.filter((use) => use.valid > 0).map((use) => use.step)));
  return views.map((view) => ({ ...view, state: worstState(view.uses, tried) }));
}

function useView(use: StepUse, titles: Map<string, string>): UseView {
  const { live } = use;
  return {
    step: live.step,
    title: titles.get(live.step) ?? live.step,
    state: asState(live.state),
    criticality: use.criticality,
    isOptional: use.optional,
    reason: live.reason ?? null,
    valid: live.valid,
    failed: live.failed,
    ratio: live.ratio ?? null,
  };
}

// An objective is as its required steps are; one that may be left out makes it bad only if it is bad. A shared step that was taken for another objective
// is not silent.
export function worstState(uses: UseView[], tried: Set<string>): State {
  const counts = (use: UseView) => (use.state === 'no-data' ? !use.isOptional && !tried.has(use.step) : !use.isOptional || use.state === 'bad');
  const states = uses.filter(counts).map((use) => use.state);
  // Nobody has come for it at all.
  return uses.length > 0 && uses.every((use) => use.state === 'no-data') ? 'no-data' : worstOf(states);
}

export function worstOf(states: State[]): State {
  return states.reduce((worst, state) => (URGENCY[state] > URGENCY[worst] ? state : worst), 'good');
}

// The use of each step that is worst off; steps that are shared count once.
export function worstUses(objectives: ObjectiveView[]): UseView[] {
  const worst = new Map<string, UseView>();
  for (const use of objectives.flatMap((objective) => objective.uses)) {
    const known = worst.get(use.step);
    // Where it was taken says more than where it was not.
    const isMore = !known || (known.state === 'no-data' ? use.state !== 'no-data' : use.state !== 'no-data' && compareUses(use, known) < 0);
    if (isMore) worst.set(use.step, use);
  }
  return [...worst.values()].sort(compareUses);
}

// Worst first: by state, then by how important it is, then by how many fail.
export function compareUses(a: UseView, b: UseView): number {
  return (
    URGENCY[b.state] - URGENCY[a.state] ||
    weightOf(b.criticality) - weightOf(a.criticality) ||
    (a.ratio ?? 1) - (b.ratio ?? 1) ||
    a.step.localeCompare(b.step)
  );
}

export function headline(objectives: ObjectiveView[]): Headline {
  const uses = worstUses(objectives);
  const of = (state: State) => uses.filter((use) => use.state === state);
  const [bad, unknown, silent] = [of('bad'), of('unknown'), of('no-data')];
  const worst = uses[0] ?? null;
  if (!worst) return { state: 'no-data', title: 'No steps yet', detail: 'The registry has no objective with steps.', worst: null };
  if (bad.length > 0) {
    return { state: 'bad', title: `${worst.title} fails for users`, detail: `${failing(worst)} ${others(bad.length - 1, unknown.length, silent.length)}`, worst };
  }
  if (unknown.length > 0) {
    const title = unknown.length === uses.length ? 'How users fare is unknown' : `${plural(unknown.length, 'step')} of ${uses.length} cannot be judged`;
    return { state: 'unknown', title, detail: `${sentenceOf(worst.reason)} Ingest shows what arrives.`, worst };
  }
  if (silent.length === uses.length) {
    return { state: 'no-data', title: 'No attempts of users in 5 minutes', detail: 'Telemetry arrives, but none of it is an attempt of a user.', worst };
  }
  const quiet = silent.length > 0 ? ` ${plural(silent.length, 'step')} had no attempts in 5 minutes.` : '';
  const good = of('good').length;
  return { state: 'good', title: silent.length > 0 ? `${good === 1 ? 'The step' : `All ${good} steps`} that users took ${good === 1 ? 'does' : 'do'} well` : `All ${plural(good, 'step')} do well for users`, detail: `Judged by the attempts of the last 5 minutes.${quiet}`, worst: null };
}

// How the steps beside the worst one are.
function others(bad: number, unknown: number, silent: number): string {
  const words = [
    ...(bad > 0 ? [`${plural(bad, 'other step')} ${bad === 1 ? 'fails' : 'fail'}, too.`] : []),
    ...(unknown > 0 ? [`${plural(unknown, 'step')} cannot be judged.`] : []),
    ...(silent > 0 ? [`${plural(silent, 'step')} had no attempts.`] : []),
  ];
  return words.length === 0 ? 'All other steps do well.' : `${words.join(' ')} The rest does well.`;
}

function failing(use: UseView): string {
  return `${plural(use.failed, 'attempt')} of ${use.valid.toLocaleString('en')} failed in the last 5 minutes.`;
}

const sentenceOf = (text: string | null) => (text ? `${text[0]?.toUpperCase()}${text.slice(1)}.` : '');

// How much of each use is shown: where there is much of it, only what is not well has words.
export function densityOf(objectives: ObjectiveView[]): 'full' | 'compact' {
  const uses = objectives.reduce((sum, objective) => sum + objective.uses.length, 0);
  return uses > 60 ? 'compact' : 'full';
}

export function matches(objective: ObjectiveView, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const has = (word: string) => word.toLowerCase().includes(wanted);
  return wanted === '' || has(objective.title) || has(objective.name) || objective.uses.some((use) => has(use.title) || has(use.step));
}
