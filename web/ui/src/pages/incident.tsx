// An incident: how bad it is and why, whom it hurts and by how much, what is suspected, what people do about it, and what has happened.
import { places } from '../address.ts';
import type { IncidentDetail, SeverityItem } from '../api/client.ts';
import { reportPath, useIncident, useSeverity } from '../api/incidents.ts';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/notice.tsx';
import { Glyph } from '../parts/state.tsx';
import { amount } from '../view/kpis.ts';
import { changesOf, levelWords, lostWords, reasons, routeWords, STATE_OF, when } from '../view/incidents.ts';
import { clock, count, plural, readable, sentence } from '../view/words.ts';
import { Deeds } from './incident/deeds.tsx';
import { Hits } from './incident/hits.tsx';
import { Timeline } from './incident/timeline.tsx';

export default function IncidentPage({ product, incident }: { product: string; incident: string }) {
  const query = useIncident(product, incident);
  const severity = useSeverity(product);
  return <Answered query={query}>{(data) => <Shown product={product} detail={data} severities={severity.data?.items ?? []} />}</Answered>;
}

const UNTOLD = 'What users lost is known within three minutes.';

function Shown({ product, detail, severities }: { product: string; detail: IncidentDetail; severities: SeverityItem[] }) {
  const isOpen = detail.state === 'open';
  return (
    <article>
      <header className="page-head">
        <p className="kind"><Link href={places.incidents(product)}>Incident</Link> {detail.incident}</p>
        <h1>{detail.title}</h1>
        <p className="lead">{sentence(when(detail, Date.now()))}. {detail.kind === 'impact' ? (detail.lost ? `${lostWords(detail.lost)} lost so far.` : UNTOLD) : 'While nothing is received, nobody knows what users lose.'}</p>
      </header>
      <section className={`summary ${isOpen ? 'bad' : 'good'}`} aria-label="How it stands" aria-live="polite">
        <Glyph state={isOpen ? 'bad' : 'good'} />
        <div>
          <h2>{isOpen ? `It goes on: ${levelWords(detail)}` : `It is ${STATE_OF[detail.state] ?? detail.state}: ${levelWords(detail)}`}</h2>
          <p>{detail.routed ?? routeWords(detail)}. {detail.acknowledged_by ? <>Taken by <bdi>{detail.acknowledged_by}</bdi>{detail.acknowledged_at ? ` at ${clock(detail.acknowledged_at, false)}` : ''}.</> : isOpen ? 'Nobody has taken it yet.' : ''}</p>
          {detail.overridden ? <p className="quiet"><bdi>{detail.overridden.by}</bdi> said so at {clock(detail.overridden.at, false)}: {detail.overridden.reason}</p> : null}
          {detail.merged_into ? <p>Its steps are part of <Link href={places.incident(product, `${detail.merged_into}`)}>incident {detail.merged_into}</Link>: they have one cause.</p> : null}
        </div>
      </section>
      <Impact detail={detail} />
      <Cause product={product} detail={detail} />
      <Hits product={product} hits={detail.hits} />
      <Why product={product} severities={reasons(severities, detail.incident)} isOpen={isOpen} />
      <Deeds product={product} detail={detail} />
      <Timeline product={product} detail={detail} report={reportPath(product, `${detail.incident}`)} />
    </article>
  );
}

function Impact({ detail }: { detail: IncidentDetail }) {
  if (detail.kind !== 'impact') {
    return detail.silent.length === 0 ? null : (
      <section aria-labelledby="impact">
        <h2 id="impact">What is silent</h2>
        <ul className="rows">{detail.silent.map((source) => <li key={source}><bdi>{source}</bdi></li>)}</ul>
      </section>
    );
  }
  const { lost } = detail;
  return (
    <section aria-labelledby="impact">
      <h2 id="impact">What users lost</h2>
      <ul className="figures">
        <li>
          <strong>{lost ? plural(Math.round(lost.gross), 'attempt') : 'Not known yet'}</strong>
          <span className="quiet">{!lost || Math.round(lost.low) === Math.round(lost.high) ? '' : `between ${count(Math.round(lost.low))} and ${count(Math.round(lost.high))}, at 99%: `}those that were bad, and those that never came</span>
        </li>
        {!lost || Math.round(lost.net) === Math.round(lost.gross) ? null : (
          <li>
            <strong>{plural(Math.round(lost.net), 'attempt')} net</strong>
            <span className="quiet">without what came more than usual afterwards</span>
          </li>
        )}
        {detail.kpis.map((kpi) => (
          <li key={kpi.kpi}>
            <strong><bdi>{kpi.title}</bdi>: {amount(kpi.lost)} <bdi>{kpi.unit}</bdi></strong>
            <span className="quiet">{kpi.low === kpi.high ? '' : `at least ${amount(kpi.low)}${kpi.high === null || kpi.high === undefined ? '; how much at most is not known' : `, at most ${amount(kpi.high)}`}, at 99%: `}what failed attempts would have added, and those that never came</span>
          </li>
        ))}
        {detail.kpis.length === 0 && detail.cost ? <li><strong><bdi>{detail.cost}</bdi></strong><span className="quiet">it is added up when a minute is over</span></li> : null}
        <li>
          <strong>{plural(detail.active_steps.length, 'step')} hit now</strong>
          <span className="quiet">of {plural(detail.steps.length, 'step')} that were, for {plural(detail.objectives.length, 'objective')}</span>
        </li>
      </ul>
    </section>
  );
}

function Cause({ product, detail }: { product: string; detail: IncidentDetail }) {
  const changes = changesOf(detail);
  const { suspicion } = detail;
  return (
    <section aria-labelledby="cause">
      <h2 id="cause">Suspected cause</h2>
      {suspicion ? (
        <p>
          <strong><bdi>{suspicion.text}</bdi></strong>
          {suspicion.owner ? <span className="quiet"> owned by <bdi>{suspicion.owner}</bdi></span> : null}
          {suspicion.service ? <> · <Link href={places.services(product)}>its service</Link></> : null}
        </p>
      ) : (
        <p className="quiet">Nothing is suspected: no operation was seen to fail, to take longer or to end attempts, and nothing was changed.</p>
      )}
      <h3>Changes</h3>
      {changes.length === 0 ? <p className="quiet">None is known around the time when it began.</p> : (
        <ul className="rows">{changes.map((event) => <li key={`${event.at}${event.text}`}><time>{clock(event.at)}</time> <bdi>{event.text}</bdi></li>)}</ul>
      )}
    </section>
  );
}

// The verdict of the rules, line by line.
function Why({ product, severities, isOpen }: { product: string; severities: SeverityItem[]; isOpen: boolean }) {
  if (severities.length === 0) return isOpen ? <section><h2>Why it is that bad</h2><p className="quiet">The rules are being looked at.</p></section> : null;
  return (
    <section aria-labelledby="why">
      <h2 id="why">Why it is that bad</h2>
      {severities.map((one) => (
        <details key={one.path} className="reason" open={severities.length === 1}>
          <summary><strong>{one.title}</strong>: {one.level ?? 'no level'}{one.since ? ` since ${clock(one.since, false)}` : ''}</summary>
          <ol>{one.explanation.map((line, at) => <li key={at}>{readable(line)}</li>)}</ol>
          <Link href={places.step(product, one.path.split('/').at(-1) ?? one.path)}>Look at {one.title}</Link>
        </details>
      ))}
    </section>
  );
}
