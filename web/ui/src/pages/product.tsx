// The product as a map: each objective with its steps and how they do now. The one page for a screen on the wall.
import { memo, useDeferredValue, useMemo, useRef } from 'react';
import { go, places, useAddress, withQuery } from '../address.ts';
import type { Objective, Step } from '../api/client.ts';
import { useObjectives, useProducts, useSteps } from '../api/queries.ts';
import { OpenIncidents } from '../parts/incidents.tsx';
import { Link } from '../parts/link.tsx';
import { useNear } from '../parts/near.ts';
import { Answered, Empty } from '../parts/notice.tsx';
import { Glyph } from '../parts/state.tsx';
import { Kpis } from './product/kpis.tsx';
import { densityOf, headline, kindsOf, matches, objectiveViews, shortly, type Headline, type ObjectiveView, type UseView } from '../view/overview.ts';
import { count, STATE_WORDS, type State } from '../view/words.ts';

// Objectives that are made at once, about as many as are in sight; the others are when they come near it. More would be one long frame, in which nothing
// that is typed is taken.
const AT_ONCE = 8;
const NO_STEPS: Step[] = [];
const STATES: State[] = ['bad', 'unknown', 'no-data', 'good'];

export function ProductPage({ product }: { product: string }) {
  const objectives = useObjectives(product);
  const steps = useSteps(product);
  return <Answered query={objectives}>{({ items }) => <Shown product={product} objectives={items} steps={steps.data?.items ?? NO_STEPS} />}</Answered>;
}

function Shown({ product, objectives, steps }: { product: string; objectives: Objective[]; steps: Step[] }) {
  const products = useProducts();
  const views = useMemo(() => objectiveViews(objectives, steps), [objectives, steps]);
  const told = useMemo(() => headline(views), [views]);
  const isLong = densityOf(views) === 'compact';
  if (views.length === 0) {
    return (
      <Empty title="This product has no objective yet" command="milepost init another-registry/">
        An objective is what somebody wants to achieve, as the steps that they take. The command writes a registry with comments, to look one up.
      </Empty>
    );
  }
  return (
    <>
      <h1 className="quiet-title">{products.data?.items.find((item) => item.name === product)?.title ?? product}</h1>
      <Summary product={product} headline={told} />
      <OpenIncidents product={product} />
      {/* Below the map, but for one that is so long that nobody would find them there. */}
      {isLong ? <Kpis product={product} /> : null}
      <Map product={product} views={views} />
      {isLong ? null : <Kpis product={product} />}
    </>
  );
}

function Summary({ product, headline }: { product: string; headline: Headline }) {
  const { state, title, extent, detail, worst } = headline;
  return (
    <section className={`summary ${state}`} aria-label="How users fare now">
      <Glyph state={state} />
      <div>
        <h2>{title}{extent ? ` ${extent}` : ''}</h2>
        <p>{detail}</p>
        {/* What is read out is what has changed, and not each number. */}
        <p className="hidden" role="status">{title}</p>
      </div>
      {worst ? (
        <Link className="button" href={places.step(product, worst.step)}>
          Look at {worst.title}
        </Link>
      ) : null}
      {state === 'unknown' && !worst ? <Link className="button" href={places.ingest()}>See what arrives</Link> : null}
    </section>
  );
}

function Map({ product, views }: { product: string; views: ObjectiveView[] }) {
  const address = useAddress();
  const text = address.query.get('find') ?? '';
  const onlyNotGood = address.query.get('show') === 'attention';
  const shown = useMemo(() => views.filter((view) => matches(view, text) && (!onlyNotGood || view.state !== 'good')), [views, text, onlyNotGood]);
  // What is typed is shown before what it finds, and what is in sight before the rest.
  const listed = useDeferredValue(shown, shown.slice(0, AT_ONCE));
  const density = densityOf(views);
  const change = (changes: Record<string, string | null>) => go(withQuery(address, changes), 'replace');
  return (
    <section aria-label="Objectives">
      <div className="tools">
        <label>
          <span className="label">Find</span>
          <input type="search" value={text} placeholder="Objective or step" onChange={(event) => change({ find: event.target.value })} />
        </label>
        <label className="check">
          <input type="checkbox" checked={onlyNotGood} onChange={(event) => change({ show: event.target.checked ? 'attention' : null })} />
          Only what needs a look
        </label>
        <Tally views={views} />
      </div>
      {shown.length === 0 ? (
        <p className="quiet">{text === '' ? 'Nothing needs a look now.' : `No objective or step has “${text}” in its name.`}</p>
      ) : (
        <ol className={`map ${density}`}>
          {listed.map((view, at) => (
            <ObjectiveRow key={view.name} product={product} view={view} isCompact={density === 'compact'} isAtOnce={at < AT_ONCE} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Tally({ views }: { views: ObjectiveView[] }) {
  const of = (state: State) => views.filter((view) => view.state === state).length;
  return (
    <ul className="tally" aria-label="Objectives by state">
      <li aria-hidden="true">Objectives:</li>
      {STATES.filter((state) => of(state) > 0).map((state) => (
        <li key={state}>
          <Glyph state={state} /> {count(of(state))} {STATE_WORDS[state].toLowerCase()}
        </li>
      ))}
    </ul>
  );
}

type RowProps = { product: string; view: ObjectiveView; isCompact: boolean; isAtOnce: boolean };

const ObjectiveRow = memo(function ObjectiveRow({ product, view, isCompact, isAtOnce }: RowProps) {
  const place = useRef<HTMLLIElement>(null);
  if (!useNear(place, isAtOnce)) return <li ref={place} className="objective" aria-label={view.title} />;
  return (
    <li className={`objective ${view.state}`}>
      <div className="objective-head">
        <h3>
          <Glyph state={view.state} /><span className="hidden">{STATE_WORDS[view.state]}: </span>
          <Link href={places.objective(product, view.name)}>{view.title}</Link>
        </h3>
        <p>
          {view.criticality && view.criticality !== 'none' ? <span className="matters">{view.criticality} to the product</span> : null}
          {view.stage === 'live' ? null : <span className="stage">{view.stage}</span>}
        </p>
      </div>
      <ol className="uses">
        {view.uses.map((use) => (
          <UseTile key={use.step} product={product} use={use} kinds={kindsOf(use, view.criticality)} isCompact={isCompact && use.state !== 'bad'} />
        ))}
      </ol>
    </li>
  );
}, isSame);

// What arrives each second is mostly the same, and what was made at once stays.
function isSame(a: RowProps, b: RowProps): boolean {
  const isSameView = a.view === b.view || JSON.stringify(a.view) === JSON.stringify(b.view);
  return isSameView && a.product === b.product && a.isCompact === b.isCompact;
}

function UseTile({ product, use, kinds, isCompact }: { product: string; use: UseView; kinds: string[]; isCompact: boolean }) {
  const told = `${use.title}: ${STATE_WORDS[use.state]}. ${shortly(use)}`;
  return (
    <li className={`use ${use.state} ${isCompact ? 'small' : ''}`}>
      <Link href={places.step(product, use.step)} title={isCompact ? told : undefined} aria-label={isCompact ? told : undefined}>
        <Glyph state={use.state} />
        {isCompact ? null : (
          <span className="use-words">
            <span className="use-title">{use.title}</span>
            <span className="use-numbers">{shortly(use)}</span>
            {kinds.length > 0 ? <span className="use-kind">{kinds.join(' · ')}</span> : null}
          </span>
        )}
      </Link>
    </li>
  );
}
