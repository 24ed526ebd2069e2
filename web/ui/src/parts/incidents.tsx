// Incidents where something else is shown: those that go on, one line each, with how bad they are and the way to them.
import { places } from '../address.ts';
import type { Incident } from '../api/client.ts';
import { useDeed, useIncidents } from '../api/incidents.ts';
import { useVisitor } from '../api/session.ts';
import { ofObjective, ofStep, routeWords, when } from '../view/incidents.ts';
import { Link } from './link.tsx';
import { Glyph } from './state.tsx';

// A level in the product's own words; a shape says that it is one.
export function Level({ incident }: { incident: Pick<Incident, 'level' | 'state' | 'is_overridden' | 'worst_level'> }) {
  const isOpen = incident.state === 'open';
  const text = isOpen ? incident.level : incident.worst_level;
  return <span className={`level ${isOpen ? 'open' : 'over'}`}>{isOpen ? <Glyph state="bad" /> : <Glyph state="good" />}{text ?? 'no level'}{incident.is_overridden ? '*' : ''}</span>;
}

type OpenProps = { product: string; step?: string; objective?: string };

export function OpenIncidents({ product, step, objective }: OpenProps) {
  const incidents = useIncidents(product, 'open');
  const all = (incidents.data?.items ?? []).filter((one) => one.state === 'open');
  const shown = step === undefined ? (objective === undefined ? all : ofObjective(all, objective)) : ofStep(all, step);
  if (shown.length === 0) return null;
  const now = Date.now();
  return (
    <section className="open-incidents" aria-label="Open incidents">
      <ul>
        {shown.map((one) => (
          <li key={one.incident}>
            <Level incident={one} />
            <span className="incident-line">
              <Link href={places.incident(product, `${one.incident}`)}>{one.title}</Link>
              <span className="quiet"> {when(one, now)} · {routeWords(one)} · {one.acknowledged_by ? `taken by ${one.acknowledged_by}` : <strong>nobody has taken it</strong>}{one.suspected ? <> · suspected: <bdi>{one.suspected}</bdi></> : null}</span>
              {one.cost ? <span className="incident-cost"><bdi>{one.cost}</bdi></span> : null}
            </span>
            {one.acknowledged_by ? null : <Take product={product} incident={one} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

// What whoever is on call does first, without going to another page.
function Take({ product, incident }: { product: string; incident: Incident }) {
  const visitor = useVisitor();
  const deed = useDeed(product, `${incident.incident}`);
  if (!visitor.data?.may_write) return null;
  return (
    <>
      <button type="button" className="take" disabled={deed.isPending} onClick={() => deed.mutate({ verb: 'acknowledge', body: {} })}>
        I have it<span className="hidden">: {incident.title}</span>
      </button>
      {deed.error ? <p className="wrong" role="alert">Not done: {deed.error.message}</p> : null}
    </>
  );
}
