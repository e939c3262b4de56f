import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { balancesOf, grant, lockOf, REASON, transfer, usd, userWith } from '../credits/purses.js';
import { inTheWay } from '../kit/in-the-way.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';

let shop: Shop;
let admin: Client;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  admin = shop.as('admin_1', ['admin']);
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

const auditOf = (user: string) =>
  shop.sql('select action, actor, reason, before, after from audit where object = $1 order by number', [user]);
const entriesOf = (user: string) =>
  shop.sql('select account, kind, amount::int from credit_entries where user_id = $1 order by movement_id, account', [user]);

describe('a grant', () => {
  test('is free to be used at once, and balanced by what was given away', async () => {
    const user = newUser();
    const { status, headers, body } = await grant(shop, user, 500);
    expect([status, headers.get('etag'), body]).toEqual([
      201,
      '"1"',
      {
        object: 'credit_entry',
        id: expect.stringMatching(/^led_/),
        userId: user,
        amount: usd(500),
        kind: 'grant',
        operationId: null,
        counterpartUserId: null,
        createdAt: expect.any(String),
        credits: { object: 'credits', version: 1, data: [{ currency: 'USD', balance: 500, reserved: 0 }] },
      },
    ]);
    expect(await entriesOf(user)).toEqual([
      { account: 'credit', kind: 'grant', amount: 500 },
      { account: 'promotion', kind: 'grant', amount: -500 },
    ]);
    expect((await shop.as(user).subscribe('pro')).body.creditApplied).toEqual(usd(500));
  });

  test('is written down with what the user had before and has now, and why', async () => {
    const user = await userWith(shop, { USD: 10 });
    const { body } = await grant(shop, user, 500);
    const [, row] = await auditOf(user);
    expect(row).toEqual({
      action: 'credit.grant',
      actor: 'admin_1',
      reason: REASON,
      before: { object: 'credits', version: 1, data: [{ currency: 'USD', balance: 10, reserved: 0 }] },
      after: { ...body.credits, movement: body.id, amount: usd(500) },
    });
  });

  test('tells its user', async () => {
    const user = newUser();
    await grant(shop, user, 500);
    const news = await shop.sql('select type, data from events where user_id = $1', [user]);
    expect(news).toEqual([{ type: 'credits.updated', data: { currency: 'USD', balance: 500, reserved: 0, version: 2 } }]);
  });

  test('made twice with one key is made once, and answered the same', async () => {
    const [user, key] = [newUser(), newKey()];
    const answers = await atOnce(6, () => grant(shop, user, 500, { key }));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect([await balancesOf(shop, user), await auditOf(user)]).toMatchObject([{ USD: 500 }, [{ action: 'credit.grant' }]]);
  });

  test('with the key of another is refused', async () => {
    const [user, key] = [newUser(), newKey()];
    await grant(shop, user, 500, { key });
    for (const answer of [await grant(shop, user, 501, { key }), await grant(shop, newUser(), 500, { key })]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'idempotency-key-reused']);
    }
    expect(await balancesOf(shop, user)).toEqual({ USD: 500 });
  });

  test.each(['user', 'viewer', 'operator'] as const)('is no business of one who is %s', async (role) => {
    const who = shop.as(newUser(), role === 'user' ? [] : [role]);
    const answer = await who.post(`/v1/admin/users/${newUser()}/credits`, { amount: usd(500), reason: REASON });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  });

  test.each<[string, object]>([
    ['/amount/amount', { amount: usd(0) }],
    ['/amount/amount', { amount: usd(1.5) }],
    ['/amount/amount', { amount: usd(100_000_000_000) }],
    ['/amount/amount', { amount: usd(-100_000_000_000) }],
    ['/amount/currency', { amount: { amount: 1, currency: 'DOLLAR' } }],
    ['/reason', { reason: 'short' }],
  ])('that is wrong at %s is refused by name: %j', async (pointer, more) => {
    const answer = await admin.post(`/v1/admin/users/${newUser()}/credits`, { amount: usd(5), reason: REASON, ...more });
    expect(answer.body).toMatchObject({ status: 400, code: 'validation-failed', errors: [{ pointer }] });
  });

  test('to a name that no token can bear is not found', async () => {
    for (const name of ['two%20words', '%20', '%0A']) {
      const answer = await admin.post(`/v1/admin/users/${name}/credits`, { amount: usd(5), reason: REASON });
      expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
    }
  });
});

describe('a take-back', () => {
  test('takes credit off, and is written down', async () => {
    const user = await userWith(shop, { USD: 500 });
    const { status, body } = await grant(shop, user, -200);
    expect([status, body.kind, body.amount, body.credits.data]).toEqual([
      201,
      'take_back',
      usd(-200),
      [{ currency: 'USD', balance: 300, reserved: 0 }],
    ]);
    expect((await auditOf(user))[1]).toMatchObject({ action: 'credit.take_back' });
    expect((await entriesOf(user)).slice(2)).toEqual([
      { account: 'credit', kind: 'take_back', amount: -200 },
      { account: 'promotion', kind: 'take_back', amount: 200 },
    ]);
  });

  test('of more than there is free is refused with what there is, leaves no trace and does not use up its key', async () => {
    const [user, key] = [await userWith(shop, { USD: 500 }), newKey()];
    const refused = await grant(shop, user, -501, { key });
    expect([refused.status, refused.headers.get('etag'), refused.body]).toMatchObject([
      409,
      '"1"',
      { code: 'insufficient-credit', charged: 'no', credits: { data: [{ currency: 'USD', balance: 500, reserved: 0 }] } },
    ]);
    expect([await auditOf(user), await entriesOf(user)].map(({ length }) => length)).toEqual([1, 2]);
    await grant(shop, user, 1);
    expect((await grant(shop, user, -501, { key })).status).toBe(201);
  });

  test('cannot take what is reserved for an open operation', async () => {
    const user = await userWith(shop, { USD: 500 });
    expect((await shop.as(user).subscribe('pro', { paymentMethod: 'pm_sandbox_500_charged' })).body.status).toBe('unknown');
    const refused = await grant(shop, user, -1);
    expect([refused.status, refused.body.credits.data]).toEqual([409, [{ currency: 'USD', balance: 0, reserved: 500 }]]);
  });

  test('of what somebody gives away at the same moment is refused', async () => {
    const user = await userWith(shop, { USD: 500 });
    const [given, taken] = await inTheWay(shop, lockOf(user), async (waiting, client) => {
      const first = transfer(shop, user, newUser(), 400);
      await waiting(1);
      const second = grant(shop, user, -200);
      await waiting(2);
      await client.query('rollback');
      return Promise.all([first, second]);
    });
    expect([given.status, taken.status].sort((one, other) => one - other)).toEqual([201, 409]);
    expect(await balancesOf(shop, user)).toEqual({ USD: given.status === 201 ? 100 : 300 });
  });
});

test('nothing is given that cannot be written down', async () => {
  const user = await userWith(shop, { USD: 500 });
  await shop.sql(`create function refuse_audit() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$`);
  await shop.sql('create trigger refuse_audit before insert on audit for each row execute function refuse_audit()');
  expect([(await grant(shop, user, 5)).status, (await grant(shop, user, -5)).status]).toEqual([500, 500]);
  await shop.sql('drop trigger refuse_audit on audit');
  expect([await balancesOf(shop, user), (await entriesOf(user)).length]).toEqual([{ USD: 500 }, 2]);
});

test('nothing is written down that was not given', async () => {
  const user = await userWith(shop, { USD: 500 });
  await shop.sql(`create function refuse_commit() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$`);
  await shop.sql(`create constraint trigger refuse_commit after insert on credit_entries deferrable initially deferred
    for each row execute function refuse_commit()`);
  expect((await grant(shop, user, 5)).status).toBe(500);
  await shop.sql('drop trigger refuse_commit on credit_entries');
  expect([await balancesOf(shop, user), (await auditOf(user)).length]).toEqual([{ USD: 500 }, 1]);
});

describe('what an admin sees of a user', () => {
  test('is their credit with the newest entries', async () => {
    const user = await userWith(shop, { USD: 500 });
    const to = newUser();
    await transfer(shop, user, to, 50);
    const { body } = await shop.as('viewer_1', ['viewer']).get(`/v1/admin/users/${user}`);
    expect(body.credits).toEqual({ object: 'credits', version: 2, data: [{ currency: 'USD', balance: 450, reserved: 0 }] });
    expect(body.creditEntries).toMatchObject([
      { kind: 'transfer', amount: usd(-50), counterpartUserId: to },
      { kind: 'grant', amount: usd(500) },
    ]);
  });

  test('has an ETag of the credits, which a grant can name', async () => {
    const user = await userWith(shop, { USD: 500 });
    const seen = await shop.as('viewer_1', ['viewer']).get(`/v1/admin/users/${user}/credits`);
    expect([seen.headers.get('etag'), seen.body]).toEqual(['"1"', (await shop.as(user).get('/v1/me/credits')).body]);
    expect((await grant(shop, user, 5, { 'if-match': '"1"' })).status).toBe(201);
    const stale = await grant(shop, user, 5, { 'if-match': '"1"' });
    expect([stale.status, stale.headers.get('etag'), stale.body.code, stale.body.credits.version]).toEqual([
      412,
      '"2"',
      'credits-changed',
      2,
    ]);
  });
});
