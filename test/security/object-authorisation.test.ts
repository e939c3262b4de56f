import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Invoicing } from '../../src/operations/invoicing/invoicing.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { BODIES, bearer, everyRow, json, MISSING, routesOf, send, type Route, type Sent } from './walk.js';

/** Routes that bear no user's token, and those for admins, who may see everybody's objects. */
const OF_NOBODY = (path: string) => /^\/v1\/(plans|webhooks)|^\/(livez|readyz|metrics)$|^\/v1\/(admin|test)\//.test(path);

/** What a user may name that belongs to somebody else, route by route. `own`: the route names no object and only ever answers one's own. */
const NAMES: Record<string, 'operation' | 'subscription' | 'invoice' | 'own'> = {
  'GET /v1/operations/{id}': 'operation',
  'POST /v1/operations/{id}/confirm': 'operation',
  'POST /v1/operations/{id}/cancel': 'operation',
  'POST /v1/subscriptions/{id}/change-plan': 'subscription',
  'GET /v1/me/invoices/{id}': 'invoice',
  'PUT /v1/me/subscription': 'own',
  'GET /v1/me/subscription': 'own',
  'POST /v1/subscriptions': 'own',
  'POST /v1/me/subscription/cancel': 'own',
  'POST /v1/me/subscription/preview': 'own',
  'POST /v1/me/subscription/resume': 'own',
  'POST /v1/me/subscription/pause': 'own',
  'POST /v1/me/subscription/pay': 'own',
  'PUT /v1/me/payment-method': 'own',
  'GET /v1/me/operations': 'own',
  'GET /v1/me/invoices': 'own',
  'GET /v1/me/events': 'own',
  'GET /v1/me/credits': 'own',
  'GET /v1/me/credits/entries': 'own',
  'POST /v1/me/credits/transfers': 'own',
};

let shop: Shop;
let routes: Route[];
/** Somebody who has everything that can be had: credit, a subscription, an operation that is over, with its invoice, and one that waits for them. */
const owner = { id: newUser(), key: newKey(), operation: '', waiting: '', subscription: '', invoice: '' };

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  routes = (await routesOf(shop)).filter(({ path }) => !OF_NOBODY(path));
  const credit = { amount: { amount: 5_000, currency: 'EUR' }, reason: 'an apology' };
  expect((await shop.as('admin_1', ['admin']).post(`/v1/admin/users/${owner.id}/credits`, credit)).status).toBe(201);
  const first = await shop.as(owner.id).subscribe('basic', { key: owner.key });
  const second = await shop.as(owner.id).subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' });
  Object.assign(owner, { operation: first.body.id, waiting: second.body.id, subscription: first.body.subscription.id });
  expect([first.status, second.body.status]).toEqual([201, 'requires_action']);
  await shop.service.app.get(Invoicing).sweep();
  owner.invoice = (await shop.as(owner.id).get('/v1/me/invoices')).body.data[0].id;
});
afterAll(() => shop?.close());

test('every route of a user is walked here', () => {
  expect(routes.map(({ name }) => name).sort()).toEqual(Object.keys(NAMES).sort());
});

describe('an object of somebody else', () => {
  test.each(Object.keys(NAMES).filter((name) => NAMES[name] !== 'own'))('cannot be told from one that does not exist: %s', async (name) => {
    const { ids, none } = {
      operation: { ids: [owner.operation, owner.waiting], none: MISSING.op },
      subscription: { ids: [owner.subscription], none: MISSING.sub },
      invoice: { ids: [owner.invoice], none: MISSING.inv },
    }[NAMES[name] as 'operation' | 'subscription' | 'invoice'];
    const stranger = newUser();
    const before = await everyRow(shop);
    const missing = await ask(name, stranger, none);
    expect(missing).toMatchObject({ status: 404, body: { code: 'not-found', charged: 'no' } });
    for (const id of ids) {
      expect(await ask(name, stranger, id)).toEqual(missing);
      expect(await ask(name, stranger, id, owner.key)).toEqual(missing);
    }
    expect(await everyRow(shop)).toEqual(before);
  });

  test('cannot be reached by one who has a subscription either', async () => {
    const stranger = newUser();
    await shop.as(stranger).subscribe('basic');
    const before = await everyRow(shop);
    const missing = await ask('POST /v1/subscriptions/{id}/change-plan', stranger, MISSING.sub);
    expect(await ask('POST /v1/subscriptions/{id}/change-plan', stranger, owner.subscription)).toEqual(missing);
    expect(missing.status).toBe(404);
    expect(await everyRow(shop)).toEqual(before);
  });

  test('cannot be reached as an admin by the routes of users', async () => {
    const answer = await shop.as(newUser(), ['admin']).get(`/v1/operations/${owner.operation}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
  });

  test('is what an id of another sort names nowhere', async () => {
    expect((await shop.as(owner.id).get(`/v1/operations/${owner.subscription}`)).status).toBe(404);
    expect((await shop.as(owner.id).get(`/v1/operations/${owner.operation}`)).status).toBe(200);
  });
});

describe('a route without an id', () => {
  test.each(Object.keys(NAMES).filter((name) => NAMES[name] === 'own'))('answers and moves nothing of others: %s', async (name) => {
    const stranger = newUser();
    const before = await rowsOfOwner();
    const answer = await ask(name, stranger, '', owner.key);
    const text = JSON.stringify(answer.body);
    for (const word of [owner.id, owner.operation, owner.waiting, owner.subscription, owner.invoice]) expect(text).not.toContain(word);
    expect(await rowsOfOwner()).toEqual(before);
  });

  test('lists nothing of others behind their cursor', async () => {
    const answer = await shop.as(newUser()).get(`/v1/me/operations?cursor=${owner.waiting}`);
    expect(answer.body).toEqual({ object: 'list', data: [], nextCursor: null });
  });
});

describe('an idempotency key', () => {
  test('belongs to its user: the same key, route and body of another user is another operation', async () => {
    const stranger = newUser();
    const theirs = await shop.as(stranger).subscribe('basic', { key: owner.key });
    expect([theirs.status, theirs.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(theirs.body).toMatchObject({ userId: stranger });
    const again = await shop.as(owner.id).subscribe('basic', { key: owner.key });
    expect(again.body).toMatchObject({ id: owner.operation, userId: owner.id });
    expect(again.body.gateway.reference).not.toBe(theirs.body.gateway.reference);
  });

  test('of one route is refused on another, and tells nothing of what it was used for', async () => {
    const answer = await shop.as(owner.id).post('/v1/subscriptions', BODIES['POST /v1/subscriptions'], { key: owner.key });
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency-key-reused']);
    expect(JSON.stringify(answer.body)).not.toContain(owner.operation);
  });
});

interface Seen {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/** What can be seen of an answer, without what is new in every one. */
async function ask(name: string, userId: string, id: string, key = newKey()): Promise<Seen> {
  const [method = '', path = ''] = name.split(' ');
  const body = BODIES[name];
  const authorization = await bearer(userId);
  const sent = body
    ? await send(shop, method, path.replace('{id}', id), json(authorization, key), JSON.stringify(body))
    : await send(shop, method, path.replace('{id}', id), { authorization });
  return seen(sent);
}

function seen({ status, headers, text }: Sent): Seen {
  const fresh = ['date', 'request-id', 'connection', 'keep-alive'];
  const { requestId: _, ...body } = JSON.parse(text) as Record<string, unknown>;
  return { status, headers: Object.fromEntries([...headers].filter(([name]) => !fresh.includes(name))), body };
}

async function rowsOfOwner(): Promise<unknown[]> {
  return shop.sql(
    `select to_jsonb(o) as row from operations o where user_id = $1 union all select to_jsonb(s) from subscriptions s where user_id = $1
     union all select to_jsonb(k) from operation_keys k where user_id = $1 union all select to_jsonb(a) from credit_accounts a where user_id = $1
     union all select to_jsonb(e) from credit_entries e where user_id = $1 union all select to_jsonb(i) from invoices i where user_id = $1`,
    [owner.id],
  );
}
