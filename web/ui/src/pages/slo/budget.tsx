// The error budget over a time: what was spent of it part by part, with the maintenance that is taken out, and the same without taking it out.
import { API, type SloAnswer, type SloSeries } from '../../api/client.ts';
import { sloSeriesPath, useAsOf, useChanges, useSloSeries } from '../../api/queries.ts';
import { Chart, type Line } from '../../parts/chart.tsx';
import { Answered } from '../../parts/notice.tsx';
import { RangeField } from '../../parts/range.tsx';
import { minutesOf, resolutionOf, type Span } from '../../time/range.ts';
import { budget } from '../../view/budget.ts';
import { changeMarks, type Mark } from '../../view/marks.ts';
import { settled, spanOf } from '../../view/series.ts';
import { count, percent, spent } from '../../view/words.ts';

type BudgetProps = { product: string; slo: SloAnswer; chosen: Span | null; span: Span };

export function Budget({ product, slo, chosen, span }: BudgetProps) {
  const part = resolutionOf(minutesOf(span, new Date()));
  const path = sloSeriesPath(product, slo.name, span, part, useAsOf());
  const series = useSloSeries(path);
  const changes = useChanges(product, slo.step, span);
  const marks = changeMarks(changes.data?.items ?? []);
  const csv = `${API}${path}&format=csv`;
  return (
    <section aria-labelledby="budget">
      <div className="section-head">
        <h2 id="budget">Error budget{chosen ? '' : ' over the window so far'}</h2>
        <RangeField unset="window so far" />
      </div>
      <Answered query={series}>{(data) => <Drawn slo={slo} series={data} csv={csv} changes={marks} />}</Answered>
      <Both slo={slo} />
    </section>
  );
}

function Drawn({ slo, series, csv, changes }: { slo: SloAnswer; series: SloSeries; csv: string; changes: Mark[] }) {
  const { covered } = series;
  if (!covered) return null;
  const isOfEvents = slo.unit === 'events';
  const parts = budget(series.items, isOfEvents ? slo.allowed_bad : 0, covered, series.resolution);
  const { sure, open } = settled(parts.spent, parts.isProvisional);
  const isCorrected = series.maintenances.some((one) => one.error_budget === 'excluded');
  const all = isCorrected ? parts.recorded : parts.spent;
  const most = Math.max(1, ...all.filter((value) => value !== null));
  const spentLines: Line[] = [
    { label: 'spent', values: sure, colour: 'ink', kind: 'line', say: (value) => spent(value) },
    { label: 'spent', values: open, colour: 'ink', kind: 'dashed', say: (value) => `${spent(value)} (provisional)` },
    { label: 'all of it', values: parts.times.map(() => 1), colour: 'bad', kind: 'limit', say: () => '100%' },
    ...(isCorrected ? [{ label: 'with maintenance', values: parts.recorded, colour: 'quiet', kind: 'dashed', say: spent } satisfies Line] : []),
  ];
  const countLines: Line[] = [
    { label: 'valid', values: parts.valid, colour: 'traffic', kind: 'bars', say: count },
    { label: 'not good', values: parts.bad, colour: 'bad', kind: 'bars', say: count },
  ];
  const shared = { times: parts.times, span: spanOf(covered), csv, marks: [...marksOf(series), ...changes] };
  return (
    <div className="charts">
      {isOfEvents ? (
        <Chart title="Budget spent in this time, added up" lines={spentLines} axis={percent} bounds={[0, most * 1.08]} {...shared} />
      ) : (
        <p className="quiet">Its budget is counted in {slo.unit}; here are the events that they are made of.</p>
      )}
      <Chart title={`Counted, by ${series.resolution}`} lines={countLines} axis={count} height={130} {...shared} />
    </div>
  );
}

function marksOf(series: SloSeries): Mark[] {
  return series.maintenances.map((one) => ({
    from: Date.parse(one.from) / 1_000,
    to: Date.parse(one.to) / 1_000,
    kind: one.error_budget === 'excluded' ? 'excluded' : 'silent',
    label: `Maintenance: ${one.title || one.name}${one.error_budget === 'excluded' ? '' : ' (counts, alerts are silent)'}`,
  }));
}

// The numbers with and without what maintenance takes out.
function Both({ slo }: { slo: SloAnswer }) {
  const { recorded } = slo;
  if (!recorded) return null;
  const rows = [
    { title: 'As it counts, without maintenance', of: slo },
    { title: 'As it was recorded', of: recorded },
  ];
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="With and without maintenance, over the window so far">
      <table>
        <thead>
          <tr>
            <th scope="col">Over the window so far</th>
            <th scope="col" className="number">Valid</th>
            <th scope="col" className="number">Not good</th>
            <th scope="col" className="number">Ratio</th>
            <th scope="col" className="number">Budget spent</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ title, of }) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              <td className="number">{count(of.valid)}</td>
              <td className="number">{count(of.valid - of.good)}</td>
              <td className="number">{percent(of.ratio)}</td>
              <td className="number">{spent(of.budget_spent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
