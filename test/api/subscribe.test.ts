import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newUser } from '../kit/names.js';
import { forgetCharges, seatsOf } from '../kit/held.js';
import { Shop } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

describe('the first subscription', () => {
  test('is answered 201 with the operation, the subscription in it, and where both are found', async () => {
    const user = newUser();
    const client = shop.as(user);
    const { status, headers, body } = await client.subscribe('pro');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      object: 'operation',
      kind: 'subscribe',
      status: 'succeeded',
      result: 'created',
      charged: 'yes',
      userId: user,
      fromPlanId: null,
      toPlanId: 'pro',
      amount: { amount: 1_900, currency: 'USD' },
      gateway: { name: 'stripe', attempts: 1 },
      recovery: { checks: 0, nextCheckAt: null },
      requests: 1,
      nextAction: null,
      problem: null,
      subscription: { object: 'subscription', userId: user, planId: 'pro', status: 'active', version: 1, openOperation: null },
    });
    expect(body.id).toMatch(/^op_[0-9a-z]{26}$/);
    expect(body.subscription.id).toMatch(/^sub_[0-9a-z]{26}$/);
    expect(headers.get('location')).toBe(`/v1/operations/${body.id}`);
    expect(headers.get('operation-id')).toBe(body.id);
    expect(headers.get('etag')).toBe('"1"');
    for (const absent of ['retry-after', 'idempotent-replayed', 'operation-joined']) expect(headers.get(absent)).toBeNull();
    expect((await client.get(headers.get('location')!)).body).toEqual(body);
  });

  test('charges the full price once, under the reference that the operation names', async () => {
    const { body } = await shop.as(newUser()).subscribe('pro');
    expect(await shop.charges()).toMatchObject([{ id: body.gateway.reference, amount: 1_900, currency: 'usd', status: 'succeeded' }]);
  });

  test('begins a period of one interval when it is paid for', async () => {
    const before = Date.now();
    const { subscription } = (await shop.as(newUser()).subscribe('pro-yearly')).body;
    const start = new Date(subscription.currentPeriodStartAt);
    expect(Math.abs(start.getTime() - before)).toBeLessThan(60_000);
    const end = new Date(subscription.currentPeriodEndAt);
    expect([end.getUTCFullYear() - start.getUTCFullYear(), end.getUTCMonth()]).toEqual([1, start.getUTCMonth()]);
  });

  test('is shown by GET /v1/me/subscription with the same ETag', async () => {
    const client = shop.as(newUser());
    const { body } = await client.subscribe('pro');
    const mine = await client.get('/v1/me/subscription');
    expect([mine.status, mine.headers.get('etag')]).toEqual([200, '"1"']);
    expect(mine.body).toEqual(body.subscription);
  });

  test('to a free plan charges nothing and needs no payment method', async () => {
    const answer = await shop.as(newUser()).send('PUT', '/v1/me/subscription', { planId: 'free' }, { 'idempotency-key': 'free-of-charge' });
    expect([answer.status, answer.body]).toMatchObject([
      201,
      { status: 'succeeded', result: 'created', charged: 'no', gateway: { attempts: 0 } },
    ]);
    expect(await shop.charges()).toEqual([]);
  });

  test('to a plan that costs something is refused without a payment method', async () => {
    const client = shop.as(newUser());
    const answer = await client.send('PUT', '/v1/me/subscription', { planId: 'pro' }, { 'idempotency-key': 'without-a-card' });
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'payment-method-required', charged: 'no' }]);
    expect((await client.get('/v1/me/operations')).body.data).toEqual([]);
    expect(await shop.charges()).toEqual([]);
  });
});

describe('the plan already held', () => {
  test('is answered 200 unchanged and charges nothing', async () => {
    const client = shop.as(newUser());
    await client.subscribe('pro');
    const again = await client.subscribe('pro');
    expect([again.status, again.body]).toMatchObject([
      200,
      {
        kind: 'change_plan',
        status: 'succeeded',
        result: 'unchanged',
        charged: 'no',
        fromPlanId: 'pro',
        toPlanId: 'pro',
        subscription: { planId: 'pro' },
      },
    ]);
    expect(again.headers.get('etag')).toBe('"1"');
    expect(await shop.charges()).toHaveLength(1);
  });
});

describe('strict subscribe', () => {
  test('is answered 201 where there is no subscription', async () => {
    const answer = await shop.as(newUser()).post('/v1/subscriptions', { planId: 'pro', paymentMethod: 'pm_card_visa' });
    expect([answer.status, answer.body]).toMatchObject([201, { kind: 'subscribe', result: 'created', charged: 'yes' }]);
    expect(answer.headers.get('operation-id')).toBe(answer.body.id);
    expect(await shop.succeededCharges()).toHaveLength(1);
  });

  test('while subscribed is refused with 409 already-subscribed and the subscription', async () => {
    const client = shop.as(newUser());
    const { subscription } = (await client.subscribe('basic')).body;
    const answer = await client.post('/v1/subscriptions', { planId: 'pro', paymentMethod: 'pm_card_visa' });
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'already-subscribed', charged: 'no' }]);
    expect(answer.body.subscription).toEqual(subscription);
    expect(await shop.charges()).toHaveLength(1);
  });
});

describe('a plan with a trial', () => {
  test('begins without a charge', async () => {
    const { status, body } = await shop.as(newUser()).subscribe('team');
    expect([status, body]).toMatchObject([
      201,
      { result: 'created', charged: 'no', amount: { amount: 0, currency: 'USD' }, subscription: { status: 'trialing' } },
    ]);
    const { currentPeriodStartAt: start, currentPeriodEndAt: end } = body.subscription;
    expect(Date.parse(end) - Date.parse(start)).toBe(14 * 86_400_000);
    expect(await shop.charges()).toEqual([]);
  });

  test('is charged from the first day for a user who had a subscription before', async () => {
    const client = shop.as(newUser());
    await client.subscribe('team');
    await client.post('/v1/me/subscription/cancel', { at: 'now' });
    const { status, body } = await client.subscribe('team');
    expect([status, body]).toMatchObject([201, { charged: 'yes', amount: { amount: 4_900 }, subscription: { status: 'active' } }]);
    expect(await shop.succeededCharges()).toMatchObject([{ amount: 4_900 }]);
  });
});

describe('a plan with a limited number of seats', () => {
  test('shows how many are taken, held and left', async () => {
    const before = await seatsOf(shop, 'studio-a');
    await shop.as(newUser()).subscribe('studio-a');
    expect(await seatsOf(shop, 'studio-a')).toEqual({ ...before, taken: before.taken + 1, left: before.left - 1 });
  });

  test('gives a seat back when its owner leaves', async () => {
    const before = await seatsOf(shop, 'studio-b');
    const client = shop.as(newUser());
    await client.subscribe('studio-b');
    await client.post('/v1/me/subscription/cancel', { at: 'now' });
    expect(await seatsOf(shop, 'studio-b')).toEqual(before);
  });

  test('is refused with 409 plan-full when the last is gone, and nothing is charged', async () => {
    while ((await seatsOf(shop, 'studio-b')).left > 0) await shop.as(newUser()).subscribe('studio-b');
    await forgetCharges(shop);
    const late = shop.as(newUser());
    const answer = await late.subscribe('studio-b');
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'plan-full', charged: 'no' }]);
    expect((await late.get('/v1/me/operations')).body.data).toEqual([]);
    expect(await shop.charges()).toEqual([]);
  });

  test('shows no seats where there is no limit', async () => {
    expect(await seatsOf(shop, 'pro')).toBeNull();
  });
});

test('who has no subscription is told 404 not-subscribed', async () => {
  const answer = await shop.as(newUser()).get('/v1/me/subscription');
  expect([answer.status, answer.body]).toMatchObject([404, { code: 'not-subscribed', charged: 'no' }]);
});
