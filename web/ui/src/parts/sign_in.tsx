// Where the server asks for a token: it is shown once, and the browser keeps a cookie instead of it.
import { useState, type FormEvent } from 'react';
import { Failure } from './notice.tsx';

export function SignIn() {
  const [token, setToken] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/session', { method: 'POST', headers, body: JSON.stringify({ token }) }).catch(() => null);
    if (response?.ok) return window.location.reload();
    const said = (await response?.json().catch(() => null)) as { message?: string } | null;
    setError(new Error(said?.message ?? 'The server cannot be reached.'));
  };
  return (
    <main className="empty">
      <h1>Sign in to Milepost</h1>
      <p>This server can be reached from other machines, so it asks who reads. Whoever runs it makes a token:</p>
      <pre className="command" tabIndex={0}>milepost token --data DIR create read --name NAME</pre>
      <form className="range" onSubmit={(event) => void submit(event)}>
        <label htmlFor="token" className="label">Token</label>
        <input id="token" type="password" value={token} autoComplete="current-password" onChange={(event) => setToken(event.target.value)} />
        <button type="submit">Sign in</button>
      </form>
      {error ? <Failure error={error} /> : null}
    </main>
  );
}
