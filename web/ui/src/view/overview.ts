// What a product's map says as a whole: its headline, and which objectives need a look. Pure.
import type { Live, LiveImpact, Objective, Step, StepUse } from '../api/client.ts';
import { asState, count, percent, plural, readable, sentence, type State } from './words.ts';

export type UseView = {
  step: string;
  title: string;
  state: State;
  criticality: string;
  isOptional: boolean;
  reason: string | null;
  valid: number;
  // Attempts at the step for other objectives.
  elsewhere: number;
  failed: number;
  ratio: number | null;
  impact: LiveImpact | null;
};

export type ObjectiveView = {
  name: string;
  title: string;
  criticality: string | null;
  stage: string;
  state: State;
  uses: UseView[];
  // What it is found by: its names and those of its steps, in small letters.
  words: string;
};

export type Headline = {
  state: State;
  title: string;
  // How much of it, to be read after the title; nothing where there is nothing to say.
  extent: string;
  detail: string;
  // The step to look at first; none where all do well, and where nothing can be said of any.
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
  const attempts = new Map<string, number>();
  for (const { live } of objectives.flatMap((objective) => objective.steps)) attempts.set(live.step, (attempts.get(live.step) ?? 0) + live.valid);
  const views = objectives.map(({ name, title, stage, criticality, steps: uses }) => ({
    name,
    title,
    stage,
    criticality: criticality ?? null,
    uses: uses.map((use) => useView(use, titles, attempts)),
  }));
  const tried = new Set([...attempts].filter(([, valid]) => valid > 0).map(([step]) => step));
  return views.map((view) => {
    const words = [view.title, view.name, ...view.uses.flatMap((use) => [use.title, use.step])].join('\n').toLowerCase();
    return { ...view, state: worstState(view.uses, tried), words };
  });
}

function useView(use: StepUse, titles: Map<string, string>, attempts: Map<string, number>): UseView {
  const { live } = use;
  return {
    step: live.step,
    title: titles.get(live.step) ?? live.step,
    state: asState(live.state),
    criticality: use.criticality,
    isOptional: use.optional,
    reason: live.reason ?? null,
    valid: live.valid,
    elsewhere: (attempts.get(live.step) ?? 0) - live.valid,
    failed: live.failed,
    ratio: live.ratio ?? null,
    impact: live.impact ?? null,
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

// Worst first: by state, then by how bad it is by the rules, then by how important it is, then by how many attempts are hurt.
export function compareUses(a: UseView, b: UseView): number {
  return (
    URGENCY[b.state] - URGENCY[a.state] ||
    rankOf(a) - rankOf(b) ||
    weightOf(b.criticality) - weightOf(a.criticality) ||
    hurtOf(b) - hurtOf(a) ||
    // Names are of small letters and digits; thousands are compared.
    (a.step < b.step ? -1 : Number(a.step > b.step))
  );
}

// A level says more than none, and the first in the product's list the most; what does well again has it only until it is lowered.
const rankOf = (use: UseView) => (use.state === 'bad' && use.impact ? (use.impact.rank ?? NO_RANK) : NO_RANK);
const NO_RANK = 1_000;

// The share of attempts that is hurt in the way that hurts most.
function hurtOf({ ratio, impact }: UseView): number {
  const share = (part: number, whole: number | null | undefined) => (whole ? part / whole : 0);
  return Math.max(1 - (ratio ?? 1), impact ? share(impact.slow, impact.answered) : 0, impact ? share(impact.missing, impact.usual) : 0);
}

export type Trouble = 'fails' | 'slow' | 'missing';

// In which way most users are hurt.
export function troubleOf({ failed, impact }: Pick<UseView, 'failed' | 'impact'>): Trouble {
  const [slow, missing] = [impact?.slow ?? 0, impact?.missing ?? 0];
  if (missing > failed && missing >= slow) return 'missing';
  return slow > failed ? 'slow' : 'fails';
}

const TROUBLED: Record<Trouble, (title: string) => string> = {
  fails: (title) => `${title} fails`,
  slow: (title) => `${title} is too slow`,
  missing: (title) => `Too few users get to ${title}`,
};

export function headline(objectives: ObjectiveView[]): Headline {
  const uses = worstUses(objectives);
  const of = (state: State) => uses.filter((use) => use.state === state);
  const [bad, unknown, silent] = [of('bad'), of('unknown'), of('no-data')];
  const worst = uses[0] ?? null;
  if (!worst) return { state: 'no-data', title: 'No steps yet', extent: '', detail: 'The registry has no objective with steps.', worst: null };
  if (bad.length > 0) {
    return { state: 'bad', title: TROUBLED[troubleOf(worst)](worst.title), extent: extentOf(worst), detail: `${hurt(worst)} ${others(bad.slice(1), unknown.length, silent.length)}`, worst };
  }
  if (unknown.length > 0) {
    const title = unknown.length === uses.length ? 'How users fare is unknown' : `${plural(unknown.length, 'step')} of ${uses.length} cannot be judged`;
    return { state: 'unknown', title, extent: '', detail: `${sentenceOf(worst.reason)} Ingest shows what arrives.`, worst: unknown.length === uses.length ? null : worst };
  }
  if (silent.length === uses.length) {
    return { state: 'no-data', title: 'No attempts of users in 5 minutes', extent: '', detail: 'Telemetry arrives, but none of it is an attempt of a user.', worst };
  }
  const quiet = silent.length > 0 ? ` ${plural(silent.length, 'step')} had no attempts in 5 minutes.` : '';
  return { state: 'good', title: wellTitle(of('good'), silent.length > 0), extent: '', detail: `Judged by the attempts of the last 5 minutes.${recovering(uses)}${quiet}`, worst: null };
}

// Failing in one attempt of a hundred and in all of them are not the same news.
function extentOf(use: UseView): string {
  const { valid, failed, impact } = use;
  const trouble = troubleOf(use);
  if (trouble === 'fails' && valid > 0) return `in ${percent(failed / valid)} of attempts`;
  if (trouble === 'slow' && impact && impact.answered > 0) return `in ${percent(impact.slow / impact.answered)} of successes`;
  return '';
}

// How the steps beside the worst one are.
function others(bad: UseView[], unknown: number, silent: number): string {
  const words = [
    ...(bad.length > 0 ? [`${bad.length === 1 && bad[0] ? `${bad[0].title} is` : `${count(bad.length)} other steps are`} in trouble, too.`] : []),
    ...(unknown > 0 ? [`${plural(unknown, 'step')} cannot be judged.`] : []),
    ...(silent > 0 ? [`${plural(silent, 'step')} had no attempts.`] : []),
  ];
  return words.length === 0 ? 'All other steps do well.' : `${words.join(' ')} The rest does well.`;
}

function wellTitle(good: UseView[], isSomeSilent: boolean): string {
  const again = good.some(isRecovering) ? ' again' : '';
  if (!isSomeSilent) return `${good.length === 1 ? 'The step does' : `All ${good.length} steps do`} well for users${again}`;
  return `${good.length === 1 ? 'The step' : `All ${good.length} steps`} that users took ${good.length === 1 ? 'does' : 'do'} well${again}`;
}

const isRecovering = ({ state, impact }: UseView) => state === 'good' && Boolean(impact?.level && impact.is_recovering);

// Why there is an incident although all is well.
function recovering(uses: UseView[]): string {
  const [first, ...more] = uses.filter(isRecovering);
  if (!first) return '';
  const who = more.length === 0 ? `${first.title} is` : `${first.title} and ${plural(more.length, 'other step')} are`;
  return ` ${who} counted as ${more.length === 0 ? first.impact?.level : 'hit'} until that has lasted.`;
}

function hurt(use: UseView): string {
  const { impact } = use;
  if (impact && troubleOf(use) === 'missing') return `${plural(impact.missing, 'attempt')} of the ${count(impact.usual ?? 0)} that usually come in ${impact.minutes} minutes did not.`;
  if (impact && troubleOf(use) === 'slow') return `${count(impact.slow)} of ${plural(impact.answered, 'success', 'successes')} took longer than promised in the last 5 minutes.`;
  return `${plural(use.failed, 'attempt')} of ${count(use.valid)} failed in the last 5 minutes.`;
}

// Kept in one line.
const part = (some: number, all: number) => `${count(some)}\u00a0of\u00a0${count(all)}`;

// A use in a few words, for where there is little room.
export function shortly(use: Pick<UseView, 'state' | 'valid' | 'failed' | 'impact'> & { elsewhere?: number }): string {
  const { state, valid, elsewhere = 0, failed, impact } = use;
  if (state === 'unknown') return 'unknown';
  const trouble = troubleOf(use);
  if (state === 'bad' && impact && trouble === 'missing') return `${count(impact.missing)} of ${count(impact.usual ?? 0)} never came`;
  if (valid === 0) return elsewhere > 0 ? 'only for other objectives' : 'no attempts in 5 min';
  if (state === 'bad' && impact && trouble === 'slow') return `${percent(impact.slow / impact.answered)} too slow · ${part(impact.slow, impact.answered)}`;
  return failed > 0 ? `${percent(failed / valid)} failed · ${part(failed, valid)}` : plural(valid, 'attempt');
}

// What kind of use it is, where that is not what all of the objective are.
export function kindsOf({ isOptional, criticality }: Pick<UseView, 'isOptional' | 'criticality'>, ofObjective: string | null): string[] {
  const matters = criticality === 'none' ? 'not critical' : `${criticality}${isOptional ? ' when taken' : ''}`;
  return [...(isOptional ? ['optional'] : []), ...(criticality === (ofObjective ?? 'none') ? [] : [matters])];
}

// How a step does now, in sentences.
export function nowWords(live: Live): string {
  const { reason, good, valid, impact } = live;
  const told = reason ?? `${count(good)} of ${plural(valid, 'attempt')} succeeded in the last 5 minutes`;
  const isLowered = live.state === 'good' && impact?.level && impact.is_recovering;
  return `${sentence(readable(told))}.${isLowered ? ` It is counted as ${impact.level} until that has lasted.` : ''}`;
}

const sentenceOf = (text: string | null) => (text ? `${text[0]?.toUpperCase()}${text.slice(1)}.` : '');

// How much of each use is shown: where there is much of it, only what is not well has words.
export function densityOf(objectives: ObjectiveView[]): 'full' | 'compact' {
  const uses = objectives.reduce((sum, objective) => sum + objective.uses.length, 0);
  return uses > 60 ? 'compact' : 'full';
}

export function matches({ words }: ObjectiveView, text: string): boolean {
  return words.includes(text.trim().toLowerCase());
}
