// What its alerts and its budget would have been on what was counted, and what they would be with another target, window or tiers.
import { useState, type FormEvent } from 'react';
import { go, useAddress, withQuery } from '../../address.ts';
import { API, type Backtest, type BacktestColumn, type SloAnswer } from '../../api/client.ts';
import { backtestPath, useBacktest } from '../../api/queries.ts';
import { Answered } from '../../parts/notice.tsx';
import type { Span } from '../../time/range.ts';
import { caveats, CHANGES, hindsightRows, tiersOf, verdict, type Changes } from '../../view/hindsight.ts';
import { clock, length } from '../../view/words.ts';

// Its part of the address: `if-target` and the like, once somebody has asked.
const inAddress = (name: string) => `if-${name}`;
const ASKED = 'hindsight';
const MOST_EPISODES = 20;

export function Hindsight({ product, slo, span }: { product: string; slo: SloAnswer; span: Span }) {
  const { query } = useAddress();
  const changes = changesOf(query);
  return (
    <section aria-labelledby="hindsight">
      <h2 id="hindsight">In hindsight</h2>
      <p className="quiet">Goes through what was counted minute by minute, as the server judges: when somebody would have been told, and what of the budget would have been left.</p>
      <Form key={JSON.stringify(changes)} slo={slo} changes={changes} />
      {query.has(ASKED) ? <Result path={backtestPath(product, slo.name, span, changes)} /> : null}
      <p className="quiet">With other thresholds or conditions, and against when something was truly wrong: <code>milepost backtest --data DIR --slo {slo.name} --with change.yaml</code></p>
    </section>
  );
}

function changesOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(CHANGES.flatMap((name) => (query.has(inAddress(name)) ? [[name, query.get(inAddress(name)) ?? '']] : [])));
}

function Form({ slo, changes }: { slo: SloAnswer; changes: Changes }) {
  const address = useAddress();
  const { own, all } = tiersOf(slo.alerts);
  const isCalendar = slo.window.startsWith('calendar');
  const [target, setTarget] = useState(changes.target ?? slo.target);
  const [window, setWindow] = useState(changes.window ?? (isCalendar ? '' : slo.window));
  const [tiers, setTiers] = useState(changes.alerts === 'none' ? [] : (changes.alerts?.split(',') ?? own));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isSame = tiers.length === own.length && own.every((name) => tiers.includes(name));
    const chosen = all.filter((name) => tiers.includes(name));
    const changed = (typed: string, now: string) => (typed.trim() === '' || typed.trim() === now ? null : typed.trim());
    go(withQuery(address, {
      [ASKED]: 'yes',
      [inAddress('target')]: changed(target, slo.target),
      [inAddress('window')]: changed(window, slo.window),
      [inAddress('alerts')]: isSame ? null : chosen.join(',') || 'none',
    }));
  };
  return (
    <form className="what-if" onSubmit={submit}>
      <label>
        <span className="label">What if the target were</span>
        <input value={target} onChange={(event) => setTarget(event.target.value)} autoComplete="off" spellCheck={false} />
      </label>
      <label>
        <span className="label">and the window</span>
        <input value={window} onChange={(event) => setWindow(event.target.value)} autoComplete="off" spellCheck={false} placeholder={isCalendar ? slo.window : '28d, 7d, month'} />
      </label>
      <fieldset>
        <legend className="label">with alerts</legend>
        {all.map((name) => (
          <label key={name} className="check">
            <input type="checkbox" checked={tiers.includes(name)} onChange={(event) => setTiers(event.target.checked ? [...tiers, name] : tiers.filter((one) => one !== name))} />
            {name}
          </label>
        ))}
      </fieldset>
      <button type="submit">Go through it</button>
    </form>
  );
}

function Result({ path }: { path: string }) {
  const backtest = useBacktest(path);
  return <Answered query={backtest}>{(data) => (data.columns.length === 0 ? <p role="status">Nothing to go through: {data.reason}.</p> : <Told backtest={data} csv={`${API}${path}&format=csv`} />)}</Answered>;
}

function Told({ backtest, csv }: { backtest: Backtest; csv: string }) {
  const { columns, covered } = backtest;
  const isCompared = columns.length === 2;
  return (
    <>
      <p className="verdict" role="status">{verdict(columns)}</p>
      <div className="scroll" tabIndex={0} role="region" aria-label="In hindsight, as it is and with the change">
        <table className="hindsight">
          <thead>
            <tr>
              <th scope="col">{covered ? `${clock(covered.from)} to ${clock(covered.to)}` : ''}</th>
              <th scope="col">As it is</th>
              {isCompared ? <><th scope="col">With the change</th><th scope="col">Difference</th></> : null}
            </tr>
          </thead>
          <tbody>
            {hindsightRows(columns).map((row, at) => (
              <tr key={`${row.title}${at}`}>
                <th scope="row">{row.title}</th>
                {row.values.map((value, place) => <td key={place}>{value}</td>)}
                {isCompared ? <td className="quiet">{row.difference}</td> : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Episodes columns={columns} />
      <ul className="caveats">{caveats(backtest).map((text) => <li key={text} className="quiet">{text}</li>)}</ul>
      <a href={csv} download>CSV</a>
    </>
  );
}

const NAMES: Record<string, string> = { now: 'as it is', changed: 'with the change' };

function Episodes({ columns }: { columns: BacktestColumn[] }) {
  const all = columns.flatMap((column) => column.episodes.map((episode) => ({ ...episode, by: NAMES[column.name] ?? column.name })));
  all.sort((a, b) => (a.told < b.told ? -1 : a.told > b.told ? 1 : 0));
  if (all.length === 0) return <p>Nobody would have been told of anything.</p>;
  const more = columns.reduce((sum, column) => sum + column.more_episodes, 0) + Math.max(0, all.length - MOST_EPISODES);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="What somebody would have been told of">
      <table>
        <thead>
          <tr>
            <th scope="col">Told</th>
            {columns.length > 1 ? <th scope="col">By the SLO</th> : null}
            <th scope="col">What</th>
            <th scope="col">For</th>
            <th scope="col">Burn began</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {all.slice(0, MOST_EPISODES).map((one) => (
            <tr key={`${one.by}${one.urgency}${one.told}`}>
              <th scope="row">{clock(one.told)}</th>
              {columns.length > 1 ? <td>{one.by}</td> : null}
              <td>{one.urgency} <span className="quiet">{one.tiers.join(', ')}</span></td>
              <td>{length(one.minutes)}{one.to ? '' : ', going on'}</td>
              <td>{clock(one.burn_from)}</td>
              <td>{length(one.delay_minutes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 ? <p className="quiet">and {more} more</p> : null}
    </div>
  );
}
