// How an error budget went over a time: what was spent so far, part by part. Pure.
export type SloPoint = { start: string; valid: number; good: number; is_provisional: boolean };
export type BudgetColumns = { times: number[]; spent: (number | null)[]; bad: number[]; valid: number[]; isProvisional: boolean[] };

const SECONDS: Record<string, number> = { minute: 60, hour: 3_600, day: 86_400 };
const MOST_PARTS = 10_000;

// Parts before the first that was counted have no value: what was not counted was not spent, and not kept either.
export function budget(points: SloPoint[], allowedBad: number, covered: { from: string; to: string }, part: string): BudgetColumns {
  const known = new Map(points.map((point) => [Date.parse(point.start) / 1_000, point]));
  const result: BudgetColumns = { times: [], spent: [], bad: [], valid: [], isProvisional: [] };
  const length = SECONDS[part] ?? 60;
  let bad = 0;
  let isCounted = false;
  for (let time = Date.parse(covered.from) / 1_000; time < Date.parse(covered.to) / 1_000 && result.times.length < MOST_PARTS; time += length) {
    const point = known.get(time);
    const here = point ? point.valid - point.good : 0;
    bad += here;
    isCounted ||= point !== undefined;
    result.times.push(time);
    result.spent.push(isCounted && allowedBad > 0 ? bad / allowedBad : null);
    result.bad.push(here);
    result.valid.push(point?.valid ?? 0);
    result.isProvisional.push(point?.is_provisional ?? false);
  }
  return result;
}
