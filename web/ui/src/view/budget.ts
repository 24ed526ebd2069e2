// How an error budget went over a time: what was spent so far, part by part, with and without what maintenance takes out. Pure.
export type SloPoint = { start: string; valid: number; good: number; excluded_valid: number; excluded_good: number; is_provisional: boolean };
export type BudgetColumns = {
  times: number[];
  // Shares of the budget of a whole window, added up: of what counts, and of all that was recorded.
  spent: (number | null)[];
  recorded: (number | null)[];
  bad: number[];
  valid: number[];
  isProvisional: boolean[];
};

const SECONDS: Record<string, number> = { minute: 60, hour: 3_600, day: 86_400 };
const MOST_PARTS = 10_000;

// Parts before the first that was counted have no value: what was not counted was not spent, and not kept either.
export function budget(points: SloPoint[], allowedBad: number, covered: { from: string; to: string }, part: string): BudgetColumns {
  const known = new Map(points.map((point) => [Date.parse(point.start) / 1_000, point]));
  const result: BudgetColumns = { times: [], spent: [], recorded: [], bad: [], valid: [], isProvisional: [] };
  const length = SECONDS[part] ?? 60;
  let [bad, all, isCounted] = [0, 0, false];
  const share = (units: number) => (isCounted && allowedBad > 0 ? units / allowedBad : null);
  for (let time = Date.parse(covered.from) / 1_000; time < Date.parse(covered.to) / 1_000 && result.times.length < MOST_PARTS; time += length) {
    const point = known.get(time);
    const here = point ? point.valid - point.good : 0;
    const excluded = point ? point.excluded_valid - point.excluded_good : 0;
    bad += here - excluded;
    all += here;
    isCounted ||= point !== undefined;
    result.times.push(time);
    result.spent.push(share(bad));
    result.recorded.push(share(all));
    result.bad.push(here);
    result.valid.push(point?.valid ?? 0);
    result.isProvisional.push(point?.is_provisional ?? false);
  }
  return result;
}
