// The order of SLOs: what burns, then what is broken, then what is spent most. Pure.
import type { BoardItem } from '../api/client.ts';

const FIRING: Record<string, number> = { page: 0, ticket: 1 };
const STATES: Record<string, number> = { bad: 0, unknown: 1, 'no-data': 2, good: 3 };

export function ordered(slos: BoardItem[]): BoardItem[] {
  const urgency = (slo: BoardItem) => FIRING[slo.firing ?? ''] ?? 2;
  return [...slos].sort(
    (a, b) =>
      urgency(a) - urgency(b) ||
      (STATES[a.state] ?? 1) - (STATES[b.state] ?? 1) ||
      (b.budget_spent ?? -1) - (a.budget_spent ?? -1) ||
      (a.name < b.name ? -1 : 1),
  );
}
