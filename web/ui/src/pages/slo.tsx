// An SLO: its error budget over the window, what spent it, how fast it burns by tier, what it would have done, and what was agreed of it.
import { places, useAddress } from '../address.ts';
import type { SloAnswer } from '../api/client.ts';
import { useSlo } from '../api/queries.ts';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/notice.tsx';
import { useRange } from '../parts/range.tsx';
import { promise } from '../parts/slo_table.tsx';
import { Glyph } from '../parts/state.tsx';
import { asState, clock, count, percent, readable, sentence, spaced, spent, STATE_WORDS } from '../view/words.ts';
import { Budget } from './slo/budget.tsx';
import { Burn } from './slo/burn.tsx';
import { Hindsight } from './slo/hindsight.tsx';
import { Spent } from './slo/spent.tsx';

export default function SloPage({ product, slo }: { product: string; slo: string }) {
  const query = useSlo(product, slo);
  return <Answered query={query}>{(data) => <Shown product={product} slo={data} />}</Answered>;
}

function Shown({ product, slo }: { product: string; slo: SloAnswer }) {
  const { query } = useAddress();
  const range = useRange();
  const chosen = query.has('range') ? range.span : null;
  // Without a choice: what was counted of the window.
  const window = slo.window_so_far;
  const since = slo.counted_since && window && slo.counted_since > window.from ? slo.counted_since : window?.from;
  const span = chosen ?? (since ? { from: since, to: 'now' } : range.span);
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
          <p>{slo.reason ? `${sentence(readable(slo.reason))}. ` : ''}{budgetWords(slo)}</p>
        </div>
      </section>
      <Notes slo={slo} />
      <Budget product={product} slo={slo} chosen={chosen} span={span} />
      <Spent product={product} slo={slo.name} span={chosen} />
      <Burn slo={slo} />
      <Hindsight product={product} slo={slo} span={span} />
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

function Agreed({ slo }: { slo: SloAnswer }) {
  const { policy, maintenances } = slo;
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
      </dl>
    </section>
  );
}
