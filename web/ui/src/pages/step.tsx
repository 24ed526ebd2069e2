// A step: how it does, what explains its failures, how it did over a time and how bad that is, what it promises by each method, what it is in words, and on
// what it depends.
import { go, places, useAddress, withQuery } from '../address.ts';
import type { Measured, StepDetail } from '../api/client.ts';
import { useObjectives, useSlosNamed, useStep } from '../api/queries.ts';
import { Count } from '../parts/count.tsx';
import { OpenIncidents } from '../parts/incidents.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Failure } from '../parts/notice.tsx';
import { RangeField, useRange } from '../parts/range.tsx';
import { SloTable } from '../parts/slo_table.tsx';
import { Criticality, Glyph, StateWord } from '../parts/state.tsx';
import type { Span } from '../time/range.ts';
import { nowWords, worstOf } from '../view/overview.ts';
import { asState, count, milliseconds, percent, spaced, STATE_WORDS } from '../view/words.ts';
import { Dependencies } from './step/dependencies.tsx';
import { Explained } from './step/explained.tsx';
import { OverTime } from './step/over_time.tsx';
import { Severity } from './step/severity.tsx';
import { Words } from './step/words.tsx';

export default function StepPage({ product, step }: { product: string; step: string }) {
  const { span } = useRange();
  const query = useStep(product, step, span);
  return <Answered query={query}>{(detail) => <Shown product={product} detail={detail} span={span} />}</Answered>;
}

function Shown({ product, detail, span }: { product: string; detail: StepDetail; span: Span }) {
  const slos = useSlosNamed(product, detail.slos);
  const known = slos.flatMap((slo) => (slo.data ? [slo.data] : []));
  const failed = slos.find((slo) => slo.error && !slo.data)?.error;
  const { query } = useAddress();
  return (
    <article>
      <header className="page-head">
        <p className="kind">Step</p>
        <h1>{detail.title}</h1>
        <p className="lead">{detail.description}</p>
        <p className="marks">
          <Criticality of={detail.criticality} />
          {detail.asynchronous ? <span className="mark">asynchronous: goes on after the user has moved on</span> : null}
          {detail.stage === 'live' ? null : <span className="mark">{detail.stage}</span>}
          {detail.owner ? <span className="mark">owned by {detail.owner}</span> : null}
        </p>
      </header>
      <Now product={product} step={detail.step} />
      <OpenIncidents product={product} step={detail.step} />
      <Explained product={product} step={detail.step} span={span} />
      <section aria-labelledby="over-time">
        <div className="section-head">
          <h2 id="over-time">Over time</h2>
          <RangeField />
        </div>
        <Measures measured={detail.measured} />
        <OverTime product={product} step={detail.step} of={chosenOf(detail.measured, query.get('of'))} slos={known} span={span} />
      </section>
      <Severity product={product} step={detail.step} />
      <section aria-labelledby="promises">
        <h2 id="promises">What it promises</h2>
        {failed ? <Failure error={failed} /> : null}
        {detail.slos.length === 0 ? (
          <p className="quiet">It promises nothing yet. <code>milepost suggest --data DIR</code> proposes targets that its history supports.</p>
        ) : (
          <SloTable product={product} slos={known} caption={`SLOs of ${detail.title}, by method`} />
        )}
      </section>
      <Words detail={detail} product={product} />
      <Dependencies product={product} detail={detail} />
    </article>
  );
}

// How it does in each objective, by the last minutes.
function Now({ product, step }: { product: string; step: string }) {
  const objectives = useObjectives(product);
  const uses = (objectives.data?.items ?? []).flatMap((objective) =>
    objective.steps.filter((use) => use.live.step === step).map((use) => ({ objective, use })),
  );
  if (uses.length === 0) return null;
  const state = worstOf(uses.map(({ use }) => asState(use.live.state)));
  return (
    <section className={`summary ${state}`} aria-label="How it does now" aria-live="polite">
      <Glyph state={state} />
      <ul className="now">
        {uses.map(({ objective, use }) => (
          <li key={objective.name}>
            <strong>
              {uses.length > 1 ? <StateWord state={use.live.state} /> : STATE_WORDS[asState(use.live.state)]} in{' '}
              <Link href={places.objective(product, objective.name)}>{objective.title}</Link>
            </strong>
            <span>{nowWords(use.live)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Measures({ measured }: { measured: Measured[] }) {
  const address = useAddress();
  const chosen = chosenOf(measured, address.query.get('of'));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Attempts by method and class">
      <table className="measures">
        <thead>
          <tr>
            <th scope="col">Measured by</th>
            <th scope="col">Traffic</th>
            <th scope="col" className="number">Attempts</th>
            <th scope="col" className="number">Succeeded</th>
            <th scope="col" className="number">Failed</th>
            <th scope="col" className="number">Given up</th>
            <th scope="col" className="number">Median</th>
            <th scope="col" className="number">95 of 100 within</th>
          </tr>
        </thead>
        <tbody>
          {measured.map((row) => (
            <tr key={keyOf(row)} className={keyOf(row) === keyOf(chosen) ? 'chosen' : ''}>
              <th scope="row">
                <button
                  type="button"
                  className="plain"
                  aria-pressed={keyOf(row) === keyOf(chosen)}
                  onClick={() => go(withQuery(address, { of: keyOf(row) }), 'replace')}
                >
                  {spaced(row.method)}
                </button>
              </th>
              <td>{row.class}</td>
              <td className="number">{count(row.valid)}</td>
              <td className="number">{percent(row.ratio)}</td>
              <td className="number"><Count of={row.failed} /></td>
              <td className="number"><Count of={row.abandoned} /></td>
              <td className="number">{milliseconds(row.latency_ms?.p50)}</td>
              <td className="number">{milliseconds(row.latency_ms?.p95)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const keyOf = (row: { method: string; class: string }) => `${row.method}/${row.class}`;
const USERS = { method: 'service', class: 'interactive' };

function chosenOf(measured: Measured[], key: string | null): { method: string; class: string } {
  return measured.find((row) => keyOf(row) === key) ?? measured.find((row) => keyOf(row) === keyOf(USERS)) ?? measured[0] ?? USERS;
}
