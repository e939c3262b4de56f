import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { age, forgetCharges, makeDue, whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

/** The tests bring checks forward instead of waiting for them. No test is so slow that one comes by itself, and with it a charge of another test. */
const FIRST_CHECK_SECONDS = 600;

let shop: Shop;
beforeAll(async () => {
  // Silence costs a test this long; an answer must be here by then, on a busy machine too.
  shop = await Shop.open({ env: { RECOVERY_INTERVAL_MS: '50', RECOVERY_SCHEDULE: '10m,1h,6h,24h', GATEWAY_TIMEOUT_MS: '3000' } });
});
afterAll(() => shop?.close());
beforeEach(() => forgetCharges(shop));

function operationOf(client: Client, id: string) {
  return async () => (await client.get(`/v1/operations/${id}`)).body;
}

describe('when the gateway gives no definite answer', () => {
  test.each(['malformed', '500_charged', '500_uncharged', 'reset_charged', 'timeout_charged', 'timeout_uncharged'])(
    '(%s) the caller is answered 202 unknown at once, with the time of the next check, and never 5xx',
    async (fault) => {
      const client = shop.as(newUser());
      const from = Date.now();
      const { status, headers, body } = await client.subscribe('pro', { paymentMethod: `pm_sandbox_${fault}`, prefer: 'wait=30' });
      const to = Date.now();
      // It was ready to wait for 30 s.
      expect(to - from).toBeLessThan(25_000);
      expect([status, body]).toMatchObject([
        202,
        { status: 'unknown', result: null, charged: 'unknown', subscription: null, recovery: { checks: 0 } },
      ]);
      expect(headers.get('location')).toBe(`/v1/operations/${body.id}`);
      const retryAfter = Number(headers.get('retry-after'));
      // Counted from some moment between the question and the answer, in whole seconds.
      const secondsUntilCheck = (now: number): number => (Date.parse(body.recovery.nextCheckAt) - now) / 1_000;
      expect(retryAfter).toBeGreaterThan(Math.max(0, secondsUntilCheck(to) - 1));
      expect(retryAfter).toBeLessThan(secondsUntilCheck(from) + 1);
      expect(retryAfter).toBeLessThanOrEqual(FIRST_CHECK_SECONDS);
    },
  );

  test.each([
    ['malformed', 'charged'],
    ['500_charged', 'charged'],
    ['reset_charged', 'charged'],
    ['timeout_charged', 'charged'],
    ['timeout_uncharged', 'not charged yet'],
  ])('(%s, in truth %s) recovery finds out; the key answers 201 then, and one charge stays', async (fault) => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    const paymentMethod = `pm_sandbox_${fault}`;
    const first = await client.subscribe('pro', { key, paymentMethod });
    expect(first.body.status).toBe('unknown');
    await makeDue(shop, user);
    const settled = await eventually(operationOf(client, first.body.id), ({ status }) => status !== 'unknown');
    expect(settled).toMatchObject({ status: 'succeeded', charged: 'yes', recovery: { checks: 1, nextCheckAt: null } });
    const replay = await client.subscribe('pro', { key, paymentMethod });
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body]).toMatchObject([
      201,
      'true',
      { id: first.body.id, result: 'created', subscription: { planId: 'pro', status: 'active' } },
    ]);
    expect(await shop.succeededCharges()).toMatchObject([{ id: settled.gateway.reference, amount: 1_900 }]);
  });

  test('a request that is still on its way when the check comes is charged once when it lands', async () => {
    const user = newUser();
    const client = shop.as(user);
    const first = await whileHeld(
      shop,
      () => client.subscribe('pro'),
      async (pressed) => {
        const { body } = await pressed;
        expect(body.status).toBe('unknown');
        await makeDue(shop, user);
        // The gateway says that the key is in use and shows no charge: neither proves anything.
        const asked = await eventually(operationOf(client, body.id), ({ recovery }) => recovery.checks === 1);
        expect(asked).toMatchObject({ status: 'unknown', charged: 'unknown' });
      },
    );
    await makeDue(shop, user);
    await eventually(operationOf(client, first.body.id), ({ status }) => status === 'succeeded');
    expect(await shop.succeededCharges()).toHaveLength(1);
  });
});

describe('while a charge is in doubt', () => {
  test.each(['refused_credentials', 'rate_limited'])(
    'a later attempt that is refused outright (%s) proves nothing of the first',
    async (refusal) => {
      const user = newUser();
      const client = shop.as(user);
      const { body } = await client.subscribe('pro', { paymentMethod: 'pm_sandbox_timeout_uncharged' });
      await shop.gateway('POST', '/sandbox/faults', { next: [refusal] });
      await makeDue(shop, user);
      const asked = await eventually(operationOf(client, body.id), ({ recovery }) => recovery.checks === 1);
      expect(asked).toMatchObject({ status: 'unknown', charged: 'unknown', problem: null });
      await makeDue(shop, user);
      await eventually(operationOf(client, body.id), ({ status }) => status === 'succeeded');
      expect(await shop.succeededCharges()).toHaveLength(1);
    },
  );

  test('the same request with its key, or the same wish with another, is answered 202 and asks for no second charge', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const first = await client.subscribe('pro', { key, paymentMethod: 'pm_sandbox_malformed' });
    const replayed = await client.subscribe('pro', { key, paymentMethod: 'pm_sandbox_malformed' });
    const joined = await client.subscribe('pro', { paymentMethod: 'pm_sandbox_malformed' });
    expect([replayed.status, replayed.headers.get('idempotent-replayed'), replayed.body.id]).toEqual([202, 'true', first.body.id]);
    expect([joined.status, joined.headers.get('operation-joined'), joined.body.id]).toEqual([202, 'true', first.body.id]);
    expect(replayed.headers.get('retry-after')).not.toBeNull();
    expect(await shop.charges()).toMatchObject([{ attempts: 1 }]);
  });

  test('another wish is refused with 409 conflicting-operation, and nothing is charged for it', async () => {
    const client = shop.as(newUser());
    const first = await client.subscribe('pro', { paymentMethod: 'pm_sandbox_malformed' });
    const other = await client.subscribe('basic', { prefer: 'wait=0' });
    expect([other.status, other.body]).toMatchObject([
      409,
      { code: 'conflicting-operation', charged: 'no', operationId: first.body.id, operation: { id: first.body.id, status: 'unknown' } },
    ]);
    expect(other.headers.get('retry-after')).not.toBeNull();
    expect(await shop.charges()).toHaveLength(1);
  });

  test('the seat is not given away', async () => {
    const user = newUser();
    await shop.as(user).subscribe('studio-a', { paymentMethod: 'pm_sandbox_malformed' });
    const seats = (await shop.as(user).get('/v1/plans')).body.data.find((plan: { id: string }) => plan.id === 'studio-a').seats;
    expect(seats).toMatchObject({ held: 1, taken: 0, left: seats.capacity - 1 });
  });
});

describe('when no check can find out', () => {
  test('a person decides: the schedule ends in needs_review, which is asked for until then and charged never', async () => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    const asked = { key, paymentMethod: 'pm_sandbox_500_uncharged' };
    const { body } = await client.subscribe('pro', asked);
    await age(shop, user, '25 hours');
    const stuck = await eventually(operationOf(client, body.id), ({ status }) => status !== 'unknown');
    expect(stuck).toMatchObject({ status: 'needs_review', charged: 'unknown', recovery: { nextCheckAt: null }, settledAt: null });
    const replay = await client.subscribe('pro', asked);
    expect([replay.status, replay.body.status, replay.headers.get('retry-after')]).toEqual([202, 'needs_review', null]);
    const other = await client.subscribe('basic', { prefer: 'wait=30' });
    expect([other.status, other.body.code]).toEqual([409, 'conflicting-operation']);
    expect(await shop.charges()).toEqual([]);
  });

  test.each([
    ['charged', 201, { status: 'succeeded', charged: 'yes' }],
    ['not_charged', 402, { code: 'payment-declined', charged: 'no' }],
  ])('a person who finds out that it was %s ends it, and the key answers %d', async (outcome, status, expected) => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    const asked = { key, paymentMethod: 'pm_sandbox_500_uncharged' };
    const { body } = await client.subscribe('pro', asked);
    await age(shop, user, '25 hours');
    await eventually(operationOf(client, body.id), (seen) => seen.status === 'needs_review');
    const evidence = { outcome, reason: 'the statement of the gateway says so' };
    const resolved = await shop.as('ada', ['admin']).post(`/v1/admin/operations/${body.id}/resolve`, evidence);
    expect(resolved.status).toBe(200);
    const replay = await client.subscribe('pro', asked);
    expect([replay.status, replay.body]).toMatchObject([status, expected]);
    expect((await client.subscribe('basic')).status).toBe(outcome === 'charged' ? 200 : 201);
  });
});
