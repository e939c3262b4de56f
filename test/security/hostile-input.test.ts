import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { DataSource } from 'typeorm';
import { Shop } from '../kit/shop.js';
import { newKey, newUser } from '../kit/names.js';
import { BODIES, bearer, everyRow, json, MISSING, send } from './walk.js';

let shop: Shop;
let admin: string;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  admin = await bearer('admin_1', ['admin']);
  await shop.as('victim').subscribe('pro');
});
afterAll(() => shop?.close());

/** Sends a good body with something added, as a user who is an admin too, to a route whose object exists where it has one. */
async function put(name: string, body: string, key = newKey()) {
  const [method = '', path = ''] = name.split(' ');
  const filled = path.replace('{id}', name.includes('plans') ? 'basic' : name.includes('subscriptions') ? MISSING.sub : MISSING.op);
  const sent = await send(shop, method, filled, json(admin, key), body);
  return { status: sent.status, code: (JSON.parse(sent.text) as { code?: string }).code, text: sent.text };
}

describe('a member that a body does not have', () => {
  /** Columns of every entity, under both of their names, and what people usually try. */
  function forbidden(): string[] {
    const { entityMetadatas } = shop.service.app.get(DataSource);
    const columns = entityMetadatas.flatMap(({ columns: all }) => all.flatMap((column) => [column.propertyName, column.databaseName]));
    return [
      ...new Set([...columns, 'userId', 'roles', 'role', 'isAdmin', 'admin', 'charged', 'subscription', 'seats', 'tenant', '$where']),
    ];
  }

  test.each(Object.keys(BODIES))('is refused, whatever column it names: %s', async (name) => {
    const body = BODIES[name] as Record<string, unknown>;
    // What a route takes is no mass assignment.
    const taken = [
      ...Object.keys(body),
      ...(/subscription/.test(name) ? ['effective'] : []),
      ...(/plans/.test(name) ? ['trialDays', 'capacity', 'onSale'] : []),
    ];
    const names = forbidden().filter((column) => !taken.includes(column));
    expect(names.length).toBeGreaterThan(40);
    const before = await everyRow(shop);
    // Fewer at once than the door lets in.
    const answers = await pLimit(16).map(
      names,
      async (column) => [column, await put(name, JSON.stringify({ ...body, [column]: 1 }))] as const,
    );
    expect(answers.filter(([, { status, code }]) => status !== 400 || code !== 'validation-failed').map(([column]) => column)).toEqual([]);
    expect(await everyRow(shop)).toEqual(before);
  });

  test('is not taken from the query either', async () => {
    const answer = await send(
      shop,
      'PUT',
      '/v1/me/subscription?amount=1&price=1&userId=victim',
      json(await bearer(newUser())),
      '{"planId":"pro","paymentMethod":"pm_card_visa"}',
    );
    expect(JSON.parse(answer.text)).toMatchObject({ amount: { amount: 1900 } });
    expect(answer.text).not.toContain('victim');
  });
});

describe('a value of another type', () => {
  const plan = BODIES['POST /v1/admin/plans'];

  test.each([
    '"1e3"',
    '"500"',
    'true',
    'null',
    '[500]',
    '{"amount":500}',
    '0.1',
    '-1',
    '1e400',
    '9007199254740993',
    '99999999999.5',
    '1e21',
  ])('is no amount: %s', async (amount) => {
    const before = await everyRow(shop);
    const body = JSON.stringify(plan).replace('"amount":500', `"amount":${amount}`);
    expect(await put('POST /v1/admin/plans', body)).toMatchObject({ status: 400, code: 'validation-failed' });
    expect(await everyRow(shop)).toEqual(before);
  });

  test.each(['NaN', 'Infinity', '0x10', '1_000', '.5', '+1', '01'])('is not even JSON: %s', async (amount) => {
    const body = JSON.stringify(plan).replace('"amount":500', `"amount":${amount}`);
    expect(await put('POST /v1/admin/plans', body)).toMatchObject({ status: 400, code: 'validation-failed' });
  });

  test('that is a whole number in another spelling is that number', async () => {
    for (const [id, spelled, amount] of [
      ['spelled-1', '5e2', '500'],
      ['spelled-2', '-0', '0'],
      ['spelled-3', '500.0', '500'],
    ]) {
      const body = JSON.stringify({ ...plan, id }).replace('"amount":500', `"amount":${spelled}`);
      expect((await put('POST /v1/admin/plans', body)).status).toBe(201);
      expect(await shop.sql('select price_amount from plans where id = $1', [id])).toEqual([{ price_amount: amount }]);
    }
  });

  test.each(['["pro"]', '{"$ne":""}', '1', 'true', 'null', '""', '"PRO"', '"pro "', '"pro\\u0000"', '"../pro"'])(
    'is no plan: %s',
    async (planId) => {
      const before = await everyRow(shop);
      expect(await put('PUT /v1/me/subscription', `{"planId":${planId},"paymentMethod":"pm_card_visa"}`)).toMatchObject({ status: 400 });
      expect(await everyRow(shop)).toEqual(before);
    },
  );

  test.each(['null', '[]', '"text"', '1', 'true', '[{"planId":"pro"}]'])('is no body: %s', async (body) => {
    expect(await put('PUT /v1/me/subscription', body)).toMatchObject({ status: 400, code: 'validation-failed' });
  });
});

describe('a parameter', () => {
  test.each([
    'limit=1&limit=2',
    'limit[]=1',
    'limit[a]=1',
    'limit=1e1',
    'limit=0x10',
    'limit=-1',
    'limit=0',
    'limit=201',
    'limit=99999999999999999999',
    'limit=',
    'limit=%205',
    'limit=NaN',
    'limit=true',
    'status=pending&status=unknown',
    'status=PENDING',
    'status=',
    'kind=refunds',
    'minAgeSeconds=1e3',
    'minAgeSeconds=-1',
    'stuck=1',
    'stuck=true&stuck=false',
    'sort=id',
    'sort=createdAt;drop',
    'createdAfter=yesterday',
    'createdAfter=2026-01-01',
    'createdAfter=0000-01-01T00:00:00Z',
    'q=',
    'q=%00',
    'userId=a%00b',
    'cursor=1',
    'cursor=sub_01k0000000e008000000000000',
    "cursor=' or 1=1 --",
    'unknown=1',
    '__proto__[polluted]=1',
    'constructor[prototype][polluted]=1',
  ])('is refused that is said twice, of another type, or not known: %s', async (query) => {
    const answer = await send(shop, 'GET', `/v1/admin/operations?${query}`, { authorization: admin });
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'validation-failed']);
  });

  test('of a page has the same limits for a user', async () => {
    for (const query of ['limit=0', 'limit=201', 'limit=1&limit=2', 'userId=victim']) {
      expect((await send(shop, 'GET', `/v1/me/operations?${query}`, { authorization: admin })).status).toBe(400);
    }
  });
});

describe('a member that reaches for the prototype', () => {
  const PAYLOADS = [
    '{"__proto__":{"polluted":true},"planId":"pro","paymentMethod":"pm_card_visa"}',
    '{"constructor":{"prototype":{"polluted":true}},"planId":"pro","paymentMethod":"pm_card_visa"}',
    '{"planId":{"__proto__":{"polluted":true}},"paymentMethod":"pm_card_visa"}',
    '{"\\u005f_proto__":{"polluted":true},"planId":"pro","paymentMethod":"pm_card_visa"}',
  ];

  test.each(PAYLOADS)('is refused and changes no object of the process: %s', async (payload) => {
    const before = await everyRow(shop);
    expect(await put('PUT /v1/me/subscription', payload)).toMatchObject({ status: 400, code: 'validation-failed' });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await everyRow(shop)).toEqual(before);
  });

  test('and names nothing is left out before the rest is judged', async () => {
    const before = await everyRow(shop);
    expect((await put('PUT /v1/me/subscription', '{"prototype":{"polluted":true},"planId":"pro","amount":1}')).status).toBe(400);
    expect((await send(shop, 'GET', '/v1/admin/operations?__proto__=1', { authorization: admin })).status).toBe(200);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await everyRow(shop)).toEqual(before);
  });

  test.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', 'application/xml', 'application/json5'])(
    'and every other body that is not JSON is refused as such: %s',
    async (type) => {
      const headers = { ...json(await bearer(newUser())), 'content-type': type };
      const answer = await send(shop, 'PUT', '/v1/me/subscription', headers, 'planId=pro&paymentMethod=pm_card_visa&__proto__[polluted]=1');
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([415, 'media-type-unsupported']);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );
});
