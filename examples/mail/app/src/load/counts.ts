/** Exact counts of what was sent, per step, class and outcome, as the sender saw it. */

import { PRODUCT } from '../product.js';

export type Outcome = 'success' | 'failure' | 'timeout' | 'abandoned';

/** A request that got no answer, because the sender did not wait. */
export const DROPPED = 499;

/** Codes that mean something else to a step than they usually do, as the registry says. */
const FAILURES: Partial<Record<string, number[]>> = { 'open-message': [404], 'send-mail': [413] };

export function outcomeOf(step: string, httpStatus: number): Outcome {
  if (httpStatus === DROPPED) return 'abandoned';
  if (httpStatus === 504) return 'timeout';
  const failures = [408, 429, ...(FAILURES[step] ?? [])];
  return httpStatus >= 500 || failures.includes(httpStatus) ? 'failure' : 'success';
}

export interface StepCount {
  readonly step: string;
  readonly class: string;
  requests: number;
  readonly outcomes: Partial<Record<Outcome, number>>;
  readonly statuses: Record<string, number>;
}

export interface OtherCount {
  readonly operation: string;
  readonly class: string;
  requests: number;
}

export class Counts {
  private readonly steps = new Map<string, StepCount>();
  private readonly others = new Map<string, OtherCount>();
  private readonly mail = new Map<string, { class: string; accepted: number; seen: number }>();
  private unanswered = 0;

  /** A request that is an attempt of a step. */
  attempt(step: string, trafficClass: string, httpStatus: number): void {
    const key = `${step} ${trafficClass}`;
    const count = this.steps.get(key) ?? { step, class: trafficClass, requests: 0, outcomes: {}, statuses: {} };
    this.steps.set(key, count);
    const outcome = outcomeOf(step, httpStatus);
    count.requests += 1;
    count.outcomes[outcome] = (count.outcomes[outcome] ?? 0) + 1;
    count.statuses[httpStatus] = (count.statuses[httpStatus] ?? 0) + 1;
  }

  /** A request that serves no step of the registry. */
  other(operation: string, trafficClass: string): void {
    const key = `${operation} ${trafficClass}`;
    const count = this.others.get(key) ?? { operation, class: trafficClass, requests: 0 };
    this.others.set(key, count);
    count.requests += 1;
  }

  /** A message that webmail has accepted, so that it should be received and filtered. */
  accepted(trafficClass: string): void {
    this.mailOf(trafficClass).accepted += 1;
  }

  /** A message that its recipient has seen in the inbox. */
  seen(trafficClass: string): void {
    this.mailOf(trafficClass).seen += 1;
  }

  /** A request that found no server; servers have not counted it either. */
  lost(): void {
    this.unanswered += 1;
  }

  /** Everything, in the order of names. */
  toJSON(): object {
    const sorted = <T>(map: Map<string, T>) => [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    return {
      product: PRODUCT,
      steps: sorted(this.steps),
      without_step: sorted(this.others),
      mail: sorted(this.mail),
      unanswered: this.unanswered,
    };
  }

  /** Requests that were sent and answered. */
  total(): number {
    return [...this.steps.values(), ...this.others.values()].reduce((sum, { requests }) => sum + requests, 0);
  }

  private mailOf(trafficClass: string) {
    const count = this.mail.get(trafficClass) ?? { class: trafficClass, accepted: 0, seen: 0 };
    this.mail.set(trafficClass, count);
    return count;
  }
}
