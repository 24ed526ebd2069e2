// Where the server asks for a token: it is shown once, and the browser keeps a cookie instead of it.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { signIn, signOut, useVisitor } from '../api/session.ts';

// The page that stands in for all others.
export function SignIn() {
  useEffect(() => {
    const before = document.title;
    document.title = 'Sign in · Milepost';
    return () => {
      document.title = before;
    };
  }, []);
  return (
    <main className="empty">
      <h1>Sign in to Milepost</h1>
      <p>This server can be reached from other machines, so it asks who reads. Whoever runs it makes a token:</p>
      <pre className="command" tabIndex={0}>milepost token --data DIR create read --name NAME</pre>
      {/* All that is on the page was refused, and is asked for anew. */}
      <TokenForm done={() => window.location.reload()} />
      <p className="quiet">The token is not kept: the browser gets a cookie for 12 hours. With a token of kind <code>write</code> you can also acknowledge incidents and note what you find.</p>
    </main>
  );
}

export function TokenForm({ done }: { done: () => void }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAsking(true);
    setError(null);
    try {
      await signIn(token);
      done();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'This did not work.');
      field.current?.select();
      field.current?.focus();
    } finally {
      setAsking(false);
    }
  };
  return (
    <form className="range" onSubmit={(event) => void submit(event)}>
      <label htmlFor="token" className="label">Token</label>
      <input
        ref={field}
        id="token"
        type="password"
        required
        autoFocus
        value={token}
        autoComplete="current-password"
        aria-invalid={error !== null}
        aria-describedby={error ? 'token-wrong' : undefined}
        onChange={(event) => setToken(event.target.value)}
      />
      <button type="submit" disabled={isAsking}>Sign in</button>
      {error ? <p id="token-wrong" className="wrong" role="alert">Not signed in: {error}</p> : null}
    </form>
  );
}

// Who is signed in, and the way out. Nothing where nobody need sign in.
export function SignedIn() {
  const visitor = useVisitor();
  const client = useQueryClient();
  const [error, setError] = useState<string | null>(null);
  if (!visitor.data?.is_signed_in) return null;
  const leave = async () => {
    try {
      await signOut();
      // Nothing of what was shown stays for whoever sits down next.
      client.clear();
      window.location.assign('/');
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'This did not work.');
    }
  };
  return (
    <span className="visitor">
      <span className="quiet" title={`token of kind ${visitor.data.kind}`}><bdi>{visitor.data.name}</bdi></span>
      <button type="button" className="find" onClick={() => void leave()}>Sign out</button>
      {error ? <span className="wrong" role="alert">{error}</span> : null}
    </span>
  );
}
