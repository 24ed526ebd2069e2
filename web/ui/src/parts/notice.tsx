// What a page says instead of its content: that it loads, that there is nothing yet and what to do, what went wrong and what to do.
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/client.ts';

export function Empty({ title, children, command }: { title: string; children?: ReactNode; command?: string }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {command ? <pre className="command" tabIndex={0}>{command}</pre> : null}
    </div>
  );
}

export function Failure({ error, again }: { error: Error; again?: () => void }) {
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <div className="failure" role="alert">
      <h2>{titleOf(problem)}</h2>
      <p>{error.message}</p>
      {problem?.requestId ? (
        <p className="quiet">
          In the server's log this request is <code>{problem.requestId}</code>.
        </p>
      ) : null}
      {again ? (
        <button type="button" onClick={again}>
          Ask again
        </button>
      ) : null}
    </div>
  );
}

function titleOf(problem: ApiProblem | null): string {
  if (problem?.status === 404) return 'There is no such thing here';
  if (problem?.status === 503) return 'No answer at the moment';
  if (problem?.status === 400) return 'This cannot be asked';
  return 'This did not work';
}

// The answer of a question, or what stands in for it. What was answered before stays while it is asked again.
export function Answered<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error ? <Stale error={query.error} /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Failure error={query.error} again={() => void query.refetch()} />;
  return <p className="loading" role="status">Loading…</p>;
}

function Stale({ error }: { error: Error }) {
  return <p className="stale" role="status">What is shown may be old: {error.message}</p>;
}
