// All promises of a product, those that are broken or burn first.
import { useMemo } from 'react';
import { go, places, useAddress, withQuery } from '../address.ts';
import { API, type BoardItem } from '../api/client.ts';
import { useBoard, useSteps } from '../api/queries.ts';
import { Link } from '../parts/link.tsx';
import { Meter } from '../parts/meter.tsx';
import { Answered, Empty } from '../parts/notice.tsx';
import { promise } from '../parts/slo_table.tsx';
import { StateWord } from '../parts/state.tsx';
import { Virtual } from '../parts/virtual.tsx';
import { ordered } from '../view/slos.ts';
import { count, percent, plural } from '../view/words.ts';

const ROW = 58;

export default function SlosPage({ product }: { product: string }) {
  const slos = useBoard(product);
  return (
    <>
      <h1>SLOs</h1>
      <Answered query={slos}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing is promised yet" command="milepost suggest --data milepost-data">
              An SLO says how reliable a step has to be. This command proposes targets from what was counted, as documents to copy.
            </Empty>
          ) : (
            <List product={product} items={items} />
          )
        }
      </Answered>
    </>
  );
}

function List({ product, items }: { product: string; items: BoardItem[] }) {
  const address = useAddress();
  const steps = useSteps(product);
  const titles = useMemo(() => new Map(steps.data?.items.map((step) => [step.step, step.title])), [steps.data]);
  const text = address.query.get('find') ?? '';
  const state = address.query.get('state') ?? '';
  const all = useMemo(() => ordered(items), [items]);
  const wanted = text.toLowerCase();
  const shown = all.filter((slo) => (state === '' || slo.state === state) && `${slo.title} ${slo.name} ${slo.step} ${titles.get(slo.step) ?? ''}`.toLowerCase().includes(wanted));
  const change = (changes: Record<string, string | null>) => go(withQuery(address, changes), 'replace');
  const of = (name: string) => count(items.filter((slo) => slo.state === name).length);
  return (
    <>
      <div className="tools">
        <label><span className="label">Find</span><input type="search" value={text} placeholder="SLO or step" onChange={(event) => change({ find: event.target.value })} /></label>
        <label>
          <span className="label">Show</span>
          <select value={state} onChange={(event) => change({ state: event.target.value })}>
            <option value="">all ({count(items.length)})</option>
            <option value="bad">broken ({of('bad')})</option>
            <option value="unknown">unknown ({of('unknown')})</option>
            <option value="no-data">without data ({of('no-data')})</option>
            <option value="good">kept ({of('good')})</option>
          </select>
        </label>
        <a href={`${API}/products/${encodeURIComponent(product)}/board?format=csv&limit=1000`} download>CSV</a>
        <span className="quiet" role="status">{plural(shown.length, 'SLO')}</span>
      </div>
      {shown.length === 0 ? <p className="quiet">No SLO is like that.</p> : null}
      {shown.length > 0 ? (
        <div className="slo-row slo-heads" aria-hidden="true">
          <span>State</span><span>SLO, and what it promises</span><span className="number">So far</span><span>Budget spent</span><span>Alert</span>
        </div>
      ) : null}
      <Virtual items={shown} height={ROW} label="SLOs" keyOf={(slo) => slo.name} row={(slo) => <Row product={product} slo={slo} step={titles.get(slo.step) ?? slo.step} />} />
    </>
  );
}

function Row({ product, slo, step }: { product: string; slo: BoardItem; step: string }) {
  return (
    <div className="slo-row">
      <StateWord state={slo.state} />
      <span className="slo-name">
        <Link href={places.slo(product, slo.name)}>{slo.title || slo.name}</Link>
        <span className="quiet">{promise(slo)} · {step}</span>
      </span>
      <span className="number">{percent(slo.ratio)}</span>
      <Meter share={slo.budget_spent} isEstimate={slo.budget_is_estimate} />
      <span className="fires">{slo.firing ? <span className="state bad">{slo.firing} fires</span> : ''}</span>
    </div>
  );
}
