/** Sessions: a user's name and a signature, so that web servers need no store for them. */

import { createHmac, timingSafeEqual } from 'node:crypto';

export function openSession(user: string, key: string): string {
  return `${user}.${sign(user, key)}`;
}

/** The user of a session; nothing when it is not genuine. */
export function userOf(token: string | undefined, key: string): string | undefined {
  const [user, signature] = token?.split('.') ?? [];
  if (user === undefined || signature === undefined) return undefined;
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(user, key))];
  return given.length === right.length && timingSafeEqual(given, right) ? user : undefined;
}

function sign(user: string, key: string): string {
  return createHmac('sha256', key).update(user).digest('base64url');
}
