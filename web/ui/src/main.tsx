// The entry: puts the application into the page.
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { placeOf } from './address.ts';
import { ApiProblem } from './api/client.ts';
import { expectMap } from './api/queries.ts';
import { App } from './app.tsx';
import './styles.css';

const client: QueryClient = new QueryClient({
  // A session that has ended is noticed by whoever asks first; then the page asks whom it still stands for.
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (error instanceof ApiProblem && error.status === 401 && query.queryKey[0] !== 'session') void client.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      // Events say when something has changed; this is for what they do not tell.
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      // What the caller has to mend does not get better by asking again.
      retry: (count, error) => count < 3 && !(error instanceof ApiProblem && error.status < 500),
    },
  },
});

// With thousands of steps the answer takes as long as the first page does to be made: they go side by side.
const place = placeOf(window.location.pathname);
if (place.page === 'product') expectMap(client, place.product);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
