// What has happened to an incident, in order, and its report.
import { useState } from 'react';
import { places } from '../../address.ts';
import type { IncidentDetail } from '../../api/client.ts';
import { Link } from '../../parts/link.tsx';
import { timeline } from '../../view/incidents.ts';
import { clock, count } from '../../view/words.ts';

export function Timeline({ product, detail, report }: { product: string; detail: IncidentDetail; report: string }) {
  const [isAll, setAll] = useState(false);
  const { rows, hidden } = timeline(detail, isAll);
  return (
    <section aria-labelledby="timeline">
      <div className="section-head">
        <h2 id="timeline">What has happened</h2>
        <label className="check">
          <input type="checkbox" checked={isAll} onChange={(event) => setAll(event.target.checked)} />
          Also each count of what is lost{hidden > 0 ? ` (${count(hidden)})` : ''}
        </label>
        <a href={report} download={`incident-${detail.incident}.md`}>Report as Markdown</a>
      </div>
      <ol className="timeline">
        {rows.map((row) => (
          <li key={row.key} className={row.kind === 'note' ? 'said' : ''}>
            <time dateTime={row.at}>{clock(row.at, false)}</time>
            <span className="happened">
              {row.text}
              <span className="quiet">
                {row.by === 'Milepost' ? '' : <> · <bdi>{row.by}</bdi></>}
                {row.step ? <> · <Link href={places.step(product, row.step)}>step</Link></> : null}
              </span>
            </span>
          </li>
        ))}
      </ol>
      {detail.left_out > 0 ? <p className="quiet">{count(detail.left_out)} more entries are left out.</p> : null}
    </section>
  );
}
