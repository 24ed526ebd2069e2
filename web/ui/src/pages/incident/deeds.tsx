// What people do about an incident: take it, write something down, say how bad it is, say that it is over. Each is kept with who did it.
import { useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import type { IncidentDetail } from '../../api/client.ts';
import { useDeed, type Deed } from '../../api/incidents.ts';
import { useVisitor } from '../../api/session.ts';
import { TokenForm } from '../../parts/sign_in.tsx';

type DeedsProps = { product: string; detail: IncidentDetail };

export function Deeds({ product, detail }: DeedsProps) {
  const visitor = useVisitor();
  if (!visitor.data) return null;
  return (
    <section aria-labelledby="deeds">
      <h2 id="deeds">What to do about it</h2>
      {visitor.data.may_write ? <Forms product={product} detail={detail} /> : <Ask name={visitor.data.name} />}
    </section>
  );
}

// Whoever may only read shows another token.
function Ask({ name }: { name: string | null }) {
  const client = useQueryClient();
  return (
    <div className="ask">
      <p>{name ? <>You are signed in as <bdi>{name}</bdi>, who may read. </> : null}To take it, note something, say how bad it is or that it is over, sign in with a token of kind <code>write</code>:</p>
      <TokenForm done={() => void client.invalidateQueries()} />
    </div>
  );
}

function Forms({ product, detail }: DeedsProps) {
  const deed = useDeed(product, `${detail.incident}`);
  const isOpen = detail.state === 'open';
  const act = (wanted: Deed) => deed.mutateAsync(wanted);
  return (
    <div className="deeds">
      {isOpen && !detail.acknowledged_by ? (
        <button type="button" className="button" disabled={deed.isPending} onClick={() => void act({ verb: 'acknowledge', body: {} }).catch(() => {})}>I have it</button>
      ) : null}
      <Said label="Note" verb="Write it down" act={(text) => act({ verb: 'note', body: { text } })} isLong />
      {isOpen ? <Override act={act} levels={detail.levels} now={detail.level ?? ''} /> : null}
      {isOpen && detail.is_overridden ? (
        <button type="button" disabled={deed.isPending} onClick={() => void act({ verb: 'remove-override', body: {} }).catch(() => {})}>Take back what was said of how bad it is</button>
      ) : null}
      {isOpen ? <Said label="It is over, because" verb="Say that it is over" act={(reason) => act({ verb: 'resolve', body: { reason } })} /> : null}
      {deed.error ? <p className="wrong" role="alert">Not done: {deed.error.message}</p> : null}
      <p className="hidden" role="status">{deed.isSuccess ? 'Done' : ''}</p>
    </div>
  );
}

type SaidProps = { label: string; verb: string; act: (text: string) => Promise<unknown>; isLong?: boolean };

// One field and what sends it; it is empty again once that is done, and keeps what was typed otherwise.
function Said({ label, verb, act, isLong = false }: SaidProps) {
  const [text, setText] = useState('');
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await act(text).then(() => setText(''), () => {});
  };
  const field = { id, value: text, required: true, maxLength: 4_000, onChange: (event: { target: { value: string } }) => setText(event.target.value) };
  return (
    <form className="said" onSubmit={(event) => void submit(event)}>
      <label htmlFor={id} className="label">{label}</label>
      {isLong ? <textarea rows={2} {...field} /> : <input autoComplete="off" {...field} />}
      <button type="submit">{verb}</button>
    </form>
  );
}

// Begins with the level that it has: nobody says less by not looking.
function Override({ act, levels, now }: { act: (deed: Deed) => Promise<unknown>; levels: string[]; now: string }) {
  const [level, setLevel] = useState(now);
  const [reason, setReason] = useState('');
  const id = useId();
  if (levels.length === 0) return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await act({ verb: 'override', body: { level: level === '' ? null : level, reason } }).then(() => setReason(''), () => {});
  };
  return (
    <form className="said" onSubmit={(event) => void submit(event)}>
      <label htmlFor={`${id}level`} className="label">I would say it is</label>
      <select id={`${id}level`} value={level} onChange={(event) => setLevel(event.target.value)}>
        <option value="">no incident</option>
        {levels.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
      <label htmlFor={`${id}reason`} className="label">because</label>
      <input id={`${id}reason`} value={reason} required maxLength={4_000} autoComplete="off" onChange={(event) => setReason(event.target.value)} />
      <button type="submit">Say so</button>
    </form>
  );
}
