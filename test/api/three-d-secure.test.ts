import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { forgetCharges, makeDue, seatsOf } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

const CARD = 'pm_card_authenticationRequired';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ webhooks: true, env: { RECOVERY_INTERVAL_MS: '50' } });
});
afterAll(() => shop?.close());
/** Each test says itself whether the gateway tells of what happens. */
beforeEach(async () => {
  await forgetCharges(shop);
  await shop.gateway('POST', '/sandbox/faults', { webhooks: 'off' });
});

interface Visit {
  user: string;
  client: Client;
  key: string;
  answer: Answer;
  id: string;
}

async function askedToAuthenticate(planId = 'pro', plus: { effective?: string } = {}): Promise<Visit> {
  const user = newUser();
  const client = shop.as(user);
  const key = newKey();
  const answer = await client.subscribe(planId, { key, paymentMethod: CARD, ...plus });
  expect([answer.status, answer.body.status]).toEqual([202, 'requires_action']);
  return { user, client, key, answer, id: answer.body.id };
}

/** The customer on the bank's page. */
async function decide({ answer }: Visit, decision: 'approve' | 'deny'): Promise<Response> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return fetch(answer.body.nextAction.url as string, { method: 'POST', body: `decision=${decision}`, headers, redirect: 'manual' });
}

function settled({ client, id }: Visit): Promise<Answer> {
  return eventually(
    () => client.get(`/v1/operations/${id}`),
    ({ body }) => body.status !== 'requires_action',
  );
}

/** Who took the operation over, in order. */
async function takenOverBy({ user }: Visit): Promise<string[]> {
  const [row] = await shop.sql('select timeline from operations where user_id = $1 order by turn limit 1', [user]);
  return row.timeline.filter(({ type }: { type: string }) => type === 'taken_over').map(({ data }: { data: { by: string } }) => data.by);
}

async function expire({ user }: Visit): Promise<void> {
  await shop.sql(
    `update operations set next_check_at = now(),
       next_action = jsonb_set(next_action, '{expiresAt}', to_jsonb(to_char(now() - interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SSOF":00"')))
     where user_id = $1 and status = 'requires_action'`,
    [user],
  );
}

describe('a customer who must authenticate', () => {
  test('is answered 202 requires_action with where to go and until when; nothing is charged', async () => {
    const { answer } = await askedToAuthenticate();
    expect(answer.body).toMatchObject({ result: null, charged: 'no', subscription: null, nextAction: { type: 'redirect' } });
    expect(answer.body.nextAction.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sandbox\/3ds\/pi_/);
    const ttl = Date.parse(answer.body.nextAction.expiresAt) - Date.now();
    expect(ttl).toBeGreaterThan(55 * 60_000);
    expect(ttl).toBeLessThanOrEqual(60 * 60_000);
    expect(answer.headers.get('location')).toBe(`/v1/operations/${answer.body.id}`);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await shop.charges()).toMatchObject([{ id: answer.body.gateway.reference, status: 'requires_action' }]);
  });

  test('is led back to the shop from the page of the bank', async () => {
    const visit = await askedToAuthenticate();
    const back = new URL((await decide(visit, 'approve')).headers.get('location')!);
    expect(back.origin).toBe(shop.url);
    expect(back.searchParams.get('redirect_status')).toBe('succeeded');
  });

  test('is answered the same again with the same key, and with another', async () => {
    const { client, key, id } = await askedToAuthenticate();
    const replay = await client.subscribe('pro', { key, paymentMethod: CARD });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body]).toMatchObject([
      202,
      'true',
      { id, nextAction: { type: 'redirect' } },
    ]);
    const joined = await client.subscribe('pro', { paymentMethod: CARD });
    expect([joined.status, joined.headers.get('operation-joined'), joined.body]).toMatchObject([
      202,
      'true',
      { id, nextAction: { type: 'redirect' } },
    ]);
    expect(await shop.charges()).toHaveLength(1);
  });

  test('who wants something else is refused with 409 conflicting-operation at once', async () => {
    const { client, id } = await askedToAuthenticate();
    const from = performance.now();
    const other = await client.subscribe('basic', { prefer: 'wait=30' });
    // It was ready to wait for 30 s.
    expect(performance.now() - from).toBeLessThan(25_000);
    expect([other.status, other.body]).toMatchObject([
      409,
      { code: 'conflicting-operation', operation: { id, status: 'requires_action' } },
    ]);
  });

  test('keeps the old plan until the new one is paid for', async () => {
    const user = newUser();
    const client = shop.as(user);
    await client.subscribe('basic');
    const answer = await client.subscribe('pro', { paymentMethod: CARD });
    expect([answer.status, answer.headers.get('etag'), answer.body]).toMatchObject([
      202,
      '"1"',
      { subscription: { planId: 'basic', version: 1 } },
    ]);
    expect((await client.get('/v1/me/subscription')).body.openOperation).toBe(answer.body.id);
    await decide({ answer } as Visit, 'approve');
    await client.post(`/v1/operations/${answer.body.id}/confirm`);
    expect((await client.get('/v1/me/subscription')).body).toMatchObject({ planId: 'pro', version: 2, openOperation: null });
  });
});

describe('when the customer approves, the operation is completed', () => {
  test('by the event of the gateway, with nobody asking', async () => {
    await shop.gateway('POST', '/sandbox/faults', { webhooks: 'on' });
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    expect((await settled(visit)).body).toMatchObject({
      status: 'succeeded',
      charged: 'yes',
      nextAction: null,
      subscription: { planId: 'pro' },
    });
    expect((await takenOverBy(visit)).at(-1)).toBe('webhook');
    expect(await shop.succeededCharges()).toHaveLength(1);
  });

  test('by the event, once, when it is told twice', async () => {
    await shop.gateway('POST', '/sandbox/faults', { webhooks: 'twice' });
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    expect((await settled(visit)).body.status).toBe('succeeded');
    expect((await visit.client.get('/v1/me/subscription')).body.version).toBe(1);
    expect(await shop.succeededCharges()).toHaveLength(1);
  });

  test("by the client's confirm, answered 200 with the operation", async () => {
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    const confirmed = await visit.client.post(`/v1/operations/${visit.id}/confirm`);
    expect([confirmed.status, confirmed.headers.get('operation-id'), confirmed.body]).toMatchObject([
      200,
      visit.id,
      { id: visit.id, status: 'succeeded', result: 'created', charged: 'yes', subscription: { planId: 'pro' } },
    ]);
    expect(await takenOverBy(visit)).toEqual(['customer']);
  });

  test('by recovery, when neither comes', async () => {
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    await makeDue(shop, visit.user);
    expect((await settled(visit)).body).toMatchObject({ status: 'succeeded', charged: 'yes' });
    expect(await takenOverBy(visit)).toEqual(['recovery']);
  });

  test('and its key answers 201 as if it had been at once', async () => {
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    await visit.client.post(`/v1/operations/${visit.id}/confirm`);
    const replay = await visit.client.subscribe('pro', { key: visit.key, paymentMethod: CARD });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.headers.get('etag'), replay.body]).toMatchObject([
      201,
      'true',
      '"1"',
      { charged: 'yes' },
    ]);
    expect(await shop.succeededCharges()).toHaveLength(1);
  });
});

describe('a confirm', () => {
  test('that nobody backs is answered 202: the gateway is believed, not the client', async () => {
    const { client, id } = await askedToAuthenticate();
    const confirmed = await client.post(`/v1/operations/${id}/confirm`);
    expect([confirmed.status, confirmed.body]).toMatchObject([
      202,
      { status: 'requires_action', charged: 'no', nextAction: { type: 'redirect' } },
    ]);
  });

  test('with the same key is replayed', async () => {
    const { client, id } = await askedToAuthenticate();
    const key = newKey();
    await client.post(`/v1/operations/${id}/confirm`, {}, { key });
    const again = await client.post(`/v1/operations/${id}/confirm`, {}, { key });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    const cancel = await client.post(`/v1/operations/${id}/cancel`, {}, { key });
    expect([cancel.status, cancel.body.code]).toEqual([422, 'idempotency-key-reused']);
  });
});

describe('when the customer denies', () => {
  test('the operation is failed, its key answers 402, and seat and user are free', async () => {
    const before = await seatsOf(shop, 'studio-a');
    const visit = await askedToAuthenticate('studio-a');
    expect(await seatsOf(shop, 'studio-a')).toMatchObject({ held: before.held + 1, left: before.left - 1 });
    await decide(visit, 'deny');
    const confirmed = await visit.client.post(`/v1/operations/${visit.id}/confirm`);
    expect([confirmed.status, confirmed.body]).toMatchObject([
      200,
      { status: 'failed', charged: 'no', problem: { code: 'payment-declined' } },
    ]);
    const replay = await visit.client.subscribe('studio-a', { key: visit.key, paymentMethod: CARD });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body]).toMatchObject([
      402,
      'true',
      { code: 'payment-declined', charged: 'no', operationId: visit.id },
    ]);
    expect(await seatsOf(shop, 'studio-a')).toEqual(before);
    expect((await visit.client.subscribe('pro')).status).toBe(201);
    expect(await shop.succeededCharges()).toHaveLength(1);
  });
});

describe('when the time to authenticate is over', () => {
  test('the charge is canceled at the gateway, then the operation here; its key answers 200 canceled', async () => {
    const before = await seatsOf(shop, 'studio-a');
    const visit = await askedToAuthenticate('studio-a');
    await expire(visit);
    expect((await settled(visit)).body).toMatchObject({
      status: 'canceled',
      result: null,
      charged: 'no',
      nextAction: null,
      subscription: null,
    });
    expect(await shop.charges()).toMatchObject([{ status: 'canceled' }]);
    expect(await seatsOf(shop, 'studio-a')).toEqual(before);
    const replay = await visit.client.subscribe('studio-a', { key: visit.key, paymentMethod: CARD });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body]).toMatchObject([
      200,
      'true',
      { id: visit.id, status: 'canceled', charged: 'no' },
    ]);
  });

  test('but the money has come, the gateway refuses to cancel and the operation succeeds', async () => {
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    await expire(visit);
    expect((await settled(visit)).body).toMatchObject({ status: 'succeeded', charged: 'yes', subscription: { planId: 'pro' } });
    expect(await shop.charges()).toMatchObject([{ status: 'succeeded' }]);
  });
});

describe('a customer who takes another card instead', () => {
  test('is charged on that one: the first is canceled at the gateway before there is room', async () => {
    const visit = await askedToAuthenticate();
    const second = await visit.client.subscribe('pro');
    expect([second.status, second.body]).toMatchObject([201, { result: 'created', charged: 'yes' }]);
    expect(second.body.id).not.toBe(visit.id);
    expect((await visit.client.get(`/v1/operations/${visit.id}`)).body).toMatchObject({ status: 'canceled', charged: 'no' });
    expect((await shop.charges()).map(({ id, status }) => [id, status])).toEqual([
      [visit.answer.body.gateway.reference, 'canceled'],
      [second.body.gateway.reference, 'succeeded'],
    ]);
    expect((await decide(visit, 'approve')).status).toBe(303);
    expect(await shop.succeededCharges()).toHaveLength(1);
  });

  test('after the money of the first has come is not charged again', async () => {
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    const second = await visit.client.subscribe('pro');
    expect([second.status, second.body]).toMatchObject([200, { result: 'unchanged', charged: 'no', subscription: { planId: 'pro' } }]);
    expect((await visit.client.get(`/v1/operations/${visit.id}`)).body.status).toBe('succeeded');
    expect(await shop.charges()).toHaveLength(1);
  });
});

describe('a customer who gives up', () => {
  test('cancels the operation: at the gateway first, then here', async () => {
    const visit = await askedToAuthenticate();
    const key = newKey();
    const canceled = await visit.client.post(`/v1/operations/${visit.id}/cancel`, {}, { key });
    expect([canceled.status, canceled.headers.get('operation-id'), canceled.body]).toMatchObject([
      200,
      visit.id,
      { status: 'canceled', charged: 'no', nextAction: null },
    ]);
    expect(await shop.charges()).toMatchObject([{ status: 'canceled' }]);
    const again = await visit.client.post(`/v1/operations/${visit.id}/cancel`, {}, { key });
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.status]).toEqual([200, 'true', 'canceled']);
    expect((await visit.client.subscribe('basic')).status).toBe(201);
  });

  test('too late is told that the payment succeeded', async () => {
    const visit = await askedToAuthenticate();
    await decide(visit, 'approve');
    const canceled = await visit.client.post(`/v1/operations/${visit.id}/cancel`);
    expect([canceled.status, canceled.body]).toMatchObject([200, { status: 'succeeded', charged: 'yes', subscription: { planId: 'pro' } }]);
  });

  test('cannot cancel what waits for the gateway and not for the customer: 409 operation-not-cancelable with the operation', async () => {
    const client = shop.as(newUser());
    const { body } = await client.subscribe('pro', { paymentMethod: 'pm_sandbox_malformed' });
    const answer = await client.post(`/v1/operations/${body.id}/cancel`);
    expect([answer.status, answer.body]).toMatchObject([
      409,
      { code: 'operation-not-cancelable', operationId: body.id, operation: { id: body.id, status: 'unknown' } },
    ]);
    expect(await shop.charges()).toMatchObject([{ status: 'succeeded' }]);
  });
});
