// What explains its failures: errors, and what failing attempts have in common. Associations: where to look first.
import { places } from '../../address.ts';
import { API, type Explanation } from '../../api/client.ts';
import { explanationPath, useExplanation } from '../../api/queries.ts';
import { Link } from '../../parts/link.tsx';
import { Answered } from '../../parts/notice.tsx';
import type { Span } from '../../time/range.ts';
import { explanationWords, sliceRows, type SliceRow } from '../../view/explanation.ts';

export function Explained({ product, step, span }: { product: string; step: string; span: Span }) {
  const path = explanationPath(product, step, span);
  const query = useExplanation(path);
  return (
    <section aria-labelledby="explained">
      <h2 id="explained">What explains its failures</h2>
      <Answered query={query}>{(data) => <Told product={product} explanation={data} csv={`${API}${path}&format=csv`} />}</Answered>
    </section>
  );
}

function Told({ product, explanation, csv }: { product: string; explanation: Explanation; csv: string }) {
  const [errors, slices] = [sliceRows(explanation, 'error'), sliceRows(explanation, 'slice')];
  const notes = [
    ...(explanation.is_damaged ? ['Some facts of this time are lost, since a file is damaged.'] : []),
    ...(explanation.has_pairs ? [] : ['Attempts differ in too many ways for slices by two values.']),
    ...(explanation.has_all_errors ? [] : ['There were too many errors to find the traces of all.']),
  ];
  return (
    <>
      <p><bdi>{explanationWords(explanation)}</bdi></p>
      {errors.length + slices.length > 0 ? (
        <div className="scroll" tabIndex={0} role="region" aria-label="What failing attempts have in common">
          <table>
            <thead>
              <tr>
                <th scope="col">In common</th>
                <th scope="col">Of the failures</th>
                <th scope="col">Of such attempts failed</th>
                <th scope="col">Likelier than usual</th>
              </tr>
            </thead>
            <Rows title="What went wrong" rows={errors} />
            <Rows title="Where, and for whom" rows={slices} />
          </table>
        </div>
      ) : null}
      {notes.map((note) => <p key={note} className="quiet">{note}</p>)}
      {explanation.failed > 0 ? (
        <p className="quiet">
          Associations, not causes: where to look first. <Link href={places.services(product)}>Which operation serves which step</Link> · <a href={csv} download>CSV</a>
        </p>
      ) : null}
    </>
  );
}

function Rows({ title, rows }: { title: string; rows: SliceRow[] }) {
  if (rows.length === 0) return null;
  return (
    <tbody>
      <tr className="group"><th scope="rowgroup" colSpan={4}>{title}</th></tr>
      {rows.map((row) => (
        <tr key={row.key}>
          <th scope="row"><bdi>{row.what}</bdi></th>
          <td>
            <span className="meter">
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" width="60" height="8" aria-hidden="true">
                <rect className="track" width="100" height="8" />
                <rect className="spent" width={row.share * 100} height="8" />
              </svg>
              {row.coverage}
            </span>
          </td>
          <td>{row.precision}</td>
          <td>{row.lift}</td>
        </tr>
      ))}
    </tbody>
  );
}
