import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { forgetCharges } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

const BODY = { planId: 'pro', paymentMethod: 'pm_card_visa' };

describe('the same key with the same request', () => {
  test('is answered as the first time, marked as replayed, and charges nothing', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const first = await client.subscribe('pro', { key });
    const replay = await client.subscribe('pro', { key });
    expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(replay.body).toEqual(first.body);
    for (const same of ['location', 'operation-id', 'etag']) expect(replay.headers.get(same)).toBe(first.headers.get(same));
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await shop.charges()).toMatchObject([{ attempts: 1 }]);
  });

  test('shows the subscription as it is now, not as it was then', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    await client.subscribe('free', { key });
    await client.subscribe('pro');
    const replay = await client.subscribe('free', { key });
    expect([replay.status, replay.headers.get('etag'), replay.body]).toMatchObject([
      201,
      '"2"',
      { result: 'created', toPlanId: 'free', subscription: { planId: 'pro', version: 2 } },
    ]);
  });

  test('of a change of plan and of an unchanged one is answered 200 each time', async () => {
    const client = shop.as(newUser());
    await client.subscribe('basic');
    for (const result of ['changed', 'unchanged']) {
      const key = newKey();
      await client.subscribe('pro', { key });
      const replay = await client.subscribe('pro', { key });
      expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.result]).toEqual([200, 'true', result]);
    }
    expect(await shop.charges()).toHaveLength(2);
  });

  test('is one key bare and in quotes', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const bare = await client.subscribe('pro', { key });
    const quoted = await client.subscribe('pro', { key: `"${key}"` });
    expect([quoted.headers.get('idempotent-replayed'), quoted.body.id]).toEqual(['true', bare.body.id]);
    expect(await shop.charges()).toHaveLength(1);
  });

  test('is the same request whatever the order of its members and the space between them', async () => {
    const client = shop.as(newUser());
    const headers = { 'idempotency-key': newKey(), 'content-type': 'application/json' };
    const first = await client.send('PUT', '/v1/me/subscription', BODY, headers);
    const again = await client.send('PUT', '/v1/me/subscription', '{ "paymentMethod": "pm_card_visa",\n "planId": "pro" }', headers);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.id]).toEqual([201, 'true', first.body.id]);
  });

  test('is asked for with other headers and still the same request', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const first = await client.subscribe('pro', { key, prefer: 'wait=20' });
    const replay = await client.subscribe('pro', { key, prefer: 'respond-async, handling=strict', 'if-match': '"99"' });
    expect([replay.status, replay.body.id]).toEqual([201, first.body.id]);
  });

  test('finds the operation through another process', async () => {
    const client = shop.as('user_of_two');
    const key = newKey();
    const first = await client.subscribe('pro', { key });
    const replay = await (await shop.another()).as('user_of_two').subscribe('pro', { key });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.id]).toEqual([201, 'true', first.body.id]);
    expect(await shop.charges()).toHaveLength(1);
  });
});

describe('the same key with another request is refused with 422 idempotency-key-reused', () => {
  test.each<[string, string, string, unknown]>([
    ['plan', 'PUT', '/v1/me/subscription', { ...BODY, planId: 'basic' }],
    ['payment method', 'PUT', '/v1/me/subscription', { ...BODY, paymentMethod: 'pm_card_mastercard' }],
    ['effective', 'PUT', '/v1/me/subscription', { ...BODY, effective: 'now' }],
    ['plan that does not exist', 'PUT', '/v1/me/subscription', { ...BODY, planId: 'nowhere' }],
    ['path', 'POST', '/v1/subscriptions', BODY],
    ['verb', 'POST', '/v1/me/subscription/cancel', { at: 'now' }],
  ])('another %s', async (_what, method, path, body) => {
    const client = shop.as(newUser());
    const key = newKey();
    const { subscription } = (await client.send('PUT', '/v1/me/subscription', BODY, { 'idempotency-key': key })).body;
    const answer = await client.send(method, path, body, { 'idempotency-key': key, 'if-match': '"99"' });
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'idempotency-key-reused', charged: 'no', retryable: false }]);
    expect((await client.get('/v1/me/subscription')).body).toEqual(subscription);
    expect(await shop.charges()).toHaveLength(1);
  });

  test('whatever became of the first', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    await client.subscribe('pro', { key, paymentMethod: 'pm_card_chargeDeclined' });
    const answer = await client.subscribe('pro', { key });
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency-key-reused']);
    expect(await shop.succeededCharges()).toEqual([]);
  });
});

describe('a key', () => {
  test('of one user means nothing for another', async () => {
    const key = newKey();
    const [a, b] = [await shop.as(newUser()).subscribe('pro', { key }), await shop.as(newUser()).subscribe('pro', { key })];
    expect([a.status, b.status, b.headers.get('idempotent-replayed')]).toEqual([201, 201, null]);
    expect(a.body.id).not.toBe(b.body.id);
    const references = (await shop.charges()).map(({ reference }) => reference);
    expect(new Set(references).size).toBe(2);
  });

  test('that was refused before anything was recorded may be used again', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    expect((await client.subscribe('nowhere', { key })).status).toBe(422);
    expect((await client.subscribe('pro', { key })).status).toBe(201);
  });

  test('that was forgotten after its time and is used anew never meets the old charge', async () => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    await client.subscribe('pro', { key });
    await client.post('/v1/me/subscription/cancel', { at: 'now' });
    await shop.sql('delete from operation_keys where user_id = $1', [user]);
    const anew = await client.subscribe('pro', { key });
    expect([anew.status, anew.headers.get('idempotent-replayed'), anew.body.charged]).toEqual([201, null, 'yes']);
    expect(await shop.succeededCharges()).toHaveLength(2);
  });
});
