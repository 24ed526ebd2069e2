// How bad it is by the product's rules, and what came of it against what usually comes.
import { places } from '../../address.ts';
import type { SeverityItem } from '../../api/client.ts';
import { useSeverity } from '../../api/incidents.ts';
import { Link } from '../../parts/link.tsx';
import { Glyph } from '../../parts/state.tsx';
import { expectedWords, ofPath } from '../../view/incidents.ts';
import { impactWords } from '../../view/kpis.ts';
import { clock, percent, readable } from '../../view/words.ts';

const USUAL: Record<string, string> = {
  none: 'What is usual is not learnt yet: that takes seven days of attempts. Until then nothing counts as missing.',
  'time-of-day': 'What is usual is learnt by the time of day.',
  weekdays: 'What is usual is learnt by the time of day and the day of the week.',
};

export function Severity({ product, step }: { product: string; step: string }) {
  const severity = useSeverity(product);
  const items = ofPath(severity.data?.items ?? [], step);
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="severity">
      <h2 id="severity">How bad it is</h2>
      {items.map((item) => <Item key={item.path} product={product} item={item} />)}
      <p className="quiet">{USUAL[items[0]?.baseline ?? 'none']}</p>
    </section>
  );
}

function Item({ product, item }: { product: string; item: SeverityItem }) {
  return (
    <details className="reason">
      <summary>
        {item.level ? <span className="state bad"><Glyph state="bad" />{item.level}</span> : <span className="state"><Glyph state="good" />No rule holds</span>}
        {item.path.includes('/') ? ` in ${item.title}` : ''}{item.since ? ` since ${clock(item.since, false)}` : ''}
        {item.windows.length === 0 ? <span className="quiet"> · nothing is received, so nothing is judged</span> : null}
      </summary>
      {item.incident ? <p>It is part of <Link href={places.incident(product, `${item.incident}`)}>incident {item.incident}</Link>.</p> : null}
      <ul className="rows">
        {expectedWords(item).map((words, at) => <li key={words}>{words}: impact {percent(item.windows[at]?.impact)}</li>)}
        {item.kpis.map((kpi) => <li key={`${kpi.kpi}${kpi.minutes}`}><bdi>{impactWords(kpi)}</bdi></li>)}
      </ul>
      <ol>{item.explanation.map((line, at) => <li key={at}>{readable(line)}</li>)}</ol>
    </details>
  );
}
