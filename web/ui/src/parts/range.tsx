// The field in which a range of time is typed; it stands in the address.
import { useId, useState, type FormEvent } from 'react';
import { go, useAddress, withQuery } from '../address.ts';
import { DEFAULT_RANGE, parseRange, RANGE_EXAMPLES, type Span } from '../time/range.ts';

const DEFAULT_SPAN: Span = { from: '-1h', to: 'now' };

// What the address asks for, and what is wrong with it where it is nothing.
export function useRange(): { text: string; span: Span; error: string | null } {
  const { query } = useAddress();
  const text = query.get('range') ?? DEFAULT_RANGE;
  const parsed = parseRange(text, new Date());
  return parsed.ok ? { text, span: parsed.span, error: null } : { text, span: DEFAULT_SPAN, error: parsed.message };
}

// `unset` says what is shown while no range is chosen, where that is not the last hour.
export function RangeField({ unset }: { unset?: string }) {
  const { query } = useAddress();
  const { text, error } = useRange();
  const shown = unset !== undefined && !query.has('range') ? unset : text;
  return <Field key={shown} text={shown} error={error} unset={unset ?? DEFAULT_RANGE} />;
}

function Field({ text, error, unset }: { text: string; error: string | null; unset: string }) {
  const address = useAddress();
  const [typed, setTyped] = useState(text);
  const [wrong, setWrong] = useState(error);
  const id = useId();
  const take = (value: string) => {
    const isUnset = value.trim() === unset || value.trim() === '';
    const parsed = parseRange(value, new Date());
    setWrong(parsed.ok || isUnset ? null : parsed.message);
    if (parsed.ok || isUnset) go(withQuery(address, { range: isUnset ? null : value.trim() }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    take(typed);
  };
  return (
    <form className="range" onSubmit={submit}>
      <label htmlFor={`${id}range`} className="label">Time</label>
      <input
        id={`${id}range`}
        name="range"
        value={typed}
        list={`${id}examples`}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={wrong !== null}
        aria-describedby={wrong ? `${id}wrong` : undefined}
        onChange={(event) => {
          setTyped(event.target.value);
          if (RANGE_EXAMPLES.includes(event.target.value)) take(event.target.value);
        }}
        onBlur={() => typed !== text && take(typed)}
      />
      <datalist id={`${id}examples`}>
        {[unset, ...RANGE_EXAMPLES.filter((example) => example !== unset)].map((example) => (
          <option key={example} value={example} />
        ))}
      </datalist>
      {wrong ? <p id={`${id}wrong`} className="wrong" role="alert">{wrong}</p> : null}
    </form>
  );
}
