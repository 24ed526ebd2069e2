// What a step is, in words.
import type { ReactNode } from 'react';
import { places } from '../../address.ts';
import type { StepDetail } from '../../api/client.ts';
import { useObjectives } from '../../api/queries.ts';
import { Link } from '../../parts/link.tsx';
import { Criticality } from '../../parts/state.tsx';

export function Words({ detail, product }: { detail: StepDetail; product: string }) {
  const objectives = useObjectives(product);
  const titles = new Map(objectives.data?.items.map((objective) => [objective.name, objective.title]));
  return (
    <section aria-labelledby="words">
      <h2 id="words">What it is</h2>
      <dl className="facts">
        <Fact name="Begins">{detail.start}</Fact>
        <Fact name="Succeeds when">{list(detail.success)}</Fact>
        <Fact name="Fails when">{list([...detail.failure, ...usual(detail.outcomes)])}</Fact>
        {detail.abandoned.length > 0 ? <Fact name="Given up when">{list(detail.abandoned)}</Fact> : null}
        <Fact name="Part of">
          <ul>
            {detail.paths.map((use) => {
              const objective = use.path.split('/')[0] ?? use.path;
              return (
                <li key={use.path}>
                  <Link href={places.objective(product, objective)}>{titles.get(objective) ?? objective}</Link> <Criticality of={use.criticality} />
                </li>
              );
            })}
          </ul>
        </Fact>
        {detail.tags.length > 0 ? <Fact name="Tags">{detail.tags.join(', ')}</Fact> : null}
      </dl>
    </section>
  );
}

const usual = (outcomes: string) => (outcomes ? [`Else by status: ${outcomes}`] : []);

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function list(words: string[]): ReactNode {
  return words.length === 1 ? words[0] : <ul>{words.map((word) => <li key={word}>{word}</li>)}</ul>;
}
