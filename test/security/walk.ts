import { issueToken, type Role } from '../../src/api/caller.js';
import { newKey } from '../kit/names.js';
import { SECRET, type Shop } from '../kit/shop.js';

/** A route as the running service describes it: `GET /v1/operations/{id}`. */
export interface Route {
  name: string;
  method: string;
  path: string;
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** Every route of the OpenAPI document that the service serves, so that a new one is met by the tests that walk them. */
export async function routesOf(shop: Shop): Promise<Route[]> {
  const document = (await (await fetch(`${shop.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.keys(verbs)
      .filter((verb) => METHODS.includes(verb))
      .map((verb) => ({ name: `${verb.toUpperCase()} ${path}`, method: verb.toUpperCase(), path })),
  );
}

/** Every row of every table but the leases, which their living holders extend, for comparing before and after. */
export async function everyRow(shop: Shop): Promise<Record<string, unknown[]>> {
  const tables = await shop.sql(`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'leases' order by 1`);
  const rows = tables.map(async ({ name }: { name: string }) => {
    const found = await shop.sql(`select to_jsonb(t) as row from "${name}" t order by to_jsonb(t)::text`);
    return [name, found.map(({ row }) => row as unknown)] as const;
  });
  return Object.fromEntries(await Promise.all(rows));
}

export interface Sent {
  status: number;
  headers: Headers;
  text: string;
}

/** A request exactly as given: no JSON is made and no token added. */
export async function send(shop: Shop, method: string, path: string, headers: Record<string, string>, body?: string): Promise<Sent> {
  const response = await fetch(`${shop.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  return { status: response.status, headers: response.headers, text: await (isStream ? firstIn(response) : response.text()) };
}

/** The data of a stream's first event, because there is no end to wait for. */
async function firstIn({ body }: Response): Promise<string> {
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    const data = /^data: (.*)\n\n/m.exec(text)?.[1];
    if (data !== undefined) return data;
  }
  return text;
}

export async function bearer(userId: string, roles: Role[] = [], { ttlSeconds = 600, secret = SECRET } = {}): Promise<string> {
  return `Bearer ${await issueToken({ secret, userId, roles, issuer: null, audience: null, ttlSeconds })}`;
}

/** Headers of a request that changes something. */
export function json(authorization: string, key = newKey()): Record<string, string> {
  return { authorization, 'content-type': 'application/json', 'idempotency-key': key };
}

/** Ids that are well formed and name nothing. */
export const MISSING = {
  op: 'op_01k0000000e0080000000000000',
  sub: 'sub_01k0000000e008000000000000',
  inv: 'inv_01k0000000e008000000000000',
};

/** A good body for every route that takes one; `{id}` in the path is filled in by the caller. */
export const BODIES: Record<string, Record<string, unknown>> = {
  'PUT /v1/me/subscription': { planId: 'pro', paymentMethod: 'pm_card_visa' },
  'POST /v1/subscriptions': { planId: 'pro', paymentMethod: 'pm_card_visa' },
  'POST /v1/subscriptions/{id}/change-plan': { planId: 'team', paymentMethod: 'pm_card_visa' },
  'POST /v1/me/subscription/cancel': { at: 'now' },
  'PUT /v1/me/payment-method': { paymentMethod: 'pm_card_visa' },
  'POST /v1/me/subscription/preview': { planId: 'pro' },
  'POST /v1/me/subscription/resume': {},
  'POST /v1/operations/{id}/confirm': {},
  'POST /v1/operations/{id}/cancel': {},
  'POST /v1/me/credits/transfers': { toUserId: 'user_43', amount: { amount: 1, currency: 'USD' } },
  'POST /v1/admin/users/{userId}/credits': { amount: { amount: 500, currency: 'USD' }, reason: 'an apology' },
  'POST /v1/admin/users/{userId}/subscription/pause': { reason: 'the customer called' },
  'POST /v1/admin/users/{userId}/subscription/resume': { reason: 'the customer called' },
  'POST /v1/admin/operations/{id}/recover': { reason: 'the customer called' },
  'POST /v1/admin/operations/{id}/cancel': { reason: 'the customer called' },
  'POST /v1/admin/operations/{id}/notes': { text: 'the customer called' },
  'POST /v1/admin/operations/{id}/refund': { amount: { amount: 500, currency: 'USD' }, to: 'credit', reason: 'an apology' },
  'POST /v1/admin/operations/{id}/resolve': { outcome: 'charged', gatewayReference: 'pi_evidence', reason: 'seen at the gateway' },
  'POST /v1/test/stage/naive-clicks': { planId: 'pro', paymentMethod: 'pm_card_visa' },
  'POST /v1/test/stage/cards': { behaves: null },
  'POST /v1/admin/plans': {
    id: 'walked',
    name: 'Walked',
    price: { amount: 500, currency: 'USD' },
    interval: 'month',
    family: 'walks',
    features: ['a walk'],
    reason: 'a new plan',
  },
  'PATCH /v1/admin/plans/{id}': {
    name: 'Basic',
    price: { amount: 900, currency: 'USD' },
    interval: 'month',
    family: 'walks',
    features: ['a walk'],
    reason: 'another price',
  },
};
