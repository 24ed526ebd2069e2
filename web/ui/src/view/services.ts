// Operations by service, what criticality a service inherits from steps, and the matrix of services and steps. Pure.
import type { MatrixItem, Operation, Step } from '../api/client.ts';
import { weightOf } from './overview.ts';

export const DIFFERENCES: Record<string, string> = {
  'as-declared': 'as declared',
  'never-seen': 'declared, never seen',
  'not-declared': 'seen, not declared',
};

// Of operations of which only callers tell, who do not know whom they call.
export const UNKNOWN_SERVICE = 'Service not known';

// By name, and what is not known last.
const inOrder = (a: string, b: string) => Number(a === UNKNOWN_SERVICE) - Number(b === UNKNOWN_SERVICE) || a.localeCompare(b);

export function byService(operations: Operation[]): [string, Operation[]][] {
  const services = new Map<string, Operation[]>();
  for (const operation of operations) {
    const service = operation.service ?? UNKNOWN_SERVICE;
    services.set(service, [...(services.get(service) ?? []), operation]);
  }
  return [...services].sort(([a], [b]) => inOrder(a, b));
}

// The highest criticality of the steps that need an operation; what is optional is important at most.
export function criticalityOf(operations: Operation[], steps: Step[]): string {
  const known = new Map(steps.map((step) => [step.step, step.criticality]));
  let highest = 'none';
  for (const use of operations.flatMap((operation) => operation.steps)) {
    const of = known.get(use.step) ?? 'none';
    const inherited = use.need === 'optional' && of === 'critical' ? 'important' : of;
    if (weightOf(inherited) > weightOf(highest)) highest = inherited;
  }
  return highest;
}

export type Cell = { events: number; failed: number };
export type Matrix = { services: string[]; columns: string[]; cells: Map<string, Cell> };

export function matrix(items: MatrixItem[]): Matrix {
  const cells = new Map<string, Cell>();
  for (const item of items) {
    const key = `${item.service ?? UNKNOWN_SERVICE}\n${item.step}`;
    const cell = cells.get(key) ?? { events: 0, failed: 0 };
    cells.set(key, { events: cell.events + item.events, failed: cell.failed + item.failed });
  }
  const sorted = (names: string[]) => [...new Set(names)].sort(inOrder);
  return { services: sorted(items.map((item) => item.service ?? UNKNOWN_SERVICE)), columns: sorted(items.map((item) => item.step)), cells };
}
