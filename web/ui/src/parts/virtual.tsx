// A long list of rows of one height, of which only those in sight are in the page.
import { useEffect, useRef, useState, type ReactNode } from 'react';

// Rows above and below what is in sight, so that a flick of the wheel meets rows.
const MARGIN = 12;

type VirtualProps<T> = { items: T[]; height: number; label: string; row: (item: T, index: number) => ReactNode; keyOf: (item: T) => string };

export function Virtual<T>({ items, height, label, row, keyOf }: VirtualProps<T>) {
  const list = useRef<HTMLUListElement>(null);
  const [[first, last], setSeen] = useState<[number, number]>([0, 40]);
  useEffect(() => {
    const look = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / height) - MARGIN);
      const to = Math.ceil((window.innerHeight - top) / height) + MARGIN;
      setSeen((seen) => (seen[0] === from && seen[1] === to ? seen : [from, to]));
    };
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [height, items.length]);
  return (
    <ul ref={list} className="virtual" aria-label={label} style={{ height: items.length * height }}>
      {items.slice(first, last).map((item, offset) => (
        <li key={keyOf(item)} style={{ top: (first + offset) * height, height }} aria-setsize={items.length} aria-posinset={first + offset + 1}>
          {row(item, first + offset)}
        </li>
      ))}
    </ul>
  );
}
