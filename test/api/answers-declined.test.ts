import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { forgetCharges, seatsOf, whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

describe('a declined payment', () => {
  test.each([
    ['pm_card_chargeDeclined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ])('(%s) is answered 402 with the reason of the bank: %s', async (paymentMethod, declineCode) => {
    const client = shop.as(newUser());
    const { status, headers, body } = await client.subscribe('pro', { paymentMethod });
    expect([status, body]).toMatchObject([402, { code: 'payment-declined', declineCode, charged: 'no', retryable: false }]);
    expect(headers.get('operation-id')).toBe(body.operationId);
    expect(headers.get('location')).toBe(`/v1/operations/${body.operationId}`);
    expect(headers.get('retry-after')).toBeNull();
    const { body: operation } = await client.get(`/v1/operations/${body.operationId}`);
    expect(operation).toMatchObject({
      status: 'failed',
      result: null,
      charged: 'no',
      problem: { code: 'payment-declined', declineCode, status: 402 },
    });
    expect(await shop.succeededCharges()).toEqual([]);
  });

  test('leaves no subscription behind, and the seat is free again', async () => {
    const before = await seatsOf(shop, 'studio-a');
    const client = shop.as(newUser());
    await client.subscribe('studio-a', { paymentMethod: 'pm_card_chargeDeclined' });
    expect(await seatsOf(shop, 'studio-a')).toEqual(before);
    expect((await client.get('/v1/me/subscription')).body.code).toBe('not-subscribed');
  });

  test('of a change of plan leaves the old plan and its ETag as they were', async () => {
    const client = shop.as(newUser());
    const { subscription } = (await client.subscribe('basic')).body;
    const declined = await client.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
    expect([declined.status, declined.headers.get('etag')]).toEqual([402, '"1"']);
    const mine = await client.get('/v1/me/subscription');
    expect([mine.body, mine.headers.get('etag')]).toEqual([subscription, '"1"']);
  });

  test('stays declined for its key, whatever the card would do by now', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const first = await client.subscribe('pro', { key, paymentMethod: 'pm_card_chargeDeclined' });
    const replay = await client.subscribe('pro', { key, paymentMethod: 'pm_card_chargeDeclined' });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.headers.get('operation-id')]).toEqual([
      402,
      'true',
      first.body.operationId,
    ]);
    expect({ ...replay.body, requestId: null }).toEqual({ ...first.body, requestId: null });
    expect(await shop.charges()).toMatchObject([{ attempts: 1 }]);
  });

  test('is tried anew with a new key', async () => {
    const client = shop.as(newUser());
    await client.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
    const second = await client.subscribe('pro');
    expect([second.status, second.body]).toMatchObject([201, { result: 'created', charged: 'yes' }]);
    expect(await shop.succeededCharges()).toHaveLength(1);
  });

  test('is answered to everyone who joined it', async () => {
    const user = newUser();
    const client = shop.as(user);
    const paymentMethod = 'pm_card_chargeDeclined';
    let joining!: ReturnType<typeof client.subscribe>;
    const first = await whileHeld(
      shop,
      () => client.subscribe('pro', { paymentMethod }),
      async () => {
        joining = client.subscribe('pro', { paymentMethod });
        await eventually(
          () => shop.sql('select requests from operations where user_id = $1', [user]),
          ([row]) => row.requests === 2,
        );
      },
    );
    const joined = await joining;
    expect([joined.status, joined.headers.get('operation-joined'), joined.body]).toMatchObject([
      402,
      'true',
      { code: 'payment-declined', declineCode: 'generic_decline', charged: 'no', operationId: first.body.operationId },
    ]);
    expect(await shop.charges()).toHaveLength(1);
  });
});

describe('a payment method that the gateway refuses as such', () => {
  test('is answered 422 payment-method-invalid; nothing is charged and a new key may try another', async () => {
    const client = shop.as(newUser());
    const { status, headers, body } = await client.subscribe('pro', { paymentMethod: 'pm_of_nobody' });
    expect([status, body]).toMatchObject([422, { code: 'payment-method-invalid', charged: 'no' }]);
    expect(headers.get('operation-id')).toBe(body.operationId);
    expect(await shop.charges()).toEqual([]);
    expect((await client.subscribe('pro')).status).toBe(201);
  });
});
