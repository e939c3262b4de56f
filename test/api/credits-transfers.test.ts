import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Bell } from '../../src/events/bell.js';
import { balancesOf, grant, movedBy, transfer, usd, userWith } from '../credits/purses.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

const creditsOf = async (user: string) => (await shop.as(user).get('/v1/me/credits')).body;

describe('a transfer', () => {
  test('moves the amount from one user to the other, and says so to both', async () => {
    const [from, to] = [await userWith(shop, { USD: 500 }), newUser()];
    const ring = jest.spyOn(shop.service.app.get(Bell), 'ring');
    const { status, body } = await transfer(shop, from, to, 200);
    expect([status, body]).toEqual([
      201,
      {
        object: 'credit_transfer',
        id: expect.stringMatching(/^led_/),
        fromUserId: from,
        toUserId: to,
        amount: usd(200),
        createdAt: expect.any(String),
      },
    ]);
    expect([await balancesOf(shop, from), await balancesOf(shop, to)]).toEqual([{ USD: 300 }, { USD: 200 }]);
    const news = await shop.sql(
      `select user_id, data from events where type = 'credits.updated' and user_id = any($1) order by number desc`,
      [[from, to]],
    );
    expect(news.find(({ user_id }) => user_id === to)).toMatchObject({ data: { currency: 'USD', balance: 200, reserved: 0, version: 2 } });
    expect(news.find(({ user_id }) => user_id === from)).toMatchObject({
      data: { currency: 'USD', balance: 300, reserved: 0, version: 3 },
    });
    expect(ring.mock.calls).toEqual([[[from, to]]]);
    ring.mockRestore();
  });

  test('of more than there is is refused with what there is; its key stays unused', async () => {
    const [from, to, key] = [await userWith(shop, { USD: 100, EUR: 900 }), newUser(), newKey()];
    const refused = await transfer(shop, from, to, 101, { key });
    expect([refused.status, refused.headers.get('etag'), refused.body]).toMatchObject([
      409,
      '"2"',
      { code: 'insufficient-credit', charged: 'no', retryable: false },
    ]);
    expect(refused.body.credits).toEqual(await creditsOf(from));
    await grant(shop, from, 1);
    expect((await transfer(shop, from, to, 101, { key })).status).toBe(201);
  });

  test('of a currency that the sender never had is refused', async () => {
    const refused = await transfer(shop, newUser(), newUser(), 1);
    expect([refused.status, refused.body.code, refused.body.credits.data]).toEqual([409, 'insufficient-credit', []]);
  });

  test('leaves alone what is reserved for an open operation', async () => {
    const from = await userWith(shop, { USD: 2_000 });
    expect((await shop.as(from).subscribe('pro', { paymentMethod: 'pm_sandbox_500_charged' })).body.creditApplied).toBeTruthy();
    const { data } = await creditsOf(from);
    const free = data[0].balance as number;
    expect((await transfer(shop, from, newUser(), free + 1)).body.code).toBe('insufficient-credit');
    expect((await transfer(shop, from, newUser(), free)).status).toBe(201);
  });

  test('that would give an account more than can be counted is refused', async () => {
    const [from, to] = [await userWith(shop, { USD: 10 }), newUser()];
    for (let given = 0; given < 10; given += 1) expect((await grant(shop, to, 99_999_999_999)).status).toBe(201);
    expect((await grant(shop, to, 2)).status).toBe(201);
    expect((await transfer(shop, from, to, 8)).status).toBe(201);
    expect((await transfer(shop, from, to, 1)).body).toMatchObject({ status: 409, code: 'credit-limit-reached', charged: 'no' });
    expect((await grant(shop, to, 1)).body.code).toBe('credit-limit-reached');
  });

  test.each<[string, object]>([
    ['/toUserId', { toUserId: '' }],
    ['/toUserId', { toUserId: 'two words' }],
    ['/toUserId', { toUserId: 'x'.repeat(256) }],
    ['/toUserId', { toUserId: 'line\nbreak' }],
    ['/amount/amount', { amount: usd(0) }],
    ['/amount/amount', { amount: usd(-5) }],
    ['/amount/amount', { amount: usd(0.5) }],
    ['/amount/amount', { amount: usd(100_000_000_000) }],
    ['/amount/currency', { amount: { amount: 5, currency: 'usd' } }],
    ['/amount', { amount: 5 }],
  ])('that is wrong at %s is refused by name: %j', async (pointer, more) => {
    const answer = await shop.as(newUser()).post('/v1/me/credits/transfers', { toUserId: 'user_43', amount: usd(1), ...more });
    expect(answer.body).toMatchObject({ status: 400, code: 'validation-failed', errors: [{ pointer }] });
  });

  test('to oneself is refused', async () => {
    const user = await userWith(shop, { USD: 10 });
    const answer = await transfer(shop, user, user, 5);
    expect(answer.body).toMatchObject({ status: 400, code: 'validation-failed', errors: [{ pointer: '/toUserId' }] });
  });

  test('reaches whoever a token can name', async () => {
    const [from, to] = [await userWith(shop, { USD: 10 }), `köchin+${newUser()}@example.org`];
    expect((await transfer(shop, from, to, 10)).status).toBe(201);
    expect(await balancesOf(shop, to)).toEqual({ USD: 10 });
  });
});

describe('the key of a transfer', () => {
  test('is needed', async () => {
    const answer = await shop.as(newUser()).send('POST', '/v1/me/credits/transfers', { toUserId: 'user_43', amount: usd(1) });
    expect([answer.status, answer.body.code]).toEqual([400, 'idempotency-key-missing']);
  });

  test('replays the same answer, also when there is no credit left, and moves nothing again', async () => {
    const [from, to, key] = [await userWith(shop, { USD: 100 }), newUser(), newKey()];
    const first = await transfer(shop, from, to, 100, { key });
    const again = await transfer(shop, from, to, 100, { key });
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([201, 'true', first.body]);
    expect(await movedBy(shop, from)).toBe(100);
  });

  test('with another body is refused', async () => {
    const [from, to, key] = [await userWith(shop, { USD: 100 }), newUser(), newKey()];
    await transfer(shop, from, to, 10, { key });
    for (const answer of [await transfer(shop, from, to, 11, { key }), await transfer(shop, from, newUser(), 10, { key })]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'idempotency-key-reused']);
    }
    expect(await movedBy(shop, from)).toBe(10);
  });

  test('is none of a subscribe, nor the other way round', async () => {
    const [user, first, second] = [await userWith(shop, { USD: 100 }), newKey(), newKey()];
    expect((await shop.as(user).subscribe('free', { key: first })).status).toBe(201);
    expect((await transfer(shop, user, newUser(), 10, { key: first })).body.code).toBe('idempotency-key-reused');
    expect((await transfer(shop, user, newUser(), 10, { key: second })).status).toBe(201);
    expect((await shop.as(user).subscribe('basic', { key: second })).body.code).toBe('idempotency-key-reused');
  });

  test('belongs to its user', async () => {
    const [one, other, to, key] = [await userWith(shop, { USD: 10 }), await userWith(shop, { USD: 10 }), newUser(), newKey()];
    const answers = [await transfer(shop, one, to, 10, { key }), await transfer(shop, other, to, 10, { key })];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0]?.body.id).not.toBe(answers[1]?.body.id);
    expect(await balancesOf(shop, to)).toEqual({ USD: 20 });
  });
});

describe('If-Match of a transfer', () => {
  test.each(['"1"', '*', '"0", "1"'])('%s holds, and the credit moves', async (ifMatch) => {
    const from = await userWith(shop, { USD: 10 });
    expect((await transfer(shop, from, newUser(), 10, { 'if-match': ifMatch })).status).toBe(201);
  });

  test.each(['"2"', 'W/"1"', '"0", "7"', 'nonsense'])(
    '%s does not hold: 412 with the credits as they are and their ETag',
    async (ifMatch) => {
      const from = await userWith(shop, { USD: 10 });
      const answer = await transfer(shop, from, newUser(), 10, { 'if-match': ifMatch });
      expect([answer.status, answer.headers.get('etag'), answer.body]).toMatchObject([
        412,
        '"1"',
        { code: 'credits-changed', charged: 'no' },
      ]);
      expect(answer.body.credits).toEqual(await creditsOf(from));
      expect(await movedBy(shop, from)).toBe(0);
    },
  );

  test('that does not hold any more is still a replay under its key', async () => {
    const [from, to, key] = [await userWith(shop, { USD: 10 }), newUser(), newKey()];
    const first = await transfer(shop, from, to, 10, { key, 'if-match': '"1"' });
    const again = await transfer(shop, from, to, 10, { key, 'if-match': '"1"' });
    expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([201, 'true', first.body]);
  });
});
