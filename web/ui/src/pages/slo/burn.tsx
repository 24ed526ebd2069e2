// How fast the budget burns, tier by tier.
import type { Alert, SloAnswer } from '../../api/client.ts';
import { Glyph } from '../../parts/state.tsx';
import { burn, clock, count } from '../../view/words.ts';

export function Burn({ slo }: { slo: SloAnswer }) {
  return (
    <section aria-labelledby="burn">
      <h2 id="burn">How fast it burns</h2>
      {slo.alerts.length === 0 ? <p className="quiet">It has no burn alert.</p> : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Burn by tier">
          <table>
            <thead>
              <tr>
                <th scope="col">Tier</th>
                <th scope="col">Fires at</th>
                <th scope="col" className="number">Long window</th>
                <th scope="col" className="number">Short window</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>{slo.alerts.map((alert) => <Tier key={`${alert.urgency}${alert.long.window}`} alert={alert} all={slo.alerts} />)}</tbody>
          </table>
        </div>
      )}
      {slo.alerts_unjudged.map((text) => <p key={text} className="quiet">Not judged: {text}</p>)}
      <p className="quiet">1× spends the budget in exactly one window of the SLO.</p>
    </section>
  );
}

function Tier({ alert, all }: { alert: Alert; all: Alert[] }) {
  const inhibitor = alert.inhibited_by === null || alert.inhibited_by === undefined ? undefined : all[alert.inhibited_by];
  const isFiring = alert.state === 'firing';
  return (
    <tr>
      <th scope="row">{alert.urgency}</th>
      <td>{alert.share} of the budget in {alert.long.window}{alert.after ? `, for ${alert.after}` : null}</td>
      <td className="number">{burn(alert.long.burn_rate)} <span className="quiet">{count(alert.long.bad)} of {count(alert.long.valid)} bad, {alert.long.window}</span></td>
      <td className="number">{burn(alert.short.burn_rate)} <span className="quiet">{count(alert.short.bad)} of {count(alert.short.valid)} bad, {alert.short.window}</span></td>
      <td>
        <span className={`state ${isFiring ? 'bad' : 'no-data'}`}>{isFiring ? <Glyph state="bad" /> : null}{alert.state}</span>
        {alert.since ? <span className="quiet"> since {clock(alert.since)}</span> : null}
        {inhibitor ? <span className="quiet"> · told by {inhibitor.urgency} {inhibitor.long.window}</span> : null}
      </td>
    </tr>
  );
}
