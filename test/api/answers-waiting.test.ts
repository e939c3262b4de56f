import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { forgetCharges, whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

/** What the contract says of a payment that is under way. */
const PENDING = { object: 'operation', status: 'pending', result: null, charged: 'unknown', settledAt: null };

test('respond-async is answered 202 at once, with where to look and when; the charge goes on', async () => {
  const client = shop.as(newUser());
  const answer = await whileHeld(
    shop,
    () => client.subscribe('pro', { prefer: 'respond-async' }),
    async (pressed) => {
      const { status, headers, body } = await pressed;
      expect([status, body]).toMatchObject([202, PENDING]);
      expect(headers.get('location')).toBe(`/v1/operations/${body.id}`);
      expect(headers.get('operation-id')).toBe(body.id);
      expect(headers.get('retry-after')).toBe('1');
      expect(headers.get('etag')).toBeNull();
    },
  );
  const settled = await eventually(
    () => client.get(answer.headers.get('location')!),
    ({ body }) => body.status !== 'pending',
  );
  expect(settled.body).toMatchObject({
    id: answer.body.id,
    status: 'succeeded',
    result: 'created',
    charged: 'yes',
    subscription: { planId: 'pro' },
  });
  expect(await shop.succeededCharges()).toHaveLength(1);
});

test('what is not settled within wait is answered 202, and no sooner', async () => {
  const client = shop.as(newUser());
  const from = performance.now();
  await whileHeld(
    shop,
    () => client.subscribe('pro', { prefer: 'wait=1' }),
    async (pressed) => {
      const answer = await pressed;
      expect(performance.now() - from).toBeGreaterThan(800);
      expect([answer.status, answer.body, answer.headers.get('retry-after')]).toMatchObject([202, PENDING, '1']);
    },
  );
  await eventually(
    () => client.get('/v1/me/subscription'),
    ({ status }) => status === 200,
  );
  expect(await shop.succeededCharges()).toHaveLength(1);
});

test('a change of plan that is not settled yet bears the ETag of the subscription as it still is', async () => {
  const client = shop.as(newUser());
  await client.subscribe('basic');
  const key = newKey();
  const early = await whileHeld(
    shop,
    () => client.subscribe('pro', { key, prefer: 'respond-async' }),
    async (pressed) => {
      expect((await pressed).body.subscription).toMatchObject({ planId: 'basic', version: 1 });
      const mine = await client.get('/v1/me/subscription');
      expect(mine.body).toMatchObject({ planId: 'basic', version: 1, openOperation: (await pressed).body.id });
    },
  );
  expect(early.headers.get('etag')).toBe('"1"');
  const late = await client.subscribe('pro', { key });
  expect([late.status, late.headers.get('etag'), late.body.subscription.openOperation]).toEqual([200, '"2"', null]);
});

test('a client that goes away does not stop what it began', async () => {
  const client = shop.as(newUser());
  const left = new AbortController();
  const headers = { 'idempotency-key': newKey(), prefer: 'wait=30' };
  const press = () => client.send('PUT', '/v1/me/subscription', { planId: 'pro', paymentMethod: 'pm_card_visa' }, headers, left.signal);
  const pressed = whileHeld(shop, press, async () => left.abort());
  await expect(pressed).rejects.toMatchObject({ name: 'AbortError' });
  const mine = await eventually(
    () => client.get('/v1/me/subscription'),
    ({ status }) => status === 200,
  );
  expect(mine.body).toMatchObject({ planId: 'pro', status: 'active' });
  expect(await shop.succeededCharges()).toHaveLength(1);
});
