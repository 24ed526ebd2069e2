// An objective: what somebody wants to achieve, drawn as the flow of its steps with how each does now.
import { useEffect, useState } from 'react';
import { places } from '../address.ts';
import type { Objective, Step, StepUse } from '../api/client.ts';
import { useObjective, useSteps } from '../api/queries.ts';
import { OpenIncidents } from '../parts/incidents.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/notice.tsx';
import { Criticality, Glyph, StateWord } from '../parts/state.tsx';
import { layout, type Flow } from '../view/flow.ts';
import { headline, objectiveViews, shortly } from '../view/overview.ts';
import { asState, count, percent, readable, STATE_WORDS } from '../view/words.ts';

type Size = { width: number; height: number; across: number; along: number };
// Of a step and of the room between two, in pixels; flows go to the right, or down where there is no room for that.
const WIDE: Size = { width: 190, height: 104, across: 20, along: 44 };
const NARROW: Size = { width: 204, height: 96, across: 12, along: 28 };

export default function ObjectivePage({ product, objective }: { product: string; objective: string }) {
  const query = useObjective(product, objective);
  const steps = useSteps(product);
  return <Answered query={query}>{(data) => <Shown product={product} objective={data} steps={steps.data?.items ?? []} />}</Answered>;
}

function Shown({ product, objective, steps }: { product: string; objective: Objective; steps: Step[] }) {
  const known = new Map(steps.map((step) => [step.step, step]));
  const told = headline(objectiveViews([objective], steps));
  return (
    <article>
      <header className="page-head">
        <p className="kind">Objective</p>
        <h1>{objective.title}</h1>
        <p className="lead">{objective.description}</p>
        <p className="marks">
          <Criticality of={objective.criticality} />
          {objective.stage === 'live' ? null : <span className="mark">{objective.stage}</span>}
          {objective.owner ? <span className="mark">owned by {objective.owner}</span> : null}
        </p>
      </header>
      <section className={`summary ${told.state}`} aria-label="How users fare now" aria-live="polite">
        <Glyph state={told.state} />
        <div>
          <h2>{told.title}</h2>
          <p>{told.detail}</p>
        </div>
        {told.worst ? <Link className="button" href={places.step(product, told.worst.step)}>Look at {told.worst.title}</Link> : null}
      </section>
      <OpenIncidents product={product} objective={objective.name} />
      <section aria-labelledby="flow">
        <h2 id="flow">Its steps</h2>
        {objective.steps.length === 0 ? (
          <Empty title="It has no step yet" command="milepost check registry/">Its steps are listed in its document, in order. The command tells what is missing.</Empty>
        ) : (
          <Drawn product={product} uses={objective.steps} known={known} />
        )}
        <Key />
      </section>
      <Uses product={product} uses={objective.steps} known={known} />
    </article>
  );
}

type DrawnProps = { product: string; uses: StepUse[]; known: Map<string, Step> };

function Drawn({ product, uses, known }: DrawnProps) {
  const flow = layout(uses.map((use) => ({ name: use.live.step, after: use.after })));
  const isNarrow = useNarrow();
  const size = isNarrow ? NARROW : WIDE;
  const at = new Map(flow.places.map((place) => [place.name, corner(place, size, isNarrow)]));
  const [columns, rows] = isNarrow ? [flow.rows, flow.columns] : [flow.columns, flow.rows];
  const width = columns * size.width + (columns - 1) * (isNarrow ? size.across : size.along);
  const height = rows * size.height + (rows - 1) * (isNarrow ? size.along : size.across);
  return (
    <div className="scroll flow" tabIndex={0} role="region" aria-label="The flow of its steps">
      <div className="flow-area" style={{ width, height }}>
        <Edges flow={flow} at={at} size={size} isNarrow={isNarrow} width={width} height={height} />
        <ol>
          {uses.map((use) => {
            const place = at.get(use.live.step) ?? { x: 0, y: 0 };
            return (
              <li key={use.live.step} style={{ left: place.x, top: place.y, width: size.width, height: size.height }}>
                <Node product={product} use={use} step={known.get(use.live.step)} />
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}

type Corner = { x: number; y: number };

function corner(place: { column: number; row: number }, size: Size, isNarrow: boolean): Corner {
  if (isNarrow) return { x: place.row * (size.width + size.across), y: place.column * (size.height + size.along) };
  return { x: place.column * (size.width + size.along), y: place.row * (size.height + size.across) };
}

type EdgesProps = { flow: Flow; at: Map<string, Corner>; size: Size; isNarrow: boolean; width: number; height: number };

function Edges({ flow, at, size, isNarrow, width, height }: EdgesProps) {
  const lines = flow.edges.flatMap(({ from, to }) => {
    const [start, end] = [at.get(from), at.get(to)];
    return start && end ? [{ key: `${from} ${to}`, path: curve(start, end, size, isNarrow) }] : [];
  });
  return (
    <svg width={width} height={height} aria-hidden="true">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 8 4 0 8z" />
        </marker>
      </defs>
      {lines.map((line) => <path key={line.key} d={line.path} markerEnd="url(#arrow)" />)}
    </svg>
  );
}

function curve(start: Corner, end: Corner, size: Size, isNarrow: boolean): string {
  if (isNarrow) {
    const [x1, y1, x2, y2] = [start.x + size.width / 2, start.y + size.height, end.x + size.width / 2, end.y - 1];
    const bend = Math.min(size.along, y2 - y1) / 2;
    return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  }
  const [x1, y1, x2, y2] = [start.x + size.width, start.y + size.height / 2, end.x - 1, end.y + size.height / 2];
  const bend = Math.min(size.along, x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

function Node({ product, use, step }: { product: string; use: StepUse; step: Step | undefined }) {
  const { live } = use;
  return (
    <Link href={places.step(product, live.step)} className={`node ${asState(live.state)} ${use.optional ? 'optional' : ''} ${step?.asynchronous ? 'asynchronous' : ''}`}>
      <span className="node-title"><Glyph state={asState(live.state)} /> <span>{step?.title ?? live.step}</span></span>
      <span className="use-numbers">
        {STATE_WORDS[asState(live.state)]}
        {live.valid > 0 || live.state === 'bad' ? ` · ${shortly({ ...live, state: asState(live.state), impact: live.impact ?? null })}` : ''}
      </span>
      <span className="use-kind">{kinds(use, step).join(' · ')}</span>
    </Link>
  );
}

function kinds(use: StepUse, step: Step | undefined): string[] {
  const others = (step?.objectives.length ?? 1) - 1;
  return [
    ...(use.criticality === 'none' ? [] : [use.criticality]),
    ...(use.optional ? ['optional'] : []),
    ...(step?.asynchronous ? ['asynchronous'] : []),
    ...(others > 0 ? [`shared with ${others} more`] : []),
  ];
}

function Key() {
  return (
    <ul className="key" aria-label="How steps are drawn">
      <li><span className="swatch" aria-hidden="true" /> required</li>
      <li><span className="swatch optional" aria-hidden="true" /> optional: users may leave it out</li>
      <li><span className="swatch asynchronous" aria-hidden="true" /> asynchronous: goes on after the user has moved on</li>
    </ul>
  );
}

function Uses({ product, uses, known }: DrawnProps) {
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">The same as a table</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="Steps of the objective">
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Now</th>
              <th scope="col">After</th>
              <th scope="col">Criticality</th>
              <th scope="col" className="number">Attempts, 5 min</th>
              <th scope="col" className="number">Succeeded</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {uses.map((use) => (
              <tr key={use.live.step}>
                <th scope="row"><Link href={places.step(product, use.live.step)}>{known.get(use.live.step)?.title ?? use.live.step}</Link></th>
                <td><StateWord state={use.live.state} /></td>
                <td>{use.after.map((name) => known.get(name)?.title ?? name).join(', ') || 'the beginning'}</td>
                <td>{use.criticality}{use.declared_at === 'nowhere' || use.declared_at === 'objective' ? null : <span className="quiet"> by the {use.declared_at}</span>}</td>
                <td className="number">{count(use.live.valid)}</td>
                <td className="number">{percent(use.live.ratio)}</td>
                <td>{readable(use.live.reason ?? '')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function useNarrow(): boolean {
  const wanted = '(max-width: 56rem)';
  const [isNarrow, setNarrow] = useState(() => matchMedia(wanted).matches);
  useEffect(() => {
    const query = matchMedia(wanted);
    const changed = () => setNarrow(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return isNarrow;
}
