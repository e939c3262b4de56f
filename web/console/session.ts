import { useSyncExternalStore } from 'react';
import { serviceFor, type Service } from '../service/client.ts';
import { settings } from './oidc/settings.ts';

/** Each may do what the ones before it may. What a token allows is judged by the service; this only decides what is shown. */
const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface SignedIn {
  userId: string;
  role: Role | null;
  service: Service;
  /** Whether the role is at least this one. */
  may: (role: Role) => boolean;
}

interface Session {
  who: SignedIn | null;
  /** Why somebody who was signed in is not any more; null where they left by themselves. */
  endedBecause: string | null;
  /** Somebody comes back from the issuer, and is not in yet. */
  arrives: boolean;
  /** Why they were not let in. */
  refused: unknown;
}

const NOBODY: Session = { who: null, endedBecause: null, arrives: false, refused: null };

/** The token is kept in memory and nowhere else: a reload, or the end of the tab, forgets it. */
let session: Session = NOBODY;
const listeners = new Set<() => void>();

export function useSession(): Session {
  return useSyncExternalStore(onChange, () => session);
}

/** Throws where the text is no token. */
export function signIn(token: string): void {
  const who = read(token.trim());
  if (who === null) throw new Error('This is not a token, or it has expired.');
  change({ ...NOBODY, who });
}

/** By a token that is on its way. */
export async function signInBy(coming: Promise<string>): Promise<void> {
  change({ ...NOBODY, arrives: true });
  try {
    signIn(await coming);
  } catch (refused) {
    change({ ...NOBODY, refused });
  }
}

export function signOut(because: string | null = null): void {
  change({ ...NOBODY, endedBecause: because });
}

function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function read(token: string): SignedIn | null {
  const claims = claimsOf(token);
  if (claims === null || typeof claims['sub'] !== 'string' || (claims.exp ?? 0) * 1_000 < Date.now()) return null;
  const roles = claims[settings.rolesClaim];
  const role = ROLES.findLast((each) => Array.isArray(roles) && roles.includes(each)) ?? null;
  const may = (needed: Role) => role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
  return { userId: claims['sub'], role, service: serviceFor(token), may };
}

interface Claims extends Record<string, unknown> {
  exp?: number;
}

function claimsOf(token: string): Claims | null {
  try {
    const text = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(text) as Claims;
  } catch {
    return null;
  }
}
