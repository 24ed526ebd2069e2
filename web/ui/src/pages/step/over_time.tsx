// How a step did over a time: success, how long it took, traffic against what usually comes, and what was changed meanwhile.
import { API, type Change, type ExpectedPoint, type Series, type SloAnswer } from '../../api/client.ts';
import { expectedPath, seriesPath, useAsOf, useChanges, useExpected, useSeries } from '../../api/queries.ts';
import { Chart, type Line } from '../../parts/chart.tsx';
import { Answered } from '../../parts/notice.tsx';
import { minutesOf, resolutionOf, type Span } from '../../time/range.ts';
import { changeMarks, changeWords, toldChanges, type Mark } from '../../view/marks.ts';
import { columns, expectedColumns, floorOf, latencyColumns, settled, spanOf, type Columns } from '../../view/series.ts';
import { clock, count, milliseconds, percent } from '../../view/words.ts';

// More than this nobody reads; the charts have a line for each.
const MOST_LISTED = 10;

type OverTimeProps = { product: string; step: string; of: Of; slos: SloAnswer[]; span: Span };
type Of = { method: string; class: string };

export function OverTime({ product, step, of, slos, span }: OverTimeProps) {
  const part = resolutionOf(minutesOf(span, new Date()));
  const path = seriesPath(product, step, span, part, useAsOf());
  const series = useSeries(path);
  const expected = useExpected(expectedPath(product, step, span, part));
  const changes = useChanges(product, step, span);
  const told = toldChanges(changes.data?.items ?? []);
  const csv = `${API}${path}&format=csv`;
  return (
    <Answered query={series}>
      {(data) => {
        const covered = data.covered;
        if (!covered) return null;
        const parts = columns(data.items, of, covered, part);
        const same = slos.filter((slo) => slo.method === of.method && slo.class === of.class);
        const shared = { span: spanOf(covered), marks: changeMarks(told), isListed: false };
        // Users are who is expected.
        const usual = isOfUsers(of) ? (expected.data?.items ?? []) : [];
        return (
          <div className="charts">
            <Changes changes={told} />
            <Success parts={parts} promise={promiseOf(same)} csv={csv} part={data.resolution} {...shared} />
            <Latency series={data} of={of} slos={same} {...shared} />
            <Traffic parts={parts} usual={usual} csv={csv} part={data.resolution} {...shared} />
            <Incomplete series={data} />
          </div>
        );
      }}
    </Answered>
  );
}

const isOfUsers = (of: Of) => of.method === 'service' && of.class === 'interactive';

// The strictest availability that is promised, as a share.
function promiseOf(slos: SloAnswer[]): { share: number; text: string } | null {
  const targets = slos.filter((slo) => slo.type === 'availability').map((slo) => ({ share: Number.parseFloat(slo.target) / 100, text: slo.target }));
  return targets.sort((a, b) => b.share - a.share)[0] ?? null;
}

type SharedProps = { span: [number, number]; marks: Mark[]; isListed: boolean };
type PartsProps = SharedProps & { parts: Columns; csv: string; part: string };

function Success({ parts, promise, part, ...shared }: PartsProps & { promise: { share: number; text: string } | null }) {
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
      lines={lines}
      band={[0, 1]}
      axis={percent}
      bounds={[floor, 1 + (1 - floor) * 0.04]}
      note={note}
      {...shared}
    />
  );
}

function Traffic({ parts, usual, part, ...shared }: PartsProps & { usual: ExpectedPoint[] }) {
  const total = parts.valid.map((valid, index) => valid + (parts.abandoned[index] ?? 0));
  const expected = expectedColumns(usual, parts.times);
  const say = (value: number, index: number) => `${count(Math.round(value))}, at least ${count(Math.round(expected.atLeast[index] ?? 0))}`;
  const lines: Line[] = [
    { label: 'attempts', values: total, colour: 'traffic', kind: 'bars', say: count },
    { label: 'failed', values: parts.failed, colour: 'bad', kind: 'bars', say: count },
    { label: 'given up', values: parts.abandoned, colour: 'quiet', kind: 'edge', say: count },
  ];
  const first = lines.length;
  if (usual.length > 0) {
    lines.push({ label: 'usual', values: expected.usual, colour: 'link', kind: 'dashed', say });
    lines.push({ label: 'at least', values: expected.atLeast, colour: 'link', kind: 'edge' });
  }
  const note = usual.length > 0 ? 'Tinted: fewer than usual, and still by chance. What stays below it is missing.' : null;
  return (
    <Chart title={`Attempts, by ${part}`} times={parts.times} lines={lines} {...(usual.length > 0 ? { band: [first, first + 1] as [number, number] } : {})} axis={count} height={130} note={note} {...shared} />
  );
}

// What each latency SLO takes for slow is drawn beside how long attempts took.
function Latency({ series, of, slos, ...shared }: SharedProps & { series: Series; of: Of; slos: SloAnswer[] }) {
  const parts = latencyColumns(series.latency, of, shared.span);
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
  return <Chart title="How long they took, by hour" times={parts.times} lines={lines} axis={milliseconds} {...shared} />;
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

// All charts have a line where each lies; here is what it is.
function Changes({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return null;
  const shown = changes.slice(-MOST_LISTED);
  return (
    <section className="changes" aria-label="Changes in this time">
      <h3>Changes</h3>
      <ul>
        {shown.map((change) => (
          <li key={change.id}>
            <span className="mark-swatch change" aria-hidden="true" /> <time dateTime={change.start}>{clock(change.start)}</time> <bdi>{changeWords(change)}</bdi>
            {change.author ? <span className="quiet"> by <bdi>{change.author}</bdi></span> : null}
            {change.end ? <span className="quiet"> until {clock(change.end, false)}</span> : null}
          </li>
        ))}
      </ul>
      {changes.length > shown.length ? <p className="quiet">and {changes.length - shown.length} before them</p> : null}
    </section>
  );
}
