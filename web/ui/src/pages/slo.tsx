// An SLO: its error budget over the window, how fast it burns by tier, and what was agreed of it.
import { places, useAddress } from '../address.ts';
import { API, type Alert, type SloAnswer } from '../api/client.ts';
import { sloSeriesPath, useSlo, useSloSeries } from '../api/queries.ts';
import { Chart, type Line } from '../parts/chart.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/notice.tsx';
import { RangeField, useRange } from '../parts/range.tsx';
import { promise } from '../parts/slo_table.tsx';
import { Glyph } from '../parts/state.tsx';
import { minutesOf, resolutionOf, type Span } from '../time/range.ts';
import { budget } from '../view/budget.ts';
import { settled, spanOf } from '../view/series.ts';
import { asState, burn, clock, count, percent, sentence, spaced, spent, STATE_WORDS } from '../view/words.ts';

export default function SloPage({ product, slo }: { product: string; slo: string }) {
  const query = useSlo(product, slo);
  return <Answered query={query}>{(data) => <Shown product={product} slo={data} />}</Answered>;
}

function Shown({ product, slo }: { product: string; slo: SloAnswer }) {
  return (
    <article>
      <header className="page-head">
        <p className="kind">SLO of <Link href={places.step(product, slo.step)}>{slo.objective ? `${slo.objective}/${slo.step}` : slo.step}</Link></p>
        <h1>{slo.title || slo.name}</h1>
        <p className="lead">{promise(slo)}, measured by the {spaced(slo.method)}, {slo.class} traffic.</p>
      </header>
      <section className={`summary ${asState(slo.state)}`} aria-label="How it stands" aria-live="polite">
        <Glyph state={asState(slo.state)} />
        <div>
          <h2>{standing(slo)}</h2>
          <p>{slo.reason ? `${sentence(slo.reason)}. ` : ''}{budgetWords(slo)}</p>
        </div>
      </section>
      <Notes slo={slo} />
      <Budget product={product} slo={slo} />
      <Burn slo={slo} />
      <Agreed slo={slo} />
      <Counted slo={slo} />
    </article>
  );
}

function standing(slo: SloAnswer): string {
  const state = asState(slo.state);
  if (state === 'good') return `The promise is kept: ${percent(slo.ratio)} so far`;
  if (state === 'bad') return `The promise is broken: ${percent(slo.ratio)} so far, ${slo.target} promised`;
  return STATE_WORDS[state];
}

function budgetWords(slo: SloAnswer): string {
  if (slo.budget_spent === null || slo.budget_spent === undefined) return '';
  const estimate = slo.budget_is_estimate ? ', estimated from less history than the window is long' : '';
  return `${sentence(spent(slo.budget_spent))}${slo.budget_spent >= 10 ? '' : ' of the error budget'} is spent${estimate}.`;
}

function Notes({ slo }: { slo: SloAnswer }) {
  const on = slo.maintenances.filter((one) => one.is_on);
  const notes = [
    slo.history ? `${sentence(slo.history)}.` : null,
    slo.alerts_frozen_since ? `Alerts neither begin nor end since ${clock(slo.alerts_frozen_since)}, because nothing is received.` : null,
    slo.silent_since ? `Nobody is told of its burns since ${clock(slo.silent_since)}, because of maintenance.` : null,
    ...on.map((one) => `Maintenance goes on: ${one.title} (${one.reason}).`),
  ].filter((note) => note !== null);
  return <>{notes.map((note) => <p key={note} className="stale" role="status">{note}</p>)}</>;
}

function Budget({ product, slo }: { product: string; slo: SloAnswer }) {
  const { query } = useAddress();
  const range = useRange();
  const window = slo.window_so_far;
  // Without a choice: what was counted of the window.
  const since = slo.counted_since && window && slo.counted_since > window.from ? slo.counted_since : window?.from;
  const span = query.has('range') || !since ? range.span : { from: since, to: 'now' };
  return (
    <section aria-labelledby="budget">
      <div className="section-head">
        <h2 id="budget">Error budget{query.has('range') ? '' : ' over the window so far'}</h2>
        <RangeField unset="window so far" />
      </div>
      <Drawn product={product} slo={slo} span={span} />
    </section>
  );
}

function Drawn({ product, slo, span }: { product: string; slo: SloAnswer; span: Span }) {
  const part = resolutionOf(minutesOf(span, new Date()));
  const series = useSloSeries(product, slo.name, span, part);
  const csv = `${API}${sloSeriesPath(product, slo.name, span, part)}&format=csv`;
  const isOfEvents = slo.unit === 'events';
  return (
    <Answered query={series}>
      {(data) => {
        const { covered } = data;
        if (!covered) return null;
        const parts = budget(data.items, isOfEvents ? slo.allowed_bad : 0, covered, data.resolution);
        const { sure, open } = settled(parts.spent, parts.isProvisional);
        const most = Math.max(1, ...parts.spent.filter((value) => value !== null));
        const spentLines: Line[] = [
          { label: 'spent', values: sure, colour: 'ink', kind: 'line', say: (value) => spent(value) },
          { label: 'spent', values: open, colour: 'ink', kind: 'dashed', say: (value) => `${spent(value)} (provisional)` },
          { label: 'all of it', values: parts.times.map(() => 1), colour: 'bad', kind: 'limit', say: () => '100%' },
        ];
        const countLines: Line[] = [
          { label: 'valid', values: parts.valid, colour: 'traffic', kind: 'bars', say: count },
          { label: 'not good', values: parts.bad, colour: 'bad', kind: 'bars', say: count },
        ];
        return (
          <div className="charts">
            {isOfEvents ? (
              <Chart title="Budget spent in this time, added up" times={parts.times} span={spanOf(covered)} lines={spentLines} axis={percent} bounds={[0, most * 1.08]} csv={csv} />
            ) : (
              <p className="quiet">Its budget is counted in {slo.unit}; here are the events that they are made of.</p>
            )}
            <Chart title={`Counted, by ${data.resolution}`} times={parts.times} span={spanOf(covered)} lines={countLines} axis={count} csv={csv} height={130} />
          </div>
        );
      }}
    </Answered>
  );
}

function Burn({ slo }: { slo: SloAnswer }) {
  return (
    <section aria-labelledby="burn">
      <h2 id="burn">How fast it burns</h2>
      {slo.alerts.length === 0 ? <p className="quiet">It has no burn alert.</p> : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Burn by tier">
          <table>
            <thead>
              <tr>
                <th scope="col">Tier</th>
                <th scope="col">Fires at</th>
                <th scope="col" className="number">Long window</th>
                <th scope="col" className="number">Short window</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>{slo.alerts.map((alert) => <Tier key={`${alert.urgency}${alert.long.window}`} alert={alert} all={slo.alerts} />)}</tbody>
          </table>
        </div>
      )}
      {slo.alerts_unjudged.map((text) => <p key={text} className="quiet">Not judged: {text}</p>)}
      <p className="quiet">1× spends the budget in exactly one window of the SLO.</p>
    </section>
  );
}

function Tier({ alert, all }: { alert: Alert; all: Alert[] }) {
  const inhibitor = alert.inhibited_by === null || alert.inhibited_by === undefined ? undefined : all[alert.inhibited_by];
  const isFiring = alert.state === 'firing';
  return (
    <tr>
      <th scope="row">{alert.urgency}</th>
      <td>{alert.share} of the budget in {alert.long.window}</td>
      <td className="number">{burn(alert.long.burn_rate)} <span className="quiet">{count(alert.long.bad)} of {count(alert.long.valid)} bad, {alert.long.window}</span></td>
      <td className="number">{burn(alert.short.burn_rate)} <span className="quiet">{count(alert.short.bad)} of {count(alert.short.valid)} bad, {alert.short.window}</span></td>
      <td>
        <span className={`state ${isFiring ? 'bad' : 'no-data'}`}>{isFiring ? <Glyph state="bad" /> : null}{alert.state}</span>
        {alert.since ? <span className="quiet"> since {clock(alert.since)}</span> : null}
        {inhibitor ? <span className="quiet"> · told by {inhibitor.urgency} {inhibitor.long.window}</span> : null}
      </td>
    </tr>
  );
}

function Agreed({ slo }: { slo: SloAnswer }) {
  const { policy, maintenances, recorded } = slo;
  if (!policy && maintenances.length === 0) return null;
  return (
    <section aria-labelledby="agreed">
      <h2 id="agreed">What was agreed</h2>
      <dl className="facts">
        {policy ? (
          <div>
            <dt>Policy</dt>
            <dd>
              {policy.title || policy.name}: {policy.status === 'reached' ? `${policy.reached} of the budget is spent` : spaced(policy.status)}
              {policy.actions.length > 0 ? <ul>{policy.actions.map((action) => <li key={action}>{action}</li>)}</ul> : null}
              {policy.next ? <span className="quiet"> More is due at {policy.next}.</span> : null}
            </dd>
          </div>
        ) : null}
        {maintenances.map((one) => (
          <div key={one.name}>
            <dt>Maintenance</dt>
            <dd>
              {one.title} ({one.is_on ? 'goes on' : 'not now'}): {one.reason}.
              <span className="quiet"> Budget {one.error_budget}, alerts {one.alerts}; by {one.author}, approved by {one.approver}.</span>
            </dd>
          </div>
        ))}
        {recorded ? (
          <div><dt>Without corrections</dt><dd>{percent(recorded.ratio)} of {count(recorded.valid)}, {spent(recorded.budget_spent)} of the budget</dd></div>
        ) : null}
      </dl>
    </section>
  );
}

function Counted({ slo }: { slo: SloAnswer }) {
  return (
    <section aria-labelledby="counted">
      <h2 id="counted">What is counted</h2>
      <dl className="facts">
        <div><dt>So far</dt><dd>{count(slo.good)} good of {count(slo.valid)} valid {slo.unit}{slo.interval ? ` (between ${percent(slo.interval.low)} and ${percent(slo.interval.high)}, at 95%)` : ''}</dd></div>
        {slo.window_so_far ? <div><dt>Window</dt><dd>{slo.window}: {clock(slo.window_so_far.from)} to {clock(slo.window_so_far.to)}</dd></div> : null}
        <div><dt>Valid when</dt><dd><code>{slo.valid_when}</code></dd></div>
        <div><dt>Good when</dt><dd><code>{slo.good_when}</code></dd></div>
        <div><dt>Counted from</dt><dd>{slo.source}; indicator <code>{slo.indicator}</code></dd></div>
        <div><dt>In hindsight</dt><dd><code>milepost backtest</code> tells when its alerts would have fired, and with another target, too</dd></div>
      </dl>
    </section>
  );
}
