import { hash } from 'node:crypto';

/** What may be asked for. A verb is what is asked; the kind of the operation follows from what the user has. `renew` is what time asks for. */
export type Verb = 'put_subscription' | 'subscribe' | 'change_plan' | 'cancel' | 'pause' | 'resume' | 'pay' | 'renew';

/** Two requests of one user with the same intent want the same thing: the second joins the first. */
export function intentOf(wish: {
  verb: Verb;
  planId?: string | undefined;
  effective?: string | undefined;
  quoteId?: string | undefined;
}): string {
  return digest(['intent', wish.verb, wish.planId ?? null, wish.effective ?? null, wish.quoteId ?? null]);
}

/**
 * What marks a charge at the gateway: its idempotency key and the reference by which it is found again. Derived from what the client
 * sent and from nothing that a database failover could lose, so that the client's retry meets the charge already made.
 * `generation` is 0, and moves on only where a key is used anew after it was forgotten here.
 */
export function referenceOf(userId: string, verb: Verb, key: string, generation: number): string {
  return `cf_${digest(['charge', userId, verb, key, generation]).slice(0, 40)}`;
}

/** What marks a user's customer at the gateway, and one who is there instead of another whom the gateway has lost. */
export function customerReferenceOf(userId: string, insteadOf: string | null = null): string {
  return `cu_${digest(['customer', userId, ...(insteadOf === null ? [] : [insteadOf])]).slice(0, 40)}`;
}

/**
 * What marks a refund that a person asked for. Each request has its own, the same whenever it comes again; what is given back by itself bears the
 * charge's reference marked `rf_` instead, and so is given back once.
 */
export function refundReferenceOf(chargeReference: string, personId: string, key: string, generation: number): string {
  return `rf_${digest(['refund', chargeReference, personId, key, generation]).slice(0, 40)}`;
}

/** Method, route and canonical body of a request: the same key with another fingerprint is refused. */
export function fingerprintOf(method: string, route: string, body: unknown): string {
  return digest([method, route, canonical(body)]);
}

function digest(parts: unknown): string {
  return hash('sha256', JSON.stringify(parts));
}

/** Members in order of name, so that two spellings of one JSON value are one (after RFC 8785). */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member)]));
}
