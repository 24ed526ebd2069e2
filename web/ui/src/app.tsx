// The frame around all pages: where one can go, whether what is shown is live, and which page the address means.
import { lazy, Suspense, useEffect, useRef } from 'react';
import { go, places, placeOf, useAddress, withQuery, type Place } from './address.ts';
import { useIncidents } from './api/incidents.ts';
import { useLine, useLive } from './api/live.ts';
import { useVisitor } from './api/session.ts';
import { SignedIn, SignIn } from './parts/sign_in.tsx';
import { Boundary } from './parts/boundary.tsx';
import { Keys } from './parts/keys.tsx';
import { useProducts } from './api/queries.ts';
import { Link } from './parts/link.tsx';
import { Answered, Empty } from './parts/notice.tsx';
import { ProductPage } from './pages/product.tsx';

const StepPage = lazy(() => import('./pages/step.tsx'));
const ObjectivePage = lazy(() => import('./pages/objective.tsx'));
const SloPage = lazy(() => import('./pages/slo.tsx'));
const SlosPage = lazy(() => import('./pages/slos.tsx'));
const IncidentsPage = lazy(() => import('./pages/incidents.tsx'));
const IncidentPage = lazy(() => import('./pages/incident.tsx'));
const ServicesPage = lazy(() => import('./pages/services.tsx'));
const RegistryPage = lazy(() => import('./pages/registry.tsx'));
const IngestPage = lazy(() => import('./pages/ingest.tsx'));

const PAGE_TITLES: Record<Place['page'], string> = {
  home: 'Products',
  product: 'Product',
  objective: 'Objective',
  step: 'Step',
  slo: 'SLO',
  slos: 'SLOs',
  incidents: 'Incidents',
  incident: 'Incident',
  services: 'Services and operations',
  registry: 'Registry',
  ingest: 'Ingest',
  nowhere: 'Nothing here',
};

export function App() {
  const { path, query } = useAddress();
  const isWall = query.get('screen') === 'wall';
  const place = placeOf(path);
  const products = useProducts();
  const visitor = useVisitor();
  const product = 'product' in place ? place.product : (products.data?.items[0]?.name ?? null);
  useLive();
  useEffect(() => {
    const name = 'name' in place ? `${place.name} · ` : '';
    document.title = `${name}${PAGE_TITLES[place.page]} · Milepost`;
  }, [path]);
  useEffect(() => {
    document.documentElement.classList.toggle('wall', isWall);
  }, [isWall]);
  useMoved(path);
  if (visitor.data?.must_sign_in) return <SignIn />;
  return (
    <>
      <a className="skip" href="#content">Skip to the content</a>
      <TopBar place={place} product={product} title={products.data?.items.find((item) => item.name === product)?.title ?? product} />
      <main id="content" tabIndex={-1}>
        <Pinned />
        <Suspense fallback={<p className="loading" role="status">Loading…</p>}>
          <Boundary key={path}>
            <Shown place={place} />
          </Boundary>
        </Suspense>
      </main>
    </>
  );
}

// Says that the address pins what is counted, and how to see what is counted by now.
function Pinned() {
  const address = useAddress();
  const asOf = address.query.get('as-of');
  if (asOf === null) return null;
  return (
    <p className="stale" role="status">
      Counts of the chosen time are as they were when this link was made, up to record {asOf} of the log; marks, budgets and incidents are of now.{' '}
      <Link href={withQuery(address, { 'as-of': null })}>Show what is counted by now</Link>
    </p>
  );
}

// Whoever goes somewhere begins at its top, also those who do not see that the page is another.
function useMoved(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    window.scrollTo(0, 0);
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [path]);
}

function TopBar({ place, product, title }: { place: Place; product: string | null; title: string | null }) {
  const entry = (page: Place['page'], label: string, href: string) => (
    <li>
      <Link href={href} aria-current={place.page === page ? 'page' : undefined}>{label}</Link>
    </li>
  );
  return (
    <header className="topbar">
      <Link href="/" className="brand">Milepost</Link>
      <nav aria-label="Pages">
        <ul>
          {product !== null && title !== null ? (
            <>
              {entry('product', title, places.product(product))}
              <OpenEntry product={product} isHere={place.page === 'incidents' || place.page === 'incident'} />
              {entry('slos', 'SLOs', places.slos(product))}
              {entry('services', 'Services', places.services(product))}
            </>
          ) : null}
          {entry('registry', 'Registry', places.registry())}
          {entry('ingest', 'Ingest', places.ingest())}
        </ul>
      </nav>
      <Keys product={product} />
      <LineState />
      <SignedIn />
    </header>
  );
}

// Incidents, with how many go on.
function OpenEntry({ product, isHere }: { product: string; isHere: boolean }) {
  const incidents = useIncidents(product, 'open');
  const open = (incidents.data?.items ?? []).filter((one) => one.state === 'open').length;
  return (
    <li>
      <Link href={places.incidents(product)} aria-current={isHere ? 'page' : undefined}>
        Incidents{open > 0 ? <span className="badge"> {open}<span className="hidden"> open</span></span> : null}
      </Link>
    </li>
  );
}

function LineState() {
  const line = useLine();
  const words = { opening: 'Connecting…', open: 'Live', lost: 'Connection lost; trying again' }[line.status];
  return (
    <span className={`connection ${line.status}`} role="status">
      {words}
    </span>
  );
}

function Shown({ place }: { place: Place }) {
  switch (place.page) {
    case 'home':
      return <Home />;
    case 'product':
      return <ProductPage product={place.product} />;
    case 'objective':
      return <ObjectivePage product={place.product} objective={place.name} />;
    case 'step':
      return <StepPage product={place.product} step={place.name} />;
    case 'slo':
      return <SloPage product={place.product} slo={place.name} />;
    case 'slos':
      return <SlosPage product={place.product} />;
    case 'incidents':
      return <IncidentsPage product={place.product} />;
    case 'incident':
      return <IncidentPage product={place.product} incident={place.name} />;
    case 'services':
      return <ServicesPage product={place.product} />;
    case 'registry':
      return <RegistryPage />;
    case 'ingest':
      return <IngestPage />;
    default:
      return (
        <Empty title="There is no page at this address">
          <Link href="/">Go to the products</Link>, or check the address for a typing mistake.
        </Empty>
      );
  }
}

// The only product, at once; else all of them to choose from.
function Home() {
  const products = useProducts();
  const items = products.data?.items;
  const only = items?.length === 1 ? items[0] : undefined;
  useEffect(() => {
    if (only) go(places.product(only.name), 'replace');
  }, [only]);
  return (
    <Answered query={products}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="The registry has no product" command="milepost init registry">
            A product says who uses what. This command begins one; the server notices it by itself.
          </Empty>
        ) : (
          <>
            <h1>Products</h1>
            <ul className="rows">
              {items.map((item) => (
                <li key={item.name}>
                  <Link href={places.product(item.name)}>{item.title}</Link>
                  <span className="quiet"> {item.description}</span>
                </li>
              ))}
            </ul>
          </>
        )
      }
    </Answered>
  );
}
