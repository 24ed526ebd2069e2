// What the system does for users: operations as declared and as seen, and which serve which step.
import { go, places, useAddress, withQuery } from '../address.ts';
import { API, type MatrixItem, type Operation, type Service, type Step } from '../api/client.ts';
import { useMatrix, useOperations, useServices, useSteps } from '../api/queries.ts';
import { Count } from '../parts/count.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/notice.tsx';
import { Criticality } from '../parts/state.tsx';
import { beyondDeclared, byService, DIFFERENCES, matrix } from '../view/services.ts';
import { count, percent, plural } from '../view/words.ts';

// More than anybody reads; what is sought is found by its name.
const MOST_ROWS = 500;

export default function ServicesPage({ product }: { product: string }) {
  const operations = useOperations(product);
  const steps = useSteps(product);
  const seen = useMatrix(product);
  const services = useServices(product);
  return (
    <>
      <h1>Services and operations</h1>
      <p className="lead">What runs behind the steps: as the registry declares it, and as telemetry shows it since the data directory was begun.</p>
      <Answered query={operations}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No service is declared and none was seen" command="milepost annotate --registry registry/ access.log">
              Send telemetry, or read a log with this command: it tells which operations there are, with rules to copy.
            </Empty>
          ) : (
            <Operations product={product} items={items} services={services.data?.items ?? []} steps={steps.data?.items ?? []} />
          )
        }
      </Answered>
      <section aria-labelledby="matrix">
        <h2 id="matrix">Which service serves which step</h2>
        <Answered query={seen}>{({ items }) => <Matrix product={product} items={items} steps={steps.data?.items ?? []} />}</Answered>
      </section>
    </>
  );
}

type OperationsProps = { product: string; items: Operation[]; services: Service[]; steps: Step[] };

function Operations({ product, items, services, steps }: OperationsProps) {
  const address = useAddress();
  const difference = address.query.get('difference') ?? '';
  const text = (address.query.get('find') ?? '').toLowerCase();
  const shown = items.filter((item) => (difference === '' || item.difference === difference) && item.operation.toLowerCase().includes(text));
  const change = (changes: Record<string, string | null>) => go(withQuery(address, changes), 'replace');
  const csv = `${API}/products/${encodeURIComponent(product)}/operations?format=csv&limit=1000`;
  return (
    <section aria-label="Operations">
      <div className="tools">
        <label><span className="label">Find</span><input type="search" value={address.query.get('find') ?? ''} placeholder="Operation" onChange={(event) => change({ find: event.target.value })} /></label>
        <label>
          <span className="label">Show</span>
          <select value={difference} onChange={(event) => change({ difference: event.target.value })}>
            <option value="">all operations ({count(items.length)})</option>
            {Object.entries(DIFFERENCES).map(([key, words]) => (
              <option key={key} value={key}>{words} ({count(items.filter((item) => item.difference === key).length)})</option>
            ))}
          </select>
        </label>
        <a href={csv} download>CSV</a>
      </div>
      {shown.length === 0 ? <p className="quiet">No operation is like that.</p> : null}
      <OperationTable product={product} operations={shown.slice(0, MOST_ROWS)} services={services} steps={steps} />
      {shown.length > MOST_ROWS ? <p className="quiet">These are the first {count(MOST_ROWS)} of {plural(shown.length, 'operation')}; find narrows them.</p> : null}
    </section>
  );
}

type TableProps = { product: string; operations: Operation[]; services: Service[]; steps: Step[] };

function OperationTable({ product, operations, services, steps }: TableProps) {
  const titles = new Map(steps.map((step) => [step.step, step.title]));
  const known = new Map(services.map((service) => [service.service, service]));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Operations by service">
      <table className="operations">
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <th scope="col">Declared for</th>
            <th scope="col">As declared?</th>
            <th scope="col" className="number">Events for steps</th>
            <th scope="col" className="number">Failed</th>
            <th scope="col" className="number">For no step</th>
          </tr>
        </thead>
        {byService(operations).map(([service, items]) => (
          <tbody key={service}>
            <tr className="group">
              <th scope="rowgroup" colSpan={6}>
                <bdi>{service}</bdi> <Criticality of={known.get(service)?.observed_criticality} />
                <Meaning of={known.get(service)} titles={titles} />
              </th>
            </tr>
            {items.map((item) => <OperationRow key={item.operation} product={product} item={item} titles={titles} />)}
          </tbody>
        ))}
      </table>
    </div>
  );
}

// What its importance means for whoever owns it.
function Meaning({ of, titles }: { of: Service | undefined; titles: Map<string, string> }) {
  if (!of) return null;
  const beyond = beyondDeclared(of, (step) => titles.get(step) ?? step);
  return (
    <>
      <p className="meaning">{of.owner ? <>Owned by <bdi>{of.owner}</bdi>. </> : null}{of.meaning}</p>
      {beyond ? <p className="meaning differs">{beyond}</p> : null}
    </>
  );
}

function OperationRow({ product, item, titles }: { product: string; item: Operation; titles: Map<string, string> }) {
  const own = item.service ? item.operation.slice(item.service.length + 1) : item.operation;
  return (
    <tr>
      <th scope="row"><bdi>{own}</bdi></th>
      <td>
        {item.steps.length === 0 ? <span className="quiet">no step</span> : null}
        {item.steps.map((use, index) => (
          <span key={use.step}>{index > 0 ? ', ' : ''}<Link href={places.step(product, use.step)}>{titles.get(use.step) ?? use.step}</Link>{use.need === 'optional' ? ' (optional)' : ''}</span>
        ))}
      </td>
      <td className={item.difference === 'as-declared' ? 'quiet' : 'differs'}>{DIFFERENCES[item.difference] ?? item.difference}</td>
      <td className="number"><Count of={item.events} /></td>
      <td className="number">{item.failed > 0 ? `${count(item.failed)} (${percent(item.failed / item.events)})` : <Count of={0} />}</td>
      <td className="number"><Count of={item.unannotated} /></td>
    </tr>
  );
}

function Matrix({ product, items, steps }: { product: string; items: MatrixItem[]; steps: Step[] }) {
  const { services, columns, cells } = matrix(items);
  const titles = new Map(steps.map((step) => [step.step, step.title]));
  if (services.length === 0) return <p className="quiet">Nothing was seen to serve a step yet. Once telemetry arrives, it is here.</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Events by service and step">
      <table className="matrix">
        <thead>
          <tr><th scope="col">Service</th>{columns.map((step) => <th scope="col" key={step} className="number"><Link href={places.step(product, step)}>{titles.get(step) ?? step}</Link></th>)}</tr>
        </thead>
        <tbody>
          {services.map((service) => (
            <tr key={service}>
              <th scope="row"><bdi>{service}</bdi></th>
              {columns.map((step) => {
                const cell = cells.get(`${service}\n${step}`);
                if (!cell) return <td key={step} className="number quiet">·</td>;
                const share = cell.failed / cell.events;
                return (
                  <td key={step} className={`number ${share >= 0.05 ? 'failing' : ''}`}>
                    {count(cell.events)}
                    {cell.failed > 0 ? <span className="cell-failed">{percent(share)} failed</span> : null}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
