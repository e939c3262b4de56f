import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { forgetCharges, whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { atOnce, eventually } from '../kit/waiting.js';

const CALLERS = 20;

describe.each(['redlock', 'none'] as const)('with leases of %s,', (leases) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ leases });
  });
  afterAll(() => shop?.close());
  beforeEach(() => forgetCharges(shop));

  /** Joining is counted in the row: whoever is counted is waiting there. */
  function joinedBy(user: string, requests: number) {
    return eventually(
      () => shop.sql('select requests from operations where user_id = $1 and status = $2', [user, 'pending']),
      ([row]) => row?.requests === requests,
    );
  }

  test('20 presses with 20 keys while one is in flight make one operation and one charge; 19 of them join', async () => {
    const user = newUser();
    const client = shop.as(user);
    const keys = Array.from({ length: CALLERS }, newKey);
    let others!: Promise<Answer[]>;
    const first = await whileHeld(
      shop,
      () => client.subscribe('pro', { key: keys[0]!, prefer: 'wait=30' }),
      async () => {
        others = atOnce(CALLERS - 1, (index) => client.subscribe('pro', { key: keys[index + 1]!, prefer: 'wait=30' }));
        await joinedBy(user, CALLERS);
      },
    );
    const answers = [first, ...(await others)];
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array(CALLERS).fill(201));
    expect(answers.map(({ body }) => body.requests)).toEqual(Array(CALLERS).fill(CALLERS));
    expect(answers.filter(({ headers }) => headers.get('operation-joined') === 'true')).toHaveLength(CALLERS - 1);
    expect(first.headers.get('operation-joined')).toBeNull();
    expect(await shop.charges()).toMatchObject([{ status: 'succeeded', amount: 1_900, attempts: 1 }]);

    for (const key of keys) {
      const replay = await client.subscribe('pro', { key });
      expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
      expect(replay.body).toEqual(first.body);
    }
    expect(await shop.charges()).toMatchObject([{ attempts: 1 }]);
  });

  test('a joined request that cannot wait as long is answered 202 of the same operation', async () => {
    const user = newUser();
    const client = shop.as(user);
    const first = await whileHeld(
      shop,
      () => client.subscribe('pro'),
      async () => {
        const joined = await client.subscribe('pro', { prefer: 'respond-async' });
        expect([joined.status, joined.body]).toMatchObject([202, { status: 'pending', charged: 'unknown' }]);
        expect([joined.headers.get('operation-joined'), joined.headers.get('retry-after')]).toEqual(['true', '1']);
        expect(joined.headers.get('location')).toBe(`/v1/operations/${joined.body.id}`);
      },
    );
    expect(first.body.requests).toBe(2);
  });

  test('the same key while its operation is in flight waits for the outcome and replays it', async () => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    let again!: Promise<Answer>;
    const first = await whileHeld(
      shop,
      () => client.subscribe('pro', { key }),
      async () => {
        again = client.subscribe('pro', { key });
        await joinedBy(user, 2);
      },
    );
    const replay = await again;
    expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.id]).toEqual([201, 'true', first.body.id]);
    expect(await shop.charges()).toMatchObject([{ attempts: 1 }]);
  });

  test('handling=strict is refused with 409 request-outstanding, for the same key and for the same wish', async () => {
    const client = shop.as(newUser());
    const key = newKey();
    const first = await whileHeld(
      shop,
      () => client.subscribe('pro', { key, prefer: 'handling=strict' }),
      async () => {
        for (const strict of [{ key }, {}]) {
          const answer = await client.subscribe('pro', { ...strict, prefer: 'handling=strict' });
          expect([answer.status, answer.body]).toMatchObject([409, { code: 'request-outstanding', charged: 'unknown', retryable: true }]);
          expect(answer.body.operation).toMatchObject({ id: answer.body.operationId, status: 'pending' });
          expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        }
      },
    );
    expect([first.status, first.body.requests]).toEqual([201, 1]);
    expect(await shop.charges()).toHaveLength(1);
  });

  test('another wish waits for the one in flight, then is decided on what that left', async () => {
    const user = newUser();
    const client = shop.as(user);
    let other!: Promise<Answer>;
    const first = await whileHeld(
      shop,
      () => client.subscribe('basic'),
      async (pressed) => {
        other = client.subscribe('pro');
        // It is there and not answered; whether it waits long enough is what the answers show.
        expect(await Promise.race([other, pressed, client.get('/v1/plans').then(() => 'still waiting')])).toBe('still waiting');
      },
    );
    const changed = await other;
    expect([first.status, first.body.toPlanId]).toEqual([201, 'basic']);
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { result: 'changed', fromPlanId: 'basic', toPlanId: 'pro', charged: 'yes' },
    ]);
    expect((await shop.succeededCharges()).map(({ amount }) => amount).sort((a, b) => a - b)).toEqual([900, 1_000]);
  });

  test.each<[string, number]>([
    ['wait=0', 0],
    ['wait=1', 800],
  ])('another wish with %s that is not over by then is refused with 409 conflicting-operation', async (prefer, atLeastMs) => {
    const client = shop.as(newUser());
    await whileHeld(
      shop,
      () => client.subscribe('basic'),
      async () => {
        const from = performance.now();
        const answer = await client.subscribe('pro', { prefer });
        expect(performance.now() - from).toBeGreaterThanOrEqual(atLeastMs);
        expect([answer.status, answer.body]).toMatchObject([409, { code: 'conflicting-operation', charged: 'no', retryable: true }]);
        expect(answer.body.operation).toMatchObject({
          object: 'operation',
          id: answer.body.operationId,
          status: 'pending',
          toPlanId: 'basic',
        });
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      },
    );
    expect(await shop.charges()).toMatchObject([{ amount: 900 }]);
  });

  test('the same plan with another payment method is another wish while a charge may be on its way', async () => {
    const client = shop.as(newUser());
    await whileHeld(
      shop,
      () => client.subscribe('pro'),
      async () => {
        const answer = await client.subscribe('pro', { paymentMethod: 'pm_card_mastercard', prefer: 'wait=0' });
        expect([answer.status, answer.body.code]).toEqual([409, 'conflicting-operation']);
      },
    );
    expect(await shop.charges()).toHaveLength(1);
  });

  test('users do not wait for each other', async () => {
    await whileHeld(
      shop,
      () => shop.as(newUser()).subscribe('pro'),
      async () => {
        expect((await shop.as(newUser()).subscribe('pro', { prefer: 'wait=30' })).status).toBe(201);
      },
    );
    expect(await shop.succeededCharges()).toHaveLength(2);
  });
});
