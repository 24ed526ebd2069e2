// Keys for everything: `/` finds, `?` tells the keys, `g` and a letter go somewhere, `y` makes the address one that stays.
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { go, places, withQuery } from '../address.ts';
import { useIncidents } from '../api/incidents.ts';
import { useObjectives, useBoard, useSteps } from '../api/queries.ts';
import { lasting } from '../time/lasting.ts';
import { search, type Found } from '../view/search.ts';

const KEYS: [string, string][] = [
  ['/', 'Find an objective, a step, an SLO, an incident or a page'],
  ['?', 'These keys'],
  ['g then p', 'The product'],
  ['g then n', 'Incidents'],
  ['g then s', 'SLOs'],
  ['g then o', 'Services and operations'],
  ['g then r', 'Registry'],
  ['g then i', 'Ingest'],
  ['w', 'Wall screen: the page alone, larger; again to leave it'],
  ['t', 'Type a time'],
  ['y', 'Make the address absolute, and copy it: whoever opens it sees the same time'],
  ['← → in a chart', 'Move the cursor; Page up and Page down move it further, with Shift it goes from change to change'],
  ['Esc', 'Close what is open'],
];

// How long the second key of two may take.
const SECOND_KEY_MS = 1_200;

export function Keys({ product }: { product: string | null }) {
  const [shown, setShown] = useState<'search' | 'keys' | null>(null);
  const [said, setSaid] = useState('');
  const began = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const pressed = (event: globalThis.KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) {
        if (event.key === 'k' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          setShown('search');
        }
        return;
      }
      const target = event.target as HTMLElement;
      if (target.closest('input, textarea, select, dialog')) return;
      const isSecond = event.timeStamp - began.current < SECOND_KEY_MS;
      began.current = event.key === 'g' && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (isSecond) {
        const href = placeFor(event.key, product);
        if (href) go(href);
      } else if (event.key === '/') {
        event.preventDefault();
        setShown('search');
      } else if (event.key === '?') {
        setShown('keys');
      } else if (event.key === 'w') {
        const here = { path: window.location.pathname, query: new URLSearchParams(window.location.search) };
        go(withQuery(here, { screen: here.query.has('screen') ? null : 'wall' }), 'replace');
      } else if (event.key === 't') {
        const field = document.querySelector<HTMLInputElement>('input[name="range"]');
        event.preventDefault();
        field?.select();
        field?.focus();
      } else if (event.key === 'y') {
        void lasting().then(setSaid);
      }
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [product]);
  return (
    <>
      <button type="button" className="find" onClick={() => setShown('search')}>Find <kbd>/</kbd></button>
      <button type="button" className="find" onClick={() => setShown('keys')} aria-label="Keys"><kbd>?</kbd></button>
      <span className="hidden" role="status">{said}</span>
      {shown === 'search' ? <Palette product={product} close={() => setShown(null)} /> : null}
      {shown === 'keys' ? <KeyList close={() => setShown(null)} /> : null}
    </>
  );
}

function placeFor(key: string, product: string | null): string | null {
  if (key === 'r') return places.registry();
  if (key === 'i') return places.ingest();
  if (product === null) return null;
  const pages: Record<string, string> = { p: places.product(product), n: places.incidents(product), s: places.slos(product), o: places.services(product) };
  return pages[key] ?? null;
}

function Dialog({ label, close, children }: { label: string; close: () => void; children: React.ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={label} onClose={close} onClick={(event) => event.target === event.currentTarget && dialog.current?.close()}>
      {children}
    </dialog>
  );
}

function KeyList({ close }: { close: () => void }) {
  return (
    <Dialog label="Keys" close={close}>
      <h2>Keys</h2>
      <dl className="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>
        ))}
      </dl>
      <form method="dialog"><button type="submit">Close</button></form>
    </Dialog>
  );
}

const PAGES: Found[] = [
  { kind: 'page', title: 'Registry', name: 'documents, who does what, diagnostics', href: places.registry() },
  { kind: 'page', title: 'Ingest', name: 'telemetry that arrives and is refused', href: places.ingest() },
];

function Palette({ product, close }: { product: string | null; close: () => void }) {
  const all = useFindable(product ?? '');
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = search(product === null ? PAGES : [...all, ...PAGES], text);
  const open = (one: Found | undefined) => {
    if (!one) return;
    close();
    go(one.href);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (event.key === 'Enter') open(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="Find" close={close}>
      <input
        type="search"
        autoFocus
        value={text}
        placeholder="Objective, step, SLO or page"
        aria-label="Find"
        role="combobox"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={found[at] ? `found-${at}` : undefined}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <ul id="found" role="listbox" aria-label="Found">
        {found.map((one, index) => (
          <li key={one.href} id={`found-${index}`} role="option" aria-selected={index === at} onClick={() => open(one)}>
            <span>{one.title}</span> <span className="quiet">{one.kind} · {one.name}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p className="quiet" role="status">Nothing has these words in its name.</p> : null}
    </Dialog>
  );
}

function useFindable(product: string): Found[] {
  const [objectives, steps, slos, incidents] = [useObjectives(product), useSteps(product), useBoard(product), useIncidents(product, 'open')];
  return [
    ...(objectives.data?.items ?? []).map((one) => ({ kind: 'objective', title: one.title, name: one.name, href: places.objective(product, one.name) })),
    ...(steps.data?.items ?? []).map((one) => ({ kind: 'step', title: one.title, name: one.step, href: places.step(product, one.step) })),
    ...(slos.data?.items ?? []).map((one) => ({ kind: 'SLO', title: one.title || one.name, name: one.name, href: places.slo(product, one.name) })),
    ...(incidents.data?.items ?? []).map((one) => ({ kind: 'incident', title: one.title, name: `incident ${one.incident}`, href: places.incident(product, `${one.incident}`) })),
    { kind: 'page', title: 'Incidents', name: 'what goes wrong for users', href: places.incidents(product) },
    { kind: 'page', title: 'SLOs', name: 'all promises', href: places.slos(product) },
    { kind: 'page', title: 'Services and operations', name: 'declared and seen', href: places.services(product) },
  ];
}
