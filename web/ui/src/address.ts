// Where somebody is: the path says what is shown, the query says how. All state that a link should carry is here.
import { useSyncExternalStore } from 'react';

export type Address = { path: string; query: URLSearchParams };

const CHANGED = 'milepost:address';

let last: { href: string; address: Address } | undefined;

function current(): Address {
  const href = window.location.href;
  if (last?.href !== href) {
    const { pathname, search } = window.location;
    last = { href, address: { path: pathname, query: new URLSearchParams(search) } };
  }
  return last.address;
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('popstate', changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener('popstate', changed);
    window.removeEventListener(CHANGED, changed);
  };
}

export function useAddress(): Address {
  return useSyncExternalStore(subscribe, current);
}

export function go(href: string, how: 'push' | 'replace' = 'push'): void {
  if (href === `${window.location.pathname}${window.location.search}`) return;
  if (how === 'push') window.history.pushState(null, '', href);
  else window.history.replaceState(null, '', href);
  window.dispatchEvent(new Event(CHANGED));
}

// The same place with some of its query changed; `null` takes a key out.
export function withQuery(address: Address, changes: Record<string, string | null>): string {
  const query = new URLSearchParams(address.query);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(key);
    else query.set(key, value);
  }
  const text = query.toString();
  return text ? `${address.path}?${text}` : address.path;
}

export function path(...parts: string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

export const places = {
  product: (product: string) => path('products', product),
  objective: (product: string, objective: string) => path('products', product, 'objectives', objective),
  step: (product: string, step: string) => path('products', product, 'steps', step),
  slos: (product: string) => path('products', product, 'slos'),
  slo: (product: string, slo: string) => path('products', product, 'slos', slo),
  services: (product: string) => path('products', product, 'services'),
  incidents: (product: string) => path('products', product, 'incidents'),
  incident: (product: string, incident: string) => path('products', product, 'incidents', incident),
  registry: () => '/registry',
  ingest: () => '/ingest',
};

export type Place =
  | { page: 'home' | 'registry' | 'ingest' | 'nowhere' }
  | { page: 'product' | 'slos' | 'services' | 'incidents'; product: string }
  | { page: 'objective' | 'step' | 'slo' | 'incident'; product: string; name: string };

// Nouns of which a product has a page with all of them.
const LISTS = ['slos', 'services', 'incidents'] as const;

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// What a path shows.
export function placeOf(pathname: string): Place {
  const parts = pathname.split('/').filter(Boolean).map(decoded);
  const [first, product, noun, name, ...rest] = parts;
  if (first === undefined) return { page: 'home' };
  if (parts.length === 1 && (first === 'registry' || first === 'ingest')) return { page: first };
  if (first !== 'products' || product === undefined || rest.length > 0) return { page: 'nowhere' };
  if (noun === undefined) return { page: 'product', product };
  const list = LISTS.find((known) => known === noun);
  if (name === undefined) return list ? { page: list, product } : { page: 'nowhere' };
  const pages = { objectives: 'objective', steps: 'step', slos: 'slo', incidents: 'incident' } as const;
  const page = pages[noun as keyof typeof pages];
  return page ? { page, product, name } : { page: 'nowhere' };
}
