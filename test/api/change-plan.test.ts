import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { forgetCharges, seatsOf } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

/** A subscriber in the middle of a period of 30 days. */
async function subscriberOf(planId: string): Promise<{ user: string; client: Client; id: string }> {
  const user = newUser();
  const client = shop.as(user);
  const { id } = (await client.subscribe(planId)).body.subscription;
  await shop.sql(
    `update subscriptions set period_start = now() - interval '15 days', period_end = now() + interval '15 days' where user_id = $1`,
    [user],
  );
  await forgetCharges(shop);
  return { user, client, id };
}

async function chargedNow(): Promise<number[]> {
  return (await shop.succeededCharges()).map(({ amount }) => amount);
}

describe('a step up', () => {
  test('is answered 200 changed and charges the difference for the rest of the period', async () => {
    const { client } = await subscriberOf('basic');
    const before = (await client.get('/v1/me/subscription')).body;
    const { status, headers, body } = await client.subscribe('pro');
    expect([status, body]).toMatchObject([
      200,
      {
        kind: 'change_plan',
        status: 'succeeded',
        result: 'changed',
        charged: 'yes',
        fromPlanId: 'basic',
        toPlanId: 'pro',
        amount: { amount: 500, currency: 'USD' },
      },
    ]);
    expect(headers.get('etag')).toBe('"2"');
    expect(headers.get('location')).toBe(`/v1/operations/${body.id}`);
    expect(headers.get('operation-id')).toBe(body.id);
    expect(await chargedNow()).toEqual([500]);
    const { currentPeriodStartAt, currentPeriodEndAt } = before;
    expect(body.subscription).toMatchObject({
      id: before.id,
      planId: 'pro',
      version: 2,
      price: { amount: 1_900 },
      currentPeriodStartAt,
      currentPeriodEndAt,
    });
    expect((await client.get('/v1/me/subscription')).headers.get('etag')).toBe('"2"');
  });

  test('to another interval begins a new period and takes off what is left of the old one', async () => {
    const { client } = await subscriberOf('pro');
    const { body } = await client.subscribe('pro-yearly');
    expect(body).toMatchObject({ result: 'changed', charged: 'yes', amount: { amount: 19_000 - 950 } });
    expect(await chargedNow()).toEqual([19_000 - 950]);
    const { currentPeriodStartAt: start, currentPeriodEndAt: end } = body.subscription;
    expect(Date.parse(end) - Date.parse(start)).toBeGreaterThanOrEqual(365 * 86_400_000);
  });

  test('from a free plan charges the full price and begins a new period', async () => {
    const { client } = await subscriberOf('free');
    const { body } = await client.subscribe('pro');
    expect(body).toMatchObject({ result: 'changed', charged: 'yes', amount: { amount: 1_900 }, subscription: { status: 'active' } });
    expect(Math.abs(Date.parse(body.subscription.currentPeriodStartAt) - Date.now())).toBeLessThan(60_000);
  });

  test('asked for with effective=period_end waits for the end of the period and charges nothing', async () => {
    const { client } = await subscriberOf('basic');
    const { status, body } = await client.subscribe('pro', { effective: 'period_end' });
    expect([status, body]).toMatchObject([
      200,
      { result: 'changed', charged: 'no', subscription: { planId: 'basic', pendingChange: { planId: 'pro', price: { amount: 1_900 } } } },
    ]);
    expect(body.subscription.pendingChange.effectiveAt).toBe(body.subscription.currentPeriodEndAt);
    expect(await shop.charges()).toEqual([]);
  });

  test('on trial changes the plan and charges nothing: the trial goes on', async () => {
    const client = shop.as(newUser());
    const before = (await client.subscribe('team')).body.subscription;
    const { status, body } = await client.subscribe('pro');
    expect([status, body]).toMatchObject([200, { result: 'changed', charged: 'no', subscription: { planId: 'pro', status: 'trialing' } }]);
    expect(body.subscription.currentPeriodEndAt).toBe(before.currentPeriodEndAt);
    expect(await shop.charges()).toEqual([]);
  });
});

describe('a step down', () => {
  test('is answered 200 changed, charges nothing and waits for the end of the period', async () => {
    const { client } = await subscriberOf('pro');
    const { status, headers, body } = await client.subscribe('basic');
    expect([status, headers.get('etag'), body]).toMatchObject([
      200,
      '"2"',
      {
        result: 'changed',
        charged: 'no',
        amount: { amount: 0 },
        subscription: { planId: 'pro', price: { amount: 1_900 }, pendingChange: { planId: 'basic' } },
      },
    ]);
    expect(await shop.charges()).toEqual([]);
  });

  test('asked for again is unchanged', async () => {
    const { client } = await subscriberOf('pro');
    await client.subscribe('basic');
    const again = await client.subscribe('basic');
    expect([again.status, again.headers.get('etag'), again.body.result]).toEqual([200, '"2"', 'unchanged']);
  });

  test('is taken back by asking for the plan that is held', async () => {
    const { client } = await subscriberOf('pro');
    await client.subscribe('basic');
    const back = await client.subscribe('pro');
    expect([back.status, back.body]).toMatchObject([
      200,
      { result: 'changed', charged: 'no', subscription: { planId: 'pro', pendingChange: null } },
    ]);
    expect(await shop.charges()).toEqual([]);
  });

  test('is forgotten when a step up is made instead', async () => {
    const { client } = await subscriberOf('basic');
    await client.subscribe('free');
    const { body } = await client.subscribe('pro');
    expect(body.subscription).toMatchObject({ planId: 'pro', pendingChange: null });
  });
});

describe('strict change of plan', () => {
  test('of this subscription is answered 200 as the other is', async () => {
    const { client, id } = await subscriberOf('basic');
    const { status, headers, body } = await client.post(`/v1/subscriptions/${id}/change-plan`, {
      planId: 'pro',
      paymentMethod: 'pm_card_visa',
    });
    expect([status, headers.get('etag'), body]).toMatchObject([200, '"2"', { kind: 'change_plan', result: 'changed', charged: 'yes' }]);
    expect(await chargedNow()).toEqual([500]);
  });

  test('of a canceled subscription is 404', async () => {
    const { client, id } = await subscriberOf('basic');
    await client.post('/v1/me/subscription/cancel', { at: 'now' });
    const answer = await client.post(`/v1/subscriptions/${id}/change-plan`, { planId: 'pro', paymentMethod: 'pm_card_visa' });
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
    expect(await shop.charges()).toEqual([]);
  });

  test('to the plan already held is unchanged', async () => {
    const { client, id } = await subscriberOf('basic');
    const { status, body } = await client.post(`/v1/subscriptions/${id}/change-plan`, { planId: 'basic' });
    expect([status, body]).toMatchObject([200, { result: 'unchanged', charged: 'no' }]);
  });
});

describe('the price', () => {
  test('that was agreed stays, whatever the catalogue says later', async () => {
    const { client } = await subscriberOf('pro-yearly');
    await shop.sql(`update plans set price_amount = 99900, version = version + 1 where id = 'pro-yearly'`);
    expect((await client.get('/v1/me/subscription')).body.price).toEqual({ amount: 19_000, currency: 'USD' });
    await shop.sql(`update plans set price_amount = 19000, version = version + 1 where id = 'pro-yearly'`);
  });

  test('that changed a moment ago is charged as it is now', async () => {
    await shop.as(newUser()).subscribe('pro');
    await forgetCharges(shop);
    await shop.sql(`update plans set price_amount = 2000, version = version + 1 where id = 'pro'`);
    const { status, body } = await shop.as(newUser()).subscribe('pro');
    expect([status, body.amount]).toMatchObject([201, { amount: 2_000 }]);
    expect(await chargedNow()).toEqual([2_000]);
    await shop.sql(`update plans set price_amount = 1900, version = version + 1 where id = 'pro'`);
  });

  test('in another currency is refused with 422 currency-mismatch', async () => {
    await shop.sql(
      `insert into plans (id, name, price_amount, price_currency, "interval") values ('pro-eur', 'Pro', 2500, 'EUR', 'month') on conflict do nothing`,
    );
    const { client } = await subscriberOf('pro');
    const answer = await client.subscribe('pro-eur');
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'currency-mismatch', charged: 'no' }]);
  });
});

describe('seats', () => {
  test('move with the subscriber: one is given back where one is taken', async () => {
    const [a, b] = [await seatsOf(shop, 'studio-a'), await seatsOf(shop, 'studio-b')];
    const { client } = await subscriberOf('studio-a');
    await client.subscribe('studio-b');
    expect([await seatsOf(shop, 'studio-a'), await seatsOf(shop, 'studio-b')]).toEqual([a, { ...b, taken: b.taken + 1, left: b.left - 1 }]);
  });

  test('that are gone refuse the change with 409 plan-full; the old seat stays', async () => {
    while ((await seatsOf(shop, 'studio-b')).left > 0) await shop.as(newUser()).subscribe('studio-b');
    const { client } = await subscriberOf('studio-a');
    const before = await seatsOf(shop, 'studio-a');
    const answer = await client.subscribe('studio-b', { key: newKey() });
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'plan-full', charged: 'no' }]);
    expect(await seatsOf(shop, 'studio-a')).toEqual(before);
    expect(await shop.charges()).toEqual([]);
  });
});
