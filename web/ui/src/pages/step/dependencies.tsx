// On what a step depends.
import { useState } from 'react';
import type { StepDetail } from '../../api/client.ts';
import { useMatrix } from '../../api/queries.ts';
import { Count } from '../../parts/count.tsx';
import { count, percent } from '../../view/words.ts';

// The operations that are declared and those that were seen, in one table.
export function Dependencies({ product, detail }: { product: string; detail: StepDetail }) {
  const matrix = useMatrix(product);
  const [onlyFailing, setOnlyFailing] = useState(false);
  const seen = (matrix.data?.items ?? []).filter((item) => item.step === detail.step);
  const known = new Set(seen.map((item) => item.operation));
  const measured = new Set(detail.measuring_points);
  const unseen = [
    ...detail.measuring_points.map((operation) => ({ operation, need: 'required' })),
    ...detail.dependencies,
  ].filter((item) => !known.has(item.operation));
  const rows = [...seen, ...unseen.map((item) => ({ ...item, events: 0, failed: 0 }))].filter((row) => !onlyFailing || row.failed > 0);
  return (
    <section aria-labelledby="depends">
      <div className="section-head">
        <h2 id="depends">What it depends on</h2>
        <label className="check">
          <input type="checkbox" checked={onlyFailing} onChange={(event) => setOnlyFailing(event.target.checked)} /> Only with failures
        </label>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label="Operations of the step">
        <table>
          <thead>
            <tr>
              <th scope="col">Operation</th>
              <th scope="col">Declared as</th>
              <th scope="col" className="number">Events</th>
              <th scope="col" className="number">Failed</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.operation}>
                <th scope="row"><bdi>{row.operation}</bdi></th>
                <td>{row.need ?? 'not declared'}{measured.has(row.operation) ? <span className="quiet"> · measures the step</span> : null}</td>
                <td className="number">{row.events === 0 ? 'never seen' : count(row.events)}</td>
                <td className="number">{row.events === 0 ? '–' : row.failed === 0 ? <Count of={0} /> : `${count(row.failed)} (${percent(row.failed / row.events)})`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="quiet">Counted since the data directory was begun.</p>
    </section>
  );
}
