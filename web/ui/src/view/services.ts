// Operations by service, what a service was seen to be beyond what is declared, and the matrix of services and steps. Pure.
import type { MatrixItem, Operation, Service } from '../api/client.ts';

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

// What a service was seen to be beyond what is declared, in words; nothing where it is as declared.
export function beyondDeclared(service: Service, title: (step: string) => string): string | null {
  if (service.difference !== 'higher') return null;
  const served = [...new Set(service.undeclared.filter((use) => use.step === service.observed_step).map((use) => use.operation))];
  const declared = service.criticality ? `declared as ${service.criticality}` : 'declared for no step';
  const step = service.observed_step === null || service.observed_step === undefined ? 'a step' : title(service.observed_step);
  const by = served.length > 0 ? ` by ${served.join(', ')}` : '';
  return `It is ${declared}, and was seen to serve ${step}${by}, which makes it ${service.observed_criticality}: declare the operation at the step, as \`optional\` if the step can do without.`;
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
