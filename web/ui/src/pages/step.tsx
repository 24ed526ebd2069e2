// A step: how it does, what explains its failures, how it did over a time and how bad that is, what it promises by each method, what it is in words, and on
// what it depends.
import { go, places, useAddress, withQuery } from '../address.ts';
import { API, type Measured, type Series, type SloAnswer, type StepDetail } from '../api/client.ts';
import { seriesPath, useAsOf, useObjectives, useSeries, useSlosNamed, useStep } from '../api/queries.ts';
import { Chart, type Line } from '../parts/chart.tsx';
import { OpenIncidents } from '../parts/incidents.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Failure } from '../parts/notice.tsx';
import { RangeField, useRange } from '../parts/range.tsx';
import { SloTable } from '../parts/slo_table.tsx';
import { Criticality, Glyph, StateWord } from '../parts/state.tsx';
import { minutesOf, resolutionOf, type Span } from '../time/range.ts';
import { worstOf } from '../view/overview.ts';
import { columns, floorOf, latencyColumns, settled, spanOf, type Columns } from '../view/series.ts';
import { asState, count, milliseconds, percent, sentence, spaced, STATE_WORDS } from '../view/words.ts';
import { Dependencies } from './step/dependencies.tsx';
import { Explained } from './step/explained.tsx';
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
        <OverTime product={product} detail={detail} slos={known} span={span} />
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
            <span>{sentence(use.live.reason ?? `${count(use.live.good)} of ${count(use.live.valid)} attempts succeeded in the last 5 minutes`)}.</span>
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
              <td className="number">{count(row.failed)}</td>
              <td className="number">{count(row.abandoned)}</td>
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

type OverTimeProps = { product: string; detail: StepDetail; slos: SloAnswer[]; span: Span };

function OverTime({ product, detail, slos, span }: OverTimeProps) {
  const part = resolutionOf(minutesOf(span, new Date()));
  const path = seriesPath(product, detail.step, span, part, useAsOf());
  const series = useSeries(path);
  const { query } = useAddress();
  const of = chosenOf(detail.measured, query.get('of'));
  const csv = `${API}${path}&format=csv`;
  return (
    <Answered query={series}>
      {(data) => {
        const covered = data.covered;
        if (!covered) return null;
        const parts = columns(data.items, of, covered, part);
        const same = slos.filter((slo) => slo.method === of.method && slo.class === of.class);
        const shared = { span: spanOf(covered), csv, part: data.resolution };
        return (
          <div className="charts">
            <Success parts={parts} promise={promiseOf(same)} {...shared} />
            <Latency series={data} of={of} slos={same} span={shared.span} />
            <Traffic parts={parts} {...shared} />
            <Incomplete series={data} />
          </div>
        );
      }}
    </Answered>
  );
}

// The strictest availability that is promised, as a share.
function promiseOf(slos: SloAnswer[]): { share: number; text: string } | null {
  const targets = slos.filter((slo) => slo.type === 'availability').map((slo) => ({ share: Number.parseFloat(slo.target) / 100, text: slo.target }));
  return targets.sort((a, b) => b.share - a.share)[0] ?? null;
}

type PartsProps = { parts: Columns; span: [number, number]; csv: string; part: string };

function Success({ parts, promise, span, csv, part }: PartsProps & { promise: { share: number; text: string } | null }) {
  const { sure, open } = settled(parts.ratio, parts.isProvisional);
  const say = (value: number, index: number) =>
    `${percent(value)} of ${count(parts.valid[index] ?? 0)}${parts.isProvisional[index] ? ' (provisional)' : ''}`;
  const lines: Line[] = [
    { label: 'upper bound', values: parts.high, colour: 'tint', kind: 'edge' },
    { label: 'lower bound', values: parts.low, colour: 'tint', kind: 'edge' },
    { label: 'succeeded', values: sure, colour: 'ink', kind: 'line', say },
    { label: 'succeeded', values: open, colour: 'ink', kind: 'dashed', say },
  ];
  if (promise) lines.push({ label: 'promised', values: parts.times.map(() => promise.share), colour: 'promise', kind: 'limit', say: () => promise.text });
  const floor = floorOf(parts.ratio, promise?.share ?? null);
  const note = floor > 0 ? `The axis begins at ${percent(floor)}, not at 0.` : null;
  return (
    <Chart
      title={`Succeeded, by ${part}`}
      times={parts.times}
      span={span}
      lines={lines}
      band={[0, 1]}
      axis={percent}
      bounds={[floor, 1 + (1 - floor) * 0.04]}
      csv={csv}
      note={note}
    />
  );
}

function Traffic({ parts, span, csv, part }: PartsProps) {
  const total = parts.valid.map((valid, index) => valid + (parts.abandoned[index] ?? 0));
  const lines: Line[] = [
    { label: 'attempts', values: total, colour: 'traffic', kind: 'bars', say: count },
    { label: 'failed', values: parts.failed, colour: 'bad', kind: 'bars', say: count },
    { label: 'given up', values: parts.abandoned, colour: 'quiet', kind: 'edge', say: count },
  ];
  return <Chart title={`Attempts, by ${part}`} times={parts.times} span={span} lines={lines} axis={count} csv={csv} height={130} />;
}

// What each latency SLO takes for slow is drawn beside how long attempts took.
function Latency({ series, of, slos, span }: { series: Series; of: { method: string; class: string }; slos: SloAnswer[]; span: [number, number] }) {
  const parts = latencyColumns(series.latency, of, span);
  if (parts.p50.every((value) => value === null)) {
    return <p className="quiet">How long attempts took is known of the last 24 hours, and there is nothing of this time.</p>;
  }
  const limits = slos.flatMap((slo) => (typeof slo.threshold_ms === 'number' ? [{ limit: slo.threshold_ms, text: `${slo.target} within ${milliseconds(slo.threshold_ms)}` }] : []));
  const lines: Line[] = [
    { label: 'median', values: parts.p50, colour: 'ink', kind: 'steps', say: milliseconds },
    { label: '95 of 100 within', values: parts.p95, colour: 'link', kind: 'steps', say: milliseconds },
    { label: '99 of 100 within', values: parts.p99, colour: 'quiet', kind: 'steps', say: milliseconds },
    ...limits.map(({ limit, text }): Line => ({ label: 'promised', values: parts.times.map(() => limit), colour: 'promise', kind: 'limit', say: () => text })),
  ];
  return <Chart title="How long they took, by hour" times={parts.times} span={span} lines={lines} axis={milliseconds} />;
}

function Incomplete({ series }: { series: Series }) {
  const lost = series.incomplete ?? [];
  if (lost.length === 0) return null;
  return (
    <p className="stale" role="status">
      Counts of {lost.length === 1 ? 'one hour' : `${lost.length} hours`} are lost in part, since a file is damaged: what is told of them is too low.
    </p>
  );
}
