// Incidents in a few words: how bad, since when, who has it, what is lost; and which of them a step or an objective is part of. Pure.
import type { Incident, IncidentDetail, LostAttempts, SeverityItem } from '../api/client.ts';
import { clock, count, length, plural, spaced } from './words.ts';

// Those that go on first, the newest first among them; the server gives the newest first.
export function ordered(incidents: Incident[]): Incident[] {
  return [...incidents.filter((one) => one.state === 'open'), ...incidents.filter((one) => one.state !== 'open')];
}

export const isOpen = (incident: Incident) => incident.state === 'open';

// `compose-mail/send-mail` is a use of the step `send-mail`.
const stepOf = (path: string) => path.split('/').at(-1) ?? path;

// Those of which a step is hit now.
export function ofStep(incidents: Incident[], step: string): Incident[] {
  return incidents.filter((one) => one.active_steps.some((path) => stepOf(path) === step));
}

export function ofObjective(incidents: Incident[], objective: string): Incident[] {
  return incidents.filter((one) => isOpen(one) && one.objectives.includes(objective));
}

export function lasted(incident: Pick<Incident, 'opened_at' | 'ended_at'>, now: number): string {
  const end = incident.ended_at ? Date.parse(incident.ended_at) : now;
  const minutes = Math.max(0, (end - Date.parse(incident.opened_at)) / 60_000);
  return minutes < 1 ? 'under a minute' : length(minutes);
}

// `since 14:02, 12 min` of one that goes on; `14:02 to 14:20, 18 min` of one that is over. The day where it is not today.
export function when(incident: Pick<Incident, 'opened_at' | 'ended_at'>, now: number): string {
  const isToday = new Date(incident.opened_at).toDateString() === new Date(now).toDateString();
  const from = clock(incident.opened_at, !isToday);
  const to = incident.ended_at ? ` to ${clock(incident.ended_at, new Date(incident.ended_at).toDateString() !== new Date(incident.opened_at).toDateString())}` : '';
  return `${to === '' ? 'since ' : ''}${from}${to}, ${lasted(incident, now)}`;
}

const whole = (attempts: number) => count(Math.round(attempts));

// What users lost, with what is sure of it.
export function lostWords(lost: LostAttempts | null | undefined): string {
  if (!lost) return 'not known yet';
  if (lost.high === 0) return 'no attempts';
  const range = Math.round(lost.low) === Math.round(lost.high) ? '' : ` (between ${whole(lost.low)} and ${whole(lost.high)}, at 99%)`;
  return `${plural(Math.round(lost.gross), 'attempt')}${range}`;
}

// Who must act.
export function routeWords(incident: Pick<Incident, 'route' | 'team'>): string {
  if (incident.route === 'sre') return 'SRE is paged';
  if (incident.route === 'queue') return `in the queue of ${incident.team ?? 'the owning team'}`;
  if (incident.route === 'platform') return 'with the platform team';
  return 'nobody is told yet';
}

// How bad it is, and who says so.
export function levelWords(incident: Pick<Incident, 'level' | 'computed_level' | 'worst_level' | 'is_overridden' | 'state'>): string {
  if (incident.is_overridden) {
    return `${incident.level ?? 'no incident'}, as somebody said; ${incident.computed_level ?? 'none'} by the rules`;
  }
  if (incident.state !== 'open') return incident.worst_level ? `${incident.worst_level} at its worst` : 'no level';
  const worst = incident.worst_level && incident.worst_level !== incident.level ? `, ${incident.worst_level} at its worst` : '';
  return `${incident.level ?? 'no level now'}${worst}`;
}

export const STATE_OF: Record<string, string> = { open: 'goes on', resolved: 'said to be over', closed: 'over' };

// What is counted again and again says little in a timeline.
const COUNTED = ['lost', 'kpi-lost'];

export type TimelineRow = { key: string; at: string; by: string; text: string; step: string | null; kind: string };

export function timeline(detail: Pick<IncidentDetail, 'timeline'>, isAll: boolean): { rows: TimelineRow[]; hidden: number } {
  const wanted = detail.timeline.filter((event) => isAll || !COUNTED.includes(event.what));
  const rows = wanted.map((event, at) => ({
    key: `${event.at}${at}`,
    at: event.at,
    by: event.by,
    text: event.text,
    step: event.step ? stepOf(event.step) : null,
    kind: spaced(event.what),
  }));
  return { rows, hidden: detail.timeline.length - rows.length };
}

export const changesOf = (detail: Pick<IncidentDetail, 'timeline'>) => detail.timeline.filter((event) => event.what === 'change');

// Why its steps have the level that they have, line by line.
export function reasons(severities: SeverityItem[], incident: number): SeverityItem[] {
  return severities.filter((one) => one.incident === incident && one.explanation.length > 0);
}

export const ofPath = (severities: SeverityItem[], step: string) => severities.filter((one) => stepOf(one.path) === step);

// What came against what usually comes, of a window.
export function expectedWords(item: SeverityItem): string[] {
  return item.windows.map((window) => {
    const seen = `${plural(window.attempts, 'attempt')} in ${window.minutes} min`;
    if (window.expected === null || window.expected === undefined) return `${seen}; what is usual is not learnt yet`;
    const missing = window.missing >= 0.5 ? `; ${whole(window.missing)} never came` : '';
    return `${seen}, ${whole(window.expected)} usual${missing}`;
  });
}
