// KPIs in a few words: what they came to in a time, what failed attempts would have added, and what nobody knows. Pure.
import type { Kpi, KpiImpactWindow, LostKpi } from '../api/client.ts';
import { count, percent, plural } from './words.ts';

// A number of a KPI as people say it: with its first three digits from 100 on, and at most two after the point below.
export function amount(value: number): string {
  if (value < 100) return count(Number(Math.max(0, value).toFixed(2)));
  return count(Number(value.toPrecision(3)));
}

// `500 euros`; `about 1,200 messages (900 to 1,500, at 99%)` where that is not sure.
export function lostAmount({ lost, low, high }: { lost: number; low: number; high?: number | null }, unit: string): string {
  if (high === null || high === undefined) return `about ${amount(lost)} ${unit} (at least ${amount(low)}, at 99%)`;
  return low === high ? `${amount(lost)} ${unit}` : `about ${amount(lost)} ${unit} (${amount(low)} to ${amount(high)}, at 99%)`;
}

export type KpiLine = {
  kpi: string;
  title: string;
  // Whether there is a number; nobody tried, which is not nothing; or nobody knows.
  state: 'told' | 'no-data' | 'unknown';
  realised: string;
  // What is lost, or why that is not known; nothing where no attempt was made.
  lost: string | null;
  isLost: boolean;
  // What is not in the numbers.
  note: string | null;
};

export function kpiLine(kpi: Kpi): KpiLine {
  const { title, unit } = kpi;
  const attempts = kpi.counted + kpi.without + kpi.failed;
  const line = { kpi: kpi.kpi, title, note: kpi.description };
  if (attempts === 0) return { ...line, state: 'no-data', realised: 'No data: nobody tried', lost: null, isLost: false };
  const lost = lostOf(kpi);
  if (kpi.counted === 0 && kpi.without > 0) {
    return { ...line, state: 'unknown', realised: `Unknown: none of ${plural(kpi.without, 'success', 'successes')} carried its number`, ...lost };
  }
  const without = kpi.without > 0 && kpi.value ? ` · ${plural(kpi.without, 'success', 'successes')} without a number` : '';
  return { ...line, state: 'told', realised: `${amount(kpi.sum)} ${unit}${without}`, ...lost };
}

function lostOf(kpi: Kpi): { lost: string; isLost: boolean } {
  const { lost, lost_low: low, lost_high: high, failed } = kpi;
  if (failed === 0) return { lost: 'none lost', isLost: false };
  if (lost === null || lost === undefined) return { lost: `what ${plural(failed, 'failed attempt')} would have added is not known`, isLost: true };
  return { lost: `${lostAmount({ lost, low: low ?? 0, ...(high === undefined ? {} : { high }) }, kpi.unit)} lost with ${plural(failed, 'failed attempt')}`, isLost: true };
}

// What an incident has cost of a KPI.
export const lostOfKpi = (kpi: LostKpi) => `${lostAmount(kpi, kpi.unit)} of ${kpi.title}`;

// What a rule about a KPI looks at, of a window.
export function impactWords(of: KpiImpactWindow): string {
  const time = `in ${of.minutes} min`;
  if (of.lost === null || of.lost === undefined || of.expected === null || of.expected === undefined) return `${of.title}: ${time} no attempt has told what it is worth`;
  const enough = of.is_enough ? '' : ', too little to judge';
  return `${of.title}: ${amount(of.lost)} of ${amount(of.expected)} ${of.unit} lost ${time}: impact ${percent(of.impact)}${enough}`;
}
