// What becomes of telemetry: what arrives, what serves a step, what is refused and why, and a rule to copy for what serves none.
import { useState } from 'react';
import type { Ingest } from '../api/client.ts';
import { useIngest } from '../api/queries.ts';
import { Count } from '../parts/count.tsx';
import { Answered } from '../parts/notice.tsx';
import { ago, count, percent, sentence, spaced } from '../view/words.ts';
import { ruleFor } from '../view/rule.ts';

export default function IngestPage() {
  const query = useIngest();
  return (
    <>
      <h1>Ingest</h1>
      <Answered query={query}>{(data) => <Shown data={data} />}</Answered>
    </>
  );
}

function Shown({ data }: { data: Ingest }) {
  const now = Date.now();
  const { annotated, counted, received, duplicates } = data;
  const rejected = Object.values(data.rejected).reduce((sum, value) => sum + value, 0);
  return (
    <>
      {data.warnings.map((warning) => <p key={warning} className="stale" role="status">{sentence(warning)}</p>)}
      {received === 0 ? <Nothing data={data} /> : null}
      <section aria-labelledby="flow-of-events">
        <h2 id="flow-of-events">Since the server was started {ago(data.started, now)}</h2>
        <ul className="figures">
          <Figure name="events received" value={count(received)} note={data.newest_event ? `the newest began ${ago(data.newest_event, now)}` : 'none yet'} />
          <Figure name="counted" value={count(counted)} note={duplicates > 0 ? `${count(duplicates)} came again, and count once` : 'each once'} />
          <Figure name="serve a step" value={counted > 0 ? percent(annotated / counted) : '–'} note={`${count(annotated)} of ${count(counted)}; the rest are operations behind no step`} />
          <Figure name="refused" value={count(rejected)} note={rejected === 0 ? 'nothing was lost' : 'by reason below'} isBad={rejected > 0} />
        </ul>
      </section>
      <Unannotated data={data} />
      <section aria-labelledby="details">
        <h2 id="details">In detail</h2>
        <div className="columns">
          <Counts title="Refused, by reason" of={data.rejected} empty="Nothing was refused." />
          <Counts title="How events came by their step" of={data.origins} words={ORIGINS} empty="No event has a step yet." />
          <Counts title="What became of annotations" of={data.claims} words={CLAIMS} empty="No event carried an annotation." />
        </div>
      </section>
      <Where data={data} />
    </>
  );
}

function Figure({ name, value, note, isBad = false }: { name: string; value: string; note: string; isBad?: boolean }) {
  return (
    <li className={isBad ? 'bad' : ''}>
      <strong>{value}</strong> {name}
      <span className="quiet">{note}</span>
    </li>
  );
}

function Nothing({ data }: { data: Ingest }) {
  return (
    <div className="empty">
      <h2>Nothing has arrived yet</h2>
      <p>Point an OpenTelemetry SDK or Collector here:</p>
      <pre className="command" tabIndex={0}>{`OTEL_EXPORTER_OTLP_ENDPOINT=http://${data.listens.otlp_http ?? '127.0.0.1:4318'}`}</pre>
    </div>
  );
}

function Unannotated({ data }: { data: Ingest }) {
  const rows = data.unannotated;
  return (
    <section aria-labelledby="unannotated">
      <h2 id="unannotated">Requests of users that serve no step</h2>
      {rows.length === 0 ? (
        <p className="quiet">Every request of a user serves a step.</p>
      ) : (
        <>
          <p className="quiet">Since the data directory was begun, the most frequent first. Copy the lines into the step that they serve.</p>
          <div className="scroll" tabIndex={0} role="region" aria-label="Operations without a step">
            <table>
              <thead>
                <tr><th scope="col">Operation</th><th scope="col" className="number">Events</th><th scope="col" className="number">Failed</th><th scope="col">For a step</th></tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.operation}>
                    <th scope="row"><bdi>{row.operation}</bdi></th>
                    <td className="number">{count(row.events)}</td>
                    <td className="number"><Count of={row.failed} /></td>
                    <td><Copy text={ruleFor(row.operation)} label={row.operation} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState<'' | 'Copied' | 'Select it to copy'>('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      // Browsers refuse it where the page came without https from another machine.
      setSaid('Select it to copy');
    }
  };
  return (
    <span className="copy">
      <pre>{text}</pre>
      <button type="button" onClick={() => void copy()} aria-label={`Copy the lines for ${label}`}>{said || 'Copy'}</button>
    </span>
  );
}

// In words that need no manual; what has none here is written as the server has it.
const ORIGINS: Record<string, string> = { client: 'the request says so', rule: 'by a rule', operation: 'by their operation', none: 'they have none' };
const CLAIMS: Record<string, string> = { accepted: 'taken as they are', overruled: 'not taken: the registry says otherwise' };

type CountsProps = { title: string; of: Record<string, number>; empty: string; words?: Record<string, string> };

function Counts({ title, of, empty, words = {} }: CountsProps) {
  const rows = Object.entries(of).filter(([, value]) => value > 0);
  return (
    <div>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p className="quiet">{empty}</p>
      ) : (
        <table>
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}><th scope="row">{words[name] ?? spaced(name)}</th><td className="number">{count(value)}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Where({ data }: { data: Ingest }) {
  const { listens, followed } = data;
  return (
    <section aria-labelledby="where">
      <h2 id="where">Where it comes from</h2>
      <dl className="facts">
        <div><dt>OTLP/gRPC</dt><dd>{listens.otlp_grpc ?? 'not received'}</dd></div>
        <div><dt>OTLP/HTTP</dt><dd>{listens.otlp_http ?? 'not received'}</dd></div>
        {followed.map((file) => (
          <div key={file.file}><dt>Access log of {file.service}</dt><dd>{file.file}{file.exists ? '' : ' (not there yet)'}</dd></div>
        ))}
        <div><dt>Takes telemetry</dt><dd>{data.is_ready ? 'yes' : 'not now'}</dd></div>
        <div><dt>Repetitions are known</dt><dd>for {count(data.dedupe_window_seconds)} s back</dd></div>
      </dl>
    </section>
  );
}
