// Whom this browser stands for: somebody on the server's machine, the holder of a token, or a stranger who has to sign in.
import { useQuery } from '@tanstack/react-query';
import { answered } from './client.ts';

export type Visitor = { is_signed_in: boolean; must_sign_in: boolean; name: string | null; kind: string | null; may_write: boolean };

const PATH = '/session';

export const useVisitor = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => answered<Visitor>(PATH, { headers: { Accept: 'application/json' }, signal }, 'The server cannot be reached.'),
    staleTime: 60_000,
  });

// Shows a token once: the browser keeps a cookie in its place.
export async function signIn(token: string): Promise<void> {
  const how = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) };
  await answered<void>(PATH, how, 'The server cannot be reached. Try it again.');
}

export async function signOut(): Promise<void> {
  await answered<void>(PATH, { method: 'DELETE' }, 'The server cannot be reached, so that you are still signed in. Try it again.');
}
