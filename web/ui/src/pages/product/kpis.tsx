// What the product is judged by: what each KPI came to in the time shown, and what is lost of it. Nothing where it is judged by nothing.
import { useKpis } from '../../api/queries.ts';
import { Failure } from '../../parts/notice.tsx';
import { RangeField, useRange } from '../../parts/range.tsx';
import { Glyph } from '../../parts/state.tsx';
import { kpiLine, type KpiLine } from '../../view/kpis.ts';

export function Kpis({ product }: { product: string }) {
  const { span } = useRange();
  const kpis = useKpis(product, span);
  const lines = (kpis.data?.items ?? []).map(kpiLine);
  if (kpis.error && !kpis.data) return <Failure error={kpis.error} />;
  if (lines.length === 0) return null;
  return (
    <section className="kpis" aria-labelledby="kpis">
      <div className="section-head">
        <h2 id="kpis">What users made of it</h2>
        <RangeField />
      </div>
      <ul>{lines.map((line) => <Line key={line.kpi} line={line} />)}</ul>
    </section>
  );
}

function Line({ line }: { line: KpiLine }) {
  return (
    <li title={line.note ?? undefined}>
      <span className="kpi-title"><bdi>{line.title}</bdi></span>
      <span className={`kpi-realised ${line.state}`}>{line.state === 'told' ? null : <Glyph state={line.state} />}<bdi>{line.realised}</bdi></span>
      {line.lost ? <span className={line.isLost ? 'kpi-lost' : 'quiet'}><bdi>{line.lost}</bdi></span> : null}
    </li>
  );
}
