import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a caller of `PUT /v1/me/subscription` wants, as far as it can be believed. */
export interface Wish {
  userId: string;
  key: string;
  planId: string;
  paymentMethod: string;
  /** Of what is asked for: a key that comes again with another one is refused. */
  fingerprint: string;
}

export const PRICE = { amount: 1_900, currency: 'usd' };

/** The door of the programs that the service is compared with, written by hand: who is it, which key, what is asked for. */
export function readWish(headers: Record<string, unknown>, body: unknown, secret: string): Wish | { status: number; title: string } {
  const userId = userOf(headers['authorization'], secret);
  const key = headers['idempotency-key'];
  const { planId, paymentMethod } = (body ?? {}) as Record<string, unknown>;
  if (userId === null) return { status: 401, title: 'unauthenticated' };
  if (typeof key !== 'string' || key.length > 255) return { status: 400, title: 'key-missing' };
  if (!isText(planId) || !isText(paymentMethod)) return { status: 422, title: 'validation-failed' };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([planId, paymentMethod]))
    .digest('base64url');
  return { userId, key, planId, paymentMethod, fingerprint };
}

/** HS256, as RFC 7515 says; null where the token is not believed. */
function userOf(authorization: unknown, secret: string): string | null {
  if (typeof authorization !== 'string' || !authorization.startsWith('Bearer ')) return null;
  const [header, payload, signature] = authorization.slice(7).split('.');
  if (!header || !payload || !signature) return null;
  const due = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== due.length || !timingSafeEqual(given, due)) return null;
  if (JSON.parse(Buffer.from(header, 'base64url').toString()).alg !== 'HS256') return null;
  const { sub, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown; exp?: unknown };
  return isText(sub) && typeof exp === 'number' && exp > Date.now() / 1_000 ? sub : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 255;
}
