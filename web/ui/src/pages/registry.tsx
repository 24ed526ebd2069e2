// The registry that everything is told by: which version is active, what is wrong with its folder, who does what, and its documents.
import { go, places, useAddress, withQuery } from '../address.ts';
import type { Objective, Product, Registry, Step } from '../api/client.ts';
import { useDocuments, useObjectives, useProducts, useRegistry, useSteps } from '../api/queries.ts';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/notice.tsx';
import { Criticality } from '../parts/state.tsx';
import { clock, plural } from '../view/words.ts';

const TABS = { tables: 'Objectives and steps', people: 'Who does what', source: 'Source' };
type Tab = keyof typeof TABS;

export default function RegistryPage() {
  const registry = useRegistry();
  const address = useAddress();
  const chosen = address.query.get('tab') ?? 'tables';
  const tab: Tab = chosen in TABS ? (chosen as Tab) : 'tables';
  return (
    <>
      <h1>Registry</h1>
      <Answered query={registry}>{(data) => <Standing registry={data} />}</Answered>
      <nav className="tabs" aria-label="Parts of the registry">
        {Object.entries(TABS).map(([key, words]) => (
          <Link key={key} href={withQuery(address, { tab: key === 'tables' ? null : key })} aria-current={tab === key ? 'page' : undefined}>{words}</Link>
        ))}
      </nav>
      {tab === 'source' ? <Source /> : <Products tab={tab} />}
    </>
  );
}

function Standing({ registry }: { registry: Registry }) {
  const has = [plural(registry.objectives, 'objective'), plural(registry.steps, 'step'), plural(registry.slos, 'SLO'), plural(registry.services, 'service')];
  return (
    <>
      <p className="lead">
        Version {registry.version} is active{registry.activated_at ? ` since ${clock(registry.activated_at)}` : ''}: {has.join(', ')}.
      </p>
      {registry.refused ? (
        <section className="summary bad" aria-label="What is wrong with the folder">
          <div>
            <h2>The folder has errors; the last good version stays active</h2>
            <pre className="diagnostics" tabIndex={0}>{registry.refused}</pre>
            <p className="quiet">Mend them and save: the server looks again by itself. <code>milepost check</code> says the same, <code>milepost explain CODE</code> says more.</p>
          </div>
        </section>
      ) : (
        <p className="quiet">Its folder has no error{registry.looked_at ? `, as of ${clock(registry.looked_at)}` : ''}.</p>
      )}
    </>
  );
}

function Products({ tab }: { tab: 'tables' | 'people' }) {
  const products = useProducts();
  return (
    <Answered query={products}>
      {({ items }) => (
        <>{items.map((product) => (tab === 'tables' ? <Tables key={product.name} product={product} /> : <People key={product.name} product={product} />))}</>
      )}
    </Answered>
  );
}

function Tables({ product }: { product: Product }) {
  const objectives = useObjectives(product.name);
  const steps = useSteps(product.name);
  return (
    <section aria-label={product.title}>
      <h2>{product.title}</h2>
      <p className="lead">{product.description} Owned by {product.owner}.</p>
      <Answered query={objectives}>{({ items }) => <Objectives product={product.name} items={items} />}</Answered>
      <Answered query={steps}>{({ items }) => <Steps product={product.name} items={items} objectives={objectives.data?.items ?? []} />}</Answered>
    </section>
  );
}

function Objectives({ product, items }: { product: string; items: Objective[] }) {
  return (
    <div className="scroll tall" tabIndex={0} role="region" aria-label="Objectives">
      <table>
        <thead><tr><th scope="col">Objective</th><th scope="col">What it is</th><th scope="col">Criticality</th><th scope="col">Owner</th><th scope="col" className="number">Steps</th></tr></thead>
        <tbody>
          {items.map((objective) => (
            <tr key={objective.name}>
              <th scope="row"><Link href={places.objective(product, objective.name)}>{objective.title}</Link></th>
              <td>{objective.description}</td>
              <td><Criticality of={objective.criticality} />{objective.stage === 'live' ? '' : ` ${objective.stage}`}</td>
              <td>{objective.owner ?? ''}</td>
              <td className="number">{objective.steps.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Steps({ product, items, objectives }: { product: string; items: Step[]; objectives: Objective[] }) {
  const titles = new Map(objectives.map((objective) => [objective.name, objective.title]));
  return (
    <div className="scroll tall" tabIndex={0} role="region" aria-label="Steps">
      <table>
        <thead><tr><th scope="col">Step</th><th scope="col">Criticality</th><th scope="col">Part of</th><th scope="col">Kind</th></tr></thead>
        <tbody>
          {items.map((step) => (
            <tr key={step.step}>
              <th scope="row"><Link href={places.step(product, step.step)}>{step.title}</Link></th>
              <td><Criticality of={step.criticality} /></td>
              <td>{step.objectives.map((name, at) => <span key={name}>{at > 0 ? ', ' : ''}<Link href={places.objective(product, name)}>{titles.get(name) ?? name}</Link></span>)}</td>
              <td>{step.asynchronous ? 'asynchronous' : ''}{step.stage === 'live' ? '' : ` ${step.stage}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Rows are activities, columns are people, cells say what they are to it.
function People({ product }: { product: Product }) {
  const { stakeholders, responsibilities } = product;
  return (
    <section aria-label={product.title}>
      <h2>{product.title}</h2>
      {responsibilities.length === 0 ? (
        <p className="quiet">Nobody is named for any activity. Write <code>responsibilities:</code> into the product’s document; <code>milepost check</code> says what is missing.</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Who does what">
          <table className="raci">
            <thead><tr><th scope="col">Activity</th>{stakeholders.map((one) => <th scope="col" key={one.name}>{one.name}</th>)}</tr></thead>
            <tbody>
              {responsibilities.map((row) => (
                <tr key={row.activity}>
                  <th scope="row">{row.activity}</th>
                  {stakeholders.map((one) => <td key={one.name}>{roles(row, one.name).join(', ')}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ul className="rows">
        {stakeholders.map((one) => (
          <li key={one.name}><strong>{one.name}</strong> <span className="quiet">{one.role}{one.contact ? ` · ${one.contact}` : ''}</span></li>
        ))}
      </ul>
    </section>
  );
}

function roles(row: Product['responsibilities'][number], name: string): string[] {
  return [
    ...(row.accountable === name ? ['accountable'] : []),
    ...(row.responsible.includes(name) ? ['responsible'] : []),
    ...(row.consulted.includes(name) ? ['consulted'] : []),
    ...(row.informed.includes(name) ? ['informed'] : []),
  ];
}

function Source() {
  const documents = useDocuments();
  const address = useAddress();
  const wanted = address.query.get('file');
  return (
    <Answered query={documents}>
      {({ items }) => {
        const shown = items.find((item) => item.path === wanted) ?? items[0];
        if (!shown) return <p className="quiet">The registry has no document.</p>;
        return (
          <section aria-label="Documents">
            <div className="tools">
              <label>
                <span className="label">File</span>
                <select value={shown.path} onChange={(event) => go(withQuery(address, { file: event.target.value }), 'replace')}>
                  {items.map((item) => <option key={item.path}>{item.path}</option>)}
                </select>
              </label>
              <span className="quiet">As it is active. Edit the file in the registry’s folder; a valid edit takes effect at once.</span>
            </div>
            <pre className="source" tabIndex={0} aria-label={shown.path}>{shown.text}</pre>
          </section>
        );
      }}
    </Answered>
  );
}
