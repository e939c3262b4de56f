import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { balancesOf, grant, transfer, userWith } from '../credits/purses.js';
import { expectInvariants } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

const mine = (user: string) => shop.as(user).get('/v1/me/credits');
const entriesOf = async (user: string, query = '') => (await shop.as(user).get(`/v1/me/credits/entries${query}`)).body;

describe('GET /v1/me/credits', () => {
  test('is empty for who was never given any', async () => {
    const { status, body, headers } = await mine(newUser());
    expect([status, body, headers.get('etag')]).toEqual([200, { object: 'credits', version: 0, data: [] }, '"0"']);
  });

  test('shows each currency with what is free and what is reserved', async () => {
    const user = await userWith(shop, { USD: 700, EUR: 300 });
    const doubtful = await shop.as(user).subscribe('pro', { paymentMethod: 'pm_sandbox_500_charged' });
    expect([doubtful.body.status, doubtful.body.creditApplied]).toEqual(['unknown', { amount: 700, currency: 'USD' }]);
    expect((await mine(user)).body.data).toEqual([
      { currency: 'EUR', balance: 300, reserved: 0 },
      { currency: 'USD', balance: 0, reserved: 700 },
    ]);
  });

  test('has an ETag that moves with every movement of any currency, and with nothing else', async () => {
    const [user, other] = [await userWith(shop, { USD: 700 }), newUser()];
    const tags = [(await mine(user)).headers.get('etag')];
    for (const move of [
      () => grant(shop, user, 100, { currency: 'EUR' }),
      () => transfer(shop, user, other, 50),
      () => transfer(shop, other, user, 20),
      () => grant(shop, user, -10),
    ]) {
      expect((await move()).status).toBe(201);
      tags.push((await mine(user)).headers.get('etag'));
    }
    expect(tags).toEqual(['"1"', '"2"', '"3"', '"4"', '"5"']);
    expect((await transfer(shop, user, other, 9_000)).status).toBe(409);
    expect((await mine(user)).headers.get('etag')).toBe('"5"');
  });

  test('shows no account that somebody opened and gave nothing to', async () => {
    const [poor, other] = [await userWith(shop, { USD: 10 }), newUser()];
    await shop.sql(`insert into credit_accounts (user_id, currency) values ($1, 'USD')`, [other]);
    expect((await mine(other)).body).toEqual({ object: 'credits', version: 0, data: [] });
    await transfer(shop, poor, other, 10);
    expect((await mine(other)).body).toEqual({ object: 'credits', version: 1, data: [{ currency: 'USD', balance: 10, reserved: 0 }] });
    expect(await balancesOf(shop, poor)).toEqual({ USD: 0 });
  });
});

describe('GET /v1/me/credits/entries', () => {
  test('shows what moved, newest first, with the operation that it paid a part of', async () => {
    const user = await userWith(shop, { USD: 700 });
    const paid = await shop.as(user).subscribe('pro');
    expect(paid.status).toBe(201);
    await grant(shop, user, 40);
    await grant(shop, user, -30);
    const { object, data, nextCursor } = await entriesOf(user);
    expect([object, nextCursor]).toEqual(['list', null]);
    expect(data).toMatchObject([
      { kind: 'take_back', amount: { amount: -30, currency: 'USD' }, operationId: null, counterpartUserId: null },
      { kind: 'grant', amount: { amount: 40, currency: 'USD' }, operationId: null },
      { kind: 'applied', amount: { amount: -700, currency: 'USD' }, operationId: paid.body.id },
      { kind: 'grant', amount: { amount: 700, currency: 'USD' } },
    ]);
    expect(data[0].id).toMatch(/^led_[0-9a-z]{26}$/);
  });

  test('shows a transfer to both sides under one id, each with the other', async () => {
    const [from, to] = [await userWith(shop, { USD: 100 }), newUser()];
    const { body } = await transfer(shop, from, to, 60);
    const [given] = (await entriesOf(from)).data;
    const [got] = (await entriesOf(to)).data;
    expect([given, got]).toMatchObject([
      { id: body.id, kind: 'transfer', amount: { amount: -60, currency: 'USD' }, counterpartUserId: to, createdAt: body.createdAt },
      { id: body.id, kind: 'transfer', amount: { amount: 60, currency: 'USD' }, counterpartUserId: from, createdAt: body.createdAt },
    ]);
  });

  test('sums to the balance', async () => {
    const user = await userWith(shop, { USD: 1_000 });
    for (const amount of [300, 200, 100]) await transfer(shop, user, newUser(), amount);
    const { data } = await entriesOf(user);
    const sum = data.reduce((total: number, entry: { amount: { amount: number } }) => total + entry.amount.amount, 0);
    expect([sum, await balancesOf(shop, user)]).toEqual([400, { USD: 400 }]);
  });

  test('is walked page by page; each entry is met once, also when new ones come meanwhile', async () => {
    const user = await userWith(shop, { USD: 50 });
    for (const amount of [1, 2, 3, 4]) await grant(shop, user, amount);
    const met: number[] = [];
    let cursor: string | null = null;
    do {
      const page = await entriesOf(user, `?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      met.push(...page.data.map((entry: { amount: { amount: number } }) => entry.amount.amount));
      if (!cursor) await grant(shop, user, 99);
      cursor = page.nextCursor;
    } while (cursor);
    expect(met).toEqual([4, 3, 2, 1, 50]);
  });

  test('shows nobody what others have, whatever cursor they bring', async () => {
    const user = await userWith(shop, { USD: 50 });
    const [{ id }] = (await entriesOf(user)).data;
    expect(await entriesOf(newUser(), `?cursor=${id}`)).toEqual({ object: 'list', data: [], nextCursor: null });
  });

  test.each(['limit=0', 'limit=201', 'cursor=nonsense', 'cursor=op_01k0000000e0080000000000000', 'userId=user_1'])(
    '?%s is refused with 400 validation-failed',
    async (query) => {
      const answer = await shop.as(newUser()).get(`/v1/me/credits/entries?${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
    },
  );
});
