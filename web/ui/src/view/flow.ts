// Where the steps of a flow stand, from what comes before what. Pure; knows no pixels.
export type FlowStep = { name: string; after: string[] };

export type Place = { name: string; column: number; row: number };
export type Edge = { from: string; to: string };
export type Flow = { places: Place[]; edges: Edge[]; columns: number; rows: number };

// A column is one further than the furthest step before it; rows of a column are in the order of the registry.
export function layout(steps: FlowStep[]): Flow {
  const known = new Map(steps.map((step) => [step.name, step]));
  const columns = new Map<string, number>();
  const columnOf = (step: FlowStep, seen: Set<string>): number => {
    const done = columns.get(step.name);
    if (done !== undefined) return done;
    // The registry refuses circles; a page must end all the same.
    if (seen.has(step.name)) return 0;
    const within = new Set(seen).add(step.name);
    const before = step.after.flatMap((name) => known.get(name) ?? []);
    const column = before.reduce((most, one) => Math.max(most, columnOf(one, within) + 1), 0);
    columns.set(step.name, column);
    return column;
  };
  const used = new Map<number, number>();
  const places = steps.map((step) => {
    const column = columnOf(step, new Set());
    const row = used.get(column) ?? 0;
    used.set(column, row + 1);
    return { name: step.name, column, row };
  });
  const edges = steps.flatMap((step) => step.after.filter((name) => known.has(name)).map((from) => ({ from, to: step.name })));
  const rows = Math.max(0, ...used.values());
  return { places, edges: direct(edges), columns: Math.max(0, ...used.keys()) + (steps.length > 0 ? 1 : 0), rows };
}

// Without what follows from the others: an edge beside a longer way between the same two steps says nothing.
function direct(edges: Edge[]): Edge[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const reaches = (from: string, to: string, seen: Set<string>): boolean => {
    if (seen.has(from)) return false;
    seen.add(from);
    return (next.get(from) ?? []).some((one) => one === to || reaches(one, to, seen));
  };
  return edges.filter(({ from, to }) => !(next.get(from) ?? []).some((one) => one !== to && reaches(one, to, new Set([from]))));
}
