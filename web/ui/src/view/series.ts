// Points of a series as columns that a chart draws, for one method and class. Pure.
import type { ExpectedPoint, Point } from '../api/client.ts';

export type Columns = {
  // Beginnings of parts, in seconds.
  times: number[];
  ratio: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  valid: number[];
  failed: number[];
  abandoned: number[];
  isProvisional: boolean[];
};

export type Part = 'minute' | 'hour' | 'day';

const SECONDS: Record<Part, number> = { minute: 60, hour: 3_600, day: 86_400 };
// As many as the server gives.
const MOST_PARTS = 10_000;

// Each part of the time has a place: those without an attempt are gaps, for no data is not success.
export function columns(points: Point[], of: { method: string; class: string }, covered: { from: string; to: string }, part: Part): Columns {
  const known = new Map<number, Point>();
  for (const point of points) {
    if (point.method === of.method && point.class === of.class) known.set(Date.parse(point.start) / 1_000, point);
  }
  const result: Columns = { times: [], ratio: [], low: [], high: [], valid: [], failed: [], abandoned: [], isProvisional: [] };
  const [from, to] = [Date.parse(covered.from) / 1_000, Date.parse(covered.to) / 1_000];
  for (let time = from; time < to && result.times.length < MOST_PARTS; time += SECONDS[part]) {
    const point = known.get(time);
    result.times.push(time);
    result.ratio.push(point?.ratio ?? null);
    result.low.push(point?.interval?.low ?? null);
    result.high.push(point?.interval?.high ?? null);
    result.valid.push(point?.valid ?? 0);
    result.failed.push(point?.failed ?? 0);
    result.abandoned.push(point?.abandoned ?? 0);
    result.isProvisional.push(point?.is_provisional ?? false);
  }
  return result;
}

// The line up to where it is settled, and the rest of it, which is drawn otherwise; they meet at the last settled value.
export function settled(values: (number | null)[], isProvisional: boolean[]): { sure: (number | null)[]; open: (number | null)[] } {
  const first = isProvisional.indexOf(true);
  if (first < 0) return { sure: values, open: values.map(() => null) };
  return {
    sure: values.map((value, index) => (index < first ? value : null)),
    open: values.map((value, index) => (index >= first - 1 ? value : null)),
  };
}

// As many attempts as usually come in each part, and the fewest that chance explains; gaps where that is not learnt.
export function expectedColumns(points: ExpectedPoint[], times: number[]): { usual: (number | null)[]; atLeast: (number | null)[] } {
  const known = new Map(points.map((point) => [Date.parse(point.start) / 1_000, point]));
  return { usual: times.map((time) => known.get(time)?.attempts ?? null), atLeast: times.map((time) => known.get(time)?.at_least ?? null) };
}

// The least share on the axis: all values, the promise, and some room.
export function floorOf(values: (number | null)[], promise: number | null): number {
  const least = Math.min(1, promise ?? 1, ...values.filter((value) => value !== null));
  for (const floor of [0.999, 0.99, 0.95, 0.9, 0.8, 0.5]) if (least > floor + (1 - floor) * 0.1) return floor;
  return 0;
}

export type LatencyPoint = { start: string; method: string; class: string; p50: number; p95: number; p99: number };
export type LatencyColumns = { times: number[]; p50: (number | null)[]; p95: (number | null)[]; p99: (number | null)[] };

// Hours that a time touches; the last one is said again where the time ends, so that it is drawn as long as it is.
export function latencyColumns(points: LatencyPoint[], of: { method: string; class: string }, span: [number, number]): LatencyColumns {
  const known = new Map(points.filter((point) => point.method === of.method && point.class === of.class).map((point) => [Date.parse(point.start) / 1_000, point]));
  const result: LatencyColumns = { times: [], p50: [], p95: [], p99: [] };
  const add = (time: number, point: LatencyPoint | undefined) => {
    result.times.push(time);
    for (const quantile of ['p50', 'p95', 'p99'] as const) result[quantile].push(point?.[quantile] ?? null);
  };
  const first = Math.floor(span[0] / 3_600) * 3_600;
  for (let hour = first; hour < span[1] && result.times.length < MOST_PARTS; hour += 3_600) {
    add(Math.max(hour, span[0]), known.get(hour));
    if (hour + 3_600 >= span[1]) add(span[1], known.get(hour));
  }
  return result;
}

export const spanOf = (covered: { from: string; to: string }): [number, number] => [Date.parse(covered.from) / 1_000, Date.parse(covered.to) / 1_000];
