// The steps of an incident: since when each is hit, by what it fails, and what it lost.
import { places } from '../../address.ts';
import type { IncidentStep } from '../../api/client.ts';
import { Link } from '../../parts/link.tsx';
import { Glyph } from '../../parts/state.tsx';
import { lostWords } from '../../view/incidents.ts';
import { lostOfKpi } from '../../view/kpis.ts';
import { clock } from '../../view/words.ts';

export function Hits({ product, hits }: { product: string; hits: IncidentStep[] }) {
  if (hits.length === 0) return null;
  return (
    <section aria-labelledby="hits">
      <h2 id="hits">Steps that are hit</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="Steps of the incident">
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Severity</th>
              <th scope="col">Since</th>
              <th scope="col">Fails by</th>
              <th scope="col">Lost</th>
              <th scope="col">Owner</th>
            </tr>
          </thead>
          <tbody>
            {hits.map((hit) => (
              <tr key={hit.path}>
                <th scope="row">
                  <Link href={places.step(product, hit.path.split('/').at(-1) ?? hit.path)}>{hit.title}</Link>
                  {hit.objectives.length > 0 ? <span className="quiet"> for {hit.objectives.join(', ')}</span> : null}
                </th>
                <td>
                  {hit.healed_at ? <span className="state"><Glyph state="good" />healed</span> : <span className="state bad"><Glyph state="bad" />{hit.level ?? 'hit'}</span>}
                  {hit.worst_level && (hit.healed_at || hit.worst_level !== hit.level) ? <span className="quiet"> {hit.worst_level} at its worst</span> : null}
                </td>
                <td>{clock(hit.since, false)}{hit.healed_at ? ` to ${clock(hit.healed_at, false)}` : ''}</td>
                <td>{hit.causes.length === 0 ? <span className="quiet">not known</span> : <ul>{hit.causes.map((cause) => <li key={cause}><bdi>{cause}</bdi></li>)}</ul>}</td>
                <td className="lost">
                  {hit.lost ? lostWords(hit.lost) : <span className="quiet">not counted yet</span>}
                  {hit.kpis.length === 0 ? null : <ul>{hit.kpis.map((kpi) => <li key={kpi.kpi}><bdi>{lostOfKpi(kpi)}</bdi></li>)}</ul>}
                </td>
                <td><bdi>{hit.owner}</bdi>{hit.is_supported ? <span className="quiet"> · supported by SRE</span> : null}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
