// What spent the error budget: by what failed, by when, and what maintenance takes out; parts that sum to the whole.
import { useState } from 'react';
import { go, useAddress, withQuery } from '../../address.ts';
import { API, type SloBudget } from '../../api/client.ts';
import { sloBudgetPath, useAsOf, useSloBudget } from '../../api/queries.ts';
import { Link } from '../../parts/link.tsx';
import { Answered } from '../../parts/notice.tsx';
import { rangeOf, type Span } from '../../time/range.ts';
import { folded, spentRows, spentWords, sumOf, type By, type SpentRow } from '../../view/spent.ts';
import { count, percent, spent } from '../../view/words.ts';

const VIEWS: { by: By; title: string; heads: string[] }[] = [
  { by: 'cause', title: 'What failed', heads: ['Operation', 'Error'] },
  { by: 'operation', title: 'Operations', heads: ['Operation'] },
  { by: 'error-type', title: 'Errors', heads: ['Error'] },
  { by: 'time', title: 'When', heads: ['Time'] },
];

export function Spent({ product, slo, span }: { product: string; slo: string; span: Span | null }) {
  const path = sloBudgetPath(product, slo, span, useAsOf());
  const query = useSloBudget(path);
  return (
    <section aria-labelledby="spent">
      <h2 id="spent">What spent it</h2>
      <Answered query={query}>{(data) => <Told budget={data} csv={`${API}${withFormat(path)}`} />}</Answered>
    </section>
  );
}

const withFormat = (path: string) => `${path}${path.includes('?') ? '&' : '?'}format=csv`;

function Told({ budget, csv }: { budget: SloBudget; csv: string }) {
  const address = useAddress();
  const view = VIEWS.find((one) => one.by === address.query.get('by')) ?? VIEWS[0];
  const taken = spentRows(budget.parts, 'maintenance');
  if (!view) return null;
  return (
    <>
      <p>{spentWords(budget)}</p>
      {budget.spent > 0 ? (
        <>
          <div className="choices" role="group" aria-label="Told apart by">
            {VIEWS.map((one) => (
              <button key={one.by} type="button" className="plain" aria-pressed={one.by === view.by} onClick={() => go(withQuery(address, { by: one.by === 'cause' ? null : one.by }), 'replace')}>
                {one.title}
              </button>
            ))}
            <a href={csv} download>CSV</a>
          </div>
          <Parts key={view.by} heads={view.heads} rows={spentRows(budget.parts, view.by)} label={`Spent, by ${view.title.toLowerCase()}`} />
        </>
      ) : null}
      {taken.length > 0 ? (
        <>
          <h3>Taken out by maintenance</h3>
          <Parts heads={['Maintenance']} rows={taken} label="Taken out by maintenance" />
        </>
      ) : null}
    </>
  );
}

function Parts({ heads, rows, label }: { heads: string[]; rows: SpentRow[]; label: string }) {
  const [isOpen, setOpen] = useState(false);
  const { shown, hidden, bad } = folded(rows, isOpen);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => <th scope="col" key={head}>{head}</th>)}
            <th scope="col" className="number">Bad</th>
            <th scope="col" className="number">Of the budget</th>
            <th scope="col">Of these</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.key}>
              <Names row={row} columns={heads.length} />
              <td className="number">{count(row.bad)}</td>
              <td className="number">{spent(row.budget)}</td>
              <td><Share share={row.share} /></td>
            </tr>
          ))}
          {hidden > 0 ? (
            <tr>
              <th scope="row" colSpan={heads.length}><button type="button" className="plain" onClick={() => setOpen(true)}>{count(hidden)} more</button></th>
              <td className="number">{count(bad)}</td>
              <td />
              <td />
            </tr>
          ) : null}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={heads.length}>All together</th>
            <td className="number">{count(sumOf(rows))}</td>
            <td />
            <td />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Names({ row, columns }: { row: SpentRow; columns: number }) {
  const address = useAddress();
  const [first = '–', second] = row.names;
  if (row.span) {
    const range = rangeOf(new Date(row.span.from), new Date(row.span.to));
    return <th scope="row"><Link href={withQuery(address, { range })}>{first}</Link></th>;
  }
  return (
    <>
      <th scope="row" colSpan={columns > 1 && second === undefined ? columns : 1}><bdi>{first}</bdi></th>
      {columns > 1 && second !== undefined ? <td><bdi>{second}</bdi></td> : null}
    </>
  );
}

function Share({ share }: { share: number | null }) {
  if (share === null) return <span className="quiet">–</span>;
  return (
    <span className="meter">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" width="72" height="8" aria-hidden="true">
        <rect className="track" width="100" height="8" />
        <rect className="spent" width={share * 100} height="8" />
      </svg>
      <span>{percent(share)}</span>
    </span>
  );
}
