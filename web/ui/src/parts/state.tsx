// A state as a shape and a word: colour is never all that tells it.
import { asState, STATE_WORDS, type State } from '../view/words.ts';

const SHAPES: Record<State, React.ReactNode> = {
  good: <path d="M3.5 8.5l3 3 6-7" className="stroke" />,
  bad: (
    <>
      <path d="M8 1.5 15 14H1z" className="fill" />
      <path d="M8 6v4M8 11.6v.8" className="cut" />
    </>
  ),
  'no-data': <circle cx="8" cy="8" r="5.2" className="stroke dashed" />,
  unknown: (
    <>
      <rect x="2.5" y="2.5" width="11" height="11" rx="2" className="stroke" />
      <path d="M6.3 6.4a1.8 1.8 0 1 1 2.5 1.7c-.6.3-.8.6-.8 1.2M8 11v.7" className="stroke thin" />
    </>
  ),
};

export function Glyph({ state }: { state: State }) {
  return (
    <svg className={`glyph ${state}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  );
}

export function StateWord({ state, provisional = false }: { state: string; provisional?: boolean }) {
  const known = asState(state);
  return (
    <span className={`state ${known}`}>
      <Glyph state={known} />
      {STATE_WORDS[known]}
      {provisional ? <span className="provisional">provisional</span> : null}
    </span>
  );
}

export function Criticality({ of }: { of: string | null | undefined }) {
  if (!of || of === 'none') return null;
  return <span className={`criticality ${of}`}>{of}</span>;
}
