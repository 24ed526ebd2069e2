// Stretches and moments laid over charts: which lie where, and what changes look like as such. Pure.
import type { Change } from '../api/client.ts';
import { spaced } from './words.ts';

// Times in seconds. A moment ends when it begins.
export type Mark = { from: number; to: number; kind: 'excluded' | 'silent' | 'alert' | 'change'; label: string };

// The marks that a moment lies in; those of a moment are found in the part of the chart that they lie in.
export function marksAt(marks: Mark[], from: number, to: number): Mark[] {
  return marks.filter((mark) => (mark.to > mark.from ? mark.from < to && mark.to > from : mark.from >= from && mark.from < to));
}

// The next part of a chart in a direction in which something is marked; where there is none, the same.
export function nextMarked(times: number[], marks: Mark[], at: number, direction: 1 | -1): number {
  for (let part = at + direction; part >= 0 && part < times.length; part += direction) {
    if (marksIn(times, marks, part).length > 0) return part;
  }
  return at;
}

// The marks that a part of a chart has; the last part is as long as the one before it.
export function marksIn(times: number[], marks: Mark[], at: number): Mark[] {
  const from = times[at] ?? 0;
  const to = times[at + 1] ?? from + Math.max(60, from - (times[at - 1] ?? from));
  return marksAt(marks, from, to);
}

// What was changed, each once: a version that is seen stands for itself only where nobody told of it.
export function toldChanges(changes: Change[]): Change[] {
  return changes.filter((change) => !change.deploy).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

export function changeMarks(changes: Change[]): Mark[] {
  return toldChanges(changes).map((change) => {
    const at = Date.parse(change.start) / 1_000;
    return { from: at, to: at, kind: 'change', label: changeWords(change) };
  });
}

// `deploy: webmail 2.4 is deployed`, or the title alone where that says what it is.
export function changeWords({ kind, title }: Pick<Change, 'kind' | 'title'>): string {
  return title.toLowerCase().includes(kind) ? title : `${spaced(kind)}: ${title}`;
}
