import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { BODIES, bearer, everyRow, json, send } from './walk.js';

/** Marks what came from outside, so that it can be looked for in the text of statements. */
const MARK = 'cnry';

/** Each ends the literal it may stand in, or asks for every row, or takes its time. */
const CANARIES = [
  `${MARK}' or '1'='1`,
  `${MARK}'; drop table operations; --`,
  `${MARK}') or true) --`,
  `${MARK}" or ""="`,
  `${MARK}\\' or 1=1 --`,
  `${MARK}' union select id, user_id from operations --`,
  `${MARK}'||pg_sleep(3)||'`,
  `$1 ${MARK} $2`,
  `:${MARK} :userId`,
];

/** Where text comes in and may reach a statement: queries, paths, headers, members. */
const QUERIES = [
  ...['q', 'userId', 'gateway', 'planId', 'cursor', 'createdAfter', 'status', 'kind', 'sort', 'minAgeSeconds', 'limit'].map(
    (name) => `/v1/admin/operations?${name}=`,
  ),
  ...['object', 'actor', 'action', 'cursor'].map((name) => `/v1/admin/audit?${name}=`),
  '/v1/admin/users/',
  '/v1/admin/operations/',
  '/v1/operations/',
  '/v1/me/operations?cursor=',
];

let shop: Shop;
let operation: string;
let admin: string;
let statements: string[];

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  admin = await bearer('admin_1', ['admin']);
  operation = (await shop.as('victim').subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' })).body.id;
});
afterAll(() => shop?.close());

/** Everything that this process says to Postgres goes through here, TypeORM's statements and our own. */
beforeEach(() => {
  statements = [];
  // Called with its own `this` below.
  // oxlint-disable-next-line typescript/unbound-method
  const query = pg.Client.prototype.query as (...inputs: unknown[]) => unknown;
  jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...inputs: unknown[]) {
    const [first] = inputs as [string | { text: string }];
    statements.push(typeof first === 'string' ? first : first.text);
    return query.apply(this, inputs);
  });
});
afterEach(() => void jest.restoreAllMocks());

test.each(QUERIES)('what is asked for is a value and never part of a statement: %s', async (place) => {
  for (const canary of CANARIES) {
    const answer = await send(shop, 'GET', `${place}${encodeURIComponent(canary)}`, { authorization: admin });
    expect([canary, [200, 400, 404].includes(answer.status)]).toEqual([canary, true]);
    expect(answer.text).not.toContain('victim');
  }
  expect(statements.filter((text) => text.includes(MARK))).toEqual([]);
});

test('what is written is stored as it is and never part of a statement', async () => {
  for (const canary of CANARIES) {
    const key = `${canary.replaceAll(/\s/g, '')}-${newUser()}`;
    const noted = await send(
      shop,
      'POST',
      `/v1/admin/operations/${operation}/notes`,
      json(admin, key),
      JSON.stringify({ text: `${canary} as a note` }),
    );
    expect([canary, noted.status]).toEqual([canary, 200]);
    const plan = {
      ...BODIES['POST /v1/admin/plans'],
      id: newUser().toLowerCase(),
      name: canary,
      features: [canary],
      reason: `${canary} as a reason`,
    };
    const created = await send(shop, 'POST', '/v1/admin/plans', json(admin), JSON.stringify(plan));
    expect([canary, created.status, JSON.parse(created.text)]).toEqual([
      canary,
      201,
      expect.objectContaining({ name: canary, features: [canary] }),
    ]);
  }
  expect(statements.filter((text) => text.includes(MARK))).toEqual([]);
  const stored = await shop.sql('select reason from audit where reason like $1 order by number', [`%${MARK}%`]);
  expect(stored.map(({ reason }) => reason as string)).toEqual(
    CANARIES.flatMap((canary) => [`${canary} as a note`, `${canary} as a reason`]),
  );
});

test.each(Object.keys(BODIES))('every text of a body: %s', async (name) => {
  const body = BODIES[name] as Record<string, unknown>;
  const [method = '', path = ''] = name.split(' ');
  const before = Object.keys(await everyRow(shop));
  for (const member of Object.keys(body)) {
    for (const canary of CANARIES.slice(0, 3)) {
      const sent = await send(
        shop,
        method,
        path.replace('{id}', encodeURIComponent(canary)),
        json(admin),
        JSON.stringify({ ...body, [member]: canary }),
      );
      expect([member, sent.status < 500]).toEqual([member, true]);
    }
  }
  expect(statements.filter((text) => text.includes(MARK))).toEqual([]);
  expect(Object.keys(await everyRow(shop))).toEqual(before);
});

test('headers and the user of a token', async () => {
  for (const canary of CANARIES.filter((text) => !text.includes('\\'))) {
    const solid = canary.replaceAll(/\s/g, '');
    const headers = {
      ...json(await bearer(solid), `${solid}-key`),
      'if-match': `"${solid}"`,
      prefer: canary,
      traceparent: canary,
      'x-request-id': canary,
    };
    const sent = await send(shop, 'PUT', '/v1/me/subscription', headers, JSON.stringify(BODIES['PUT /v1/me/subscription']));
    expect([canary, sent.status]).toEqual([canary, 412]);
    const mine = await send(shop, 'GET', '/v1/me/operations', { authorization: await bearer(solid) });
    expect(JSON.parse(mine.text)).toMatchObject({ data: [] });
  }
  expect(statements.filter((text) => text.includes(MARK))).toEqual([]);
});

test('the watch over statements sees one that is put together', async () => {
  await shop.sql(`select '${MARK}'`);
  expect(statements.filter((text) => text.includes(MARK))).toHaveLength(1);
});
