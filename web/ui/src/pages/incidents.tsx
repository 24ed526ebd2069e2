// All incidents of a product: those that go on, then those that are over, the newest first.
import { go, places, useAddress, withQuery } from '../address.ts';
import { API, type Incident } from '../api/client.ts';
import { incidentsPath, useIncidents } from '../api/incidents.ts';
import { Level } from '../parts/incidents.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/notice.tsx';
import { isOpen, lostWords, ordered, routeWords, STATE_OF, when } from '../view/incidents.ts';
import { count, plural } from '../view/words.ts';

export default function IncidentsPage({ product }: { product: string }) {
  const incidents = useIncidents(product, 'all');
  return (
    <>
      <h1>Incidents</h1>
      <Answered query={incidents}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There was no incident yet" command="milepost severity --data milepost-data">
              One opens by itself when a step fails for as many users as the severity rules say. This command tells what the rules would have made of what was recorded.
            </Empty>
          ) : (
            <List product={product} items={ordered(items)} />
          )
        }
      </Answered>
    </>
  );
}

function List({ product, items }: { product: string; items: Incident[] }) {
  const address = useAddress();
  const onlyOpen = address.query.get('show') === 'open';
  const open = items.filter(isOpen);
  const shown = onlyOpen ? open : items;
  const now = Date.now();
  return (
    <>
      <div className="tools">
        <label className="check">
          <input type="checkbox" checked={onlyOpen} onChange={(event) => go(withQuery(address, { show: event.target.checked ? 'open' : null }), 'replace')} />
          Only those that go on
        </label>
        <a href={`${API}${incidentsPath(product, 'all')}?format=csv&limit=1000`} download>CSV</a>
        <span className="quiet" role="status">{open.length === 0 ? 'None goes on' : `${plural(open.length, 'incident')} ${open.length === 1 ? 'goes' : 'go'} on`}, {count(items.length)} in all</span>
      </div>
      {shown.length === 0 ? <p className="quiet">None goes on.</p> : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Incidents">
          <table>
            <thead>
              <tr>
                <th scope="col">Incident</th>
                <th scope="col">Severity</th>
                <th scope="col">When</th>
                <th scope="col">Lost for users</th>
                <th scope="col">Who acts</th>
                <th scope="col">Suspected cause</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <tr key={one.incident}>
                  <th scope="row"><span className="quiet">{one.incident}</span> <Link href={places.incident(product, `${one.incident}`)}>{one.title}</Link></th>
                  <td><Level incident={one} /> <span className="quiet">{STATE_OF[one.state] ?? one.state}</span></td>
                  <td>{when(one, now)}</td>
                  <td>{one.kind === 'telemetry-lost' ? 'not known' : lostWords(one.lost)}</td>
                  <td>{routeWords(one)}{one.acknowledged_by ? <span className="quiet"> · taken by <bdi>{one.acknowledged_by}</bdi></span> : null}</td>
                  <td><bdi>{one.suspected ?? '–'}</bdi></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
