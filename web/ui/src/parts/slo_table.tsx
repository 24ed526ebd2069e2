// SLOs side by side: what each promises, how it stands, what of its budget is spent and how fast it burns.
import { places } from '../address.ts';
import type { Alert, Slo } from '../api/client.ts';
import { burn, milliseconds, percent, spaced } from '../view/words.ts';
import { Link } from './link.tsx';
import { Meter } from './meter.tsx';
import { StateWord } from './state.tsx';

export function SloTable({ product, slos, caption }: { product: string; slos: Slo[]; caption: string }) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className="slos">
        <thead>
          <tr>
            <th scope="col">SLO</th>
            <th scope="col">Measured by</th>
            <th scope="col">Promise</th>
            <th scope="col" className="number">So far</th>
            <th scope="col">Budget spent</th>
            <th scope="col">Burn</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {slos.map((slo) => (
            <tr key={slo.name}>
              <th scope="row"><Link href={places.slo(product, slo.name)}>{slo.title || slo.name}</Link></th>
              <td>{spaced(slo.method)}, {slo.class}</td>
              <td>{promise(slo)}</td>
              <td className="number">{percent(slo.ratio)}</td>
              <td><Meter share={slo.budget_spent} isEstimate={slo.budget_is_estimate} /></td>
              <td>{burning(slo.alerts)}</td>
              <td><StateWord state={slo.state} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// `99 % within 800 ms, over 28d`.
export function promise(slo: Pick<Slo, 'target' | 'type' | 'threshold_ms' | 'window'>): string {
  const within = slo.threshold_ms === null || slo.threshold_ms === undefined ? '' : ` within ${milliseconds(slo.threshold_ms)}`;
  return `${slo.target} ${slo.type}${within} over ${slo.window}`;
}

function burning(alerts: Alert[]): string {
  const firing = alerts.find((alert) => alert.state === 'firing');
  if (firing) return `${firing.urgency}: ${burn(firing.long.burn_rate)} over ${firing.long.window}`;
  const first = alerts[0];
  return first ? `${burn(first.long.burn_rate)} over ${first.long.window}` : 'no alert';
}

