import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { age, forgetCharges, whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ env: { RECOVERY_INTERVAL_MS: '50' } });
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

async function subscriberOf(planId: string): Promise<{ user: string; client: Client }> {
  const user = newUser();
  const client = shop.as(user);
  await client.subscribe(planId);
  await forgetCharges(shop);
  return { user, client };
}

function cancel(client: Client, at: 'now' | 'period_end', headers: { key?: string } & Record<string, string> = {}) {
  return client.post('/v1/me/subscription/cancel', { at }, headers);
}

function resume(client: Client) {
  return client.post('/v1/me/subscription/resume');
}

describe('cancel at the end of the period', () => {
  test('is answered 200 changed: the subscription stays until then and says so', async () => {
    const { client } = await subscriberOf('pro');
    const { status, headers, body } = await cancel(client, 'period_end');
    expect([status, body]).toMatchObject([
      200,
      { kind: 'cancel', status: 'succeeded', result: 'changed', charged: 'no', amount: null, fromPlanId: 'pro', toPlanId: null },
    ]);
    expect(body.subscription).toMatchObject({ status: 'active', cancelAtPeriodEnd: true, canceledAt: null, version: 2 });
    expect([headers.get('etag'), headers.get('operation-id'), headers.get('location')]).toEqual([
      '"2"',
      body.id,
      `/v1/operations/${body.id}`,
    ]);
    expect(await shop.charges()).toEqual([]);
  });

  test('asked for again is unchanged', async () => {
    const { client } = await subscriberOf('pro');
    await cancel(client, 'period_end');
    const again = await cancel(client, 'period_end');
    expect([again.status, again.body.result, again.headers.get('etag')]).toEqual([200, 'unchanged', '"2"']);
  });

  test('is taken back by resume', async () => {
    const { client } = await subscriberOf('pro');
    await cancel(client, 'period_end');
    const back = await resume(client);
    expect([back.status, back.headers.get('etag'), back.body]).toMatchObject([
      200,
      '"3"',
      { kind: 'resume', result: 'changed', charged: 'no', subscription: { cancelAtPeriodEnd: false } },
    ]);
  });

  test('becomes at once when it is asked for now', async () => {
    const { client } = await subscriberOf('pro');
    await cancel(client, 'period_end');
    expect((await cancel(client, 'now')).body.subscription).toMatchObject({ status: 'canceled' });
  });
});

describe('cancel now', () => {
  test('ends the subscription; nothing is charged and nothing given back', async () => {
    const { client } = await subscriberOf('pro');
    const { status, body } = await cancel(client, 'now');
    expect([status, body]).toMatchObject([200, { result: 'changed', charged: 'no', subscription: { status: 'canceled' } }]);
    expect(body.subscription.canceledAt).not.toBeNull();
    expect((await client.get('/v1/me/subscription')).status).toBe(404);
    expect(await shop.charges()).toEqual([]);
  });

  test('is replayed with its key, although there is nothing left to cancel', async () => {
    const { client } = await subscriberOf('pro');
    const key = newKey();
    const first = await cancel(client, 'now', { key });
    const replay = await cancel(client, 'now', { key });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body]).toEqual([200, 'true', first.body]);
  });

  test('makes room for a new subscription, which is another one and is charged', async () => {
    const { client } = await subscriberOf('pro');
    const old = (await cancel(client, 'now')).body.subscription.id;
    const anew = await client.subscribe('pro');
    expect([anew.status, anew.body]).toMatchObject([201, { result: 'created', charged: 'yes' }]);
    expect(anew.body.subscription.id).not.toBe(old);
    expect(await shop.succeededCharges()).toHaveLength(1);
  });

  test('with an If-Match that does not hold is refused with 412', async () => {
    const { client } = await subscriberOf('pro');
    const answer = await cancel(client, 'now', { 'if-match': '"99"' });
    expect([answer.status, answer.body.code, answer.headers.get('etag')]).toEqual([412, 'subscription-changed', '"1"']);
    expect((await client.get('/v1/me/subscription')).body.status).toBe('active');
  });

  test('while a change of plan is in flight waits for its end', async () => {
    const { client } = await subscriberOf('basic');
    let leaving!: ReturnType<typeof cancel>;
    const changed = await whileHeld(
      shop,
      () => client.subscribe('pro'),
      async () => {
        leaving = cancel(client, 'now');
        await client.get('/v1/plans');
      },
    );
    expect([changed.status, (await leaving).body.subscription]).toMatchObject([200, { planId: 'pro', status: 'canceled' }]);
  });
});

describe('resume', () => {
  test('where nothing is to be taken back is unchanged', async () => {
    const { client } = await subscriberOf('pro');
    const answer = await resume(client);
    expect([answer.status, answer.body.result, answer.headers.get('etag')]).toEqual([200, 'unchanged', '"1"']);
  });

  test('needs no body', async () => {
    const { client } = await subscriberOf('pro');
    await cancel(client, 'period_end');
    const answer = await client.send('POST', '/v1/me/subscription/resume', undefined, { 'idempotency-key': newKey() });
    expect([answer.status, answer.body.result]).toEqual([200, 'changed']);
  });
});

describe('who has no subscription', () => {
  test.each(['cancel', 'resume'])('can %s nothing: 404 not-subscribed', async (verb) => {
    const answer = await shop.as(newUser()).post(`/v1/me/subscription/${verb}`, verb === 'cancel' ? { at: 'now' } : {});
    expect([answer.status, answer.body]).toMatchObject([404, { code: 'not-subscribed', charged: 'no' }]);
  });
});

test.each([[{}], [{ at: 'later' }], [{ at: 'now', planId: 'pro' }]])('a cancel with the body %j is refused with 400', async (body) => {
  const { client } = await subscriberOf('free');
  const answer = await client.post('/v1/me/subscription/cancel', body);
  expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
});

describe('while a person looks into a charge in doubt', () => {
  /** A subscriber whose change of plan no check could clear up. */
  async function inReview() {
    const { user, client } = await subscriberOf('basic');
    const { body } = await client.subscribe('pro', { paymentMethod: 'pm_sandbox_500_uncharged' });
    await age(shop, user, '25 hours');
    await eventually(
      () => client.get(`/v1/operations/${body.id}`),
      (seen) => seen.body.status === 'needs_review',
    );
    return { user, client, id: body.id as string };
  }
  const resolve = (id: string, outcome: 'charged' | 'not_charged') =>
    shop.as('ada', ['admin']).post(`/v1/admin/operations/${id}/resolve`, { outcome, reason: 'seen in the dashboard of the gateway' });

  test('the subscriber may leave: recorded already settled, and never a second open operation', async () => {
    const { user, client, id } = await inReview();
    const left = await cancel(client, 'now');
    expect([left.status, left.body]).toMatchObject([
      200,
      { kind: 'cancel', status: 'succeeded', result: 'changed', charged: 'no', subscription: { status: 'canceled' } },
    ]);
    const rows = await shop.sql('select kind, status, settled_at is null as open from operations where user_id = $1 order by turn', [user]);
    expect(rows).toEqual([
      { kind: 'subscribe', status: 'succeeded', open: false },
      { kind: 'change_plan', status: 'needs_review', open: true },
      { kind: 'cancel', status: 'succeeded', open: false },
    ]);
    expect((await client.get(`/v1/operations/${id}`)).body.status).toBe('needs_review');
  });

  test('that cancel is replayed with its key', async () => {
    const { client } = await inReview();
    const key = newKey();
    const first = await cancel(client, 'now', { key });
    const replay = await cancel(client, 'now', { key });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.id]).toEqual([200, 'true', first.body.id]);
  });

  test('nothing new is charged, even after the cancel', async () => {
    const { client, id } = await inReview();
    await cancel(client, 'now');
    const answer = await client.subscribe('basic');
    expect([answer.status, answer.body]).toMatchObject([409, { code: 'conflicting-operation', operation: { id, status: 'needs_review' } }]);
    expect(await shop.charges()).toEqual([]);
  });

  test('resume is not let through: it waits for the person as all else does', async () => {
    const { client } = await inReview();
    await cancel(client, 'period_end');
    expect((await resume(client)).body.code).toBe('conflicting-operation');
  });

  test('found not charged, the subscription stays canceled and there is room again', async () => {
    const { client, id } = await inReview();
    await cancel(client, 'now');
    expect((await resolve(id, 'not_charged')).body).toMatchObject({ status: 'failed', charged: 'no' });
    expect((await client.get('/v1/me/subscription')).status).toBe(404);
    expect((await client.subscribe('basic')).status).toBe(201);
  });

  test('found charged, a change of plan comes true for who only leaves at the end of the period', async () => {
    const { client, id } = await inReview();
    await cancel(client, 'period_end');
    expect((await resolve(id, 'charged')).body).toMatchObject({ status: 'succeeded', charged: 'yes', result: 'changed' });
    expect((await client.get('/v1/me/subscription')).body).toMatchObject({
      planId: 'pro',
      cancelAtPeriodEnd: true,
      version: 3,
      openOperation: null,
    });
  });

  test('found charged after the subscriber has left, nothing comes back to life', async () => {
    const { client, id } = await inReview();
    await cancel(client, 'now');
    expect((await resolve(id, 'charged')).body).toMatchObject({
      status: 'succeeded',
      charged: 'yes',
      subscription: { status: 'canceled', planId: 'basic' },
    });
    expect((await client.get('/v1/me/subscription')).status).toBe(404);
  });
});
