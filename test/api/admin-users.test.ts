import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { grant } from '../credits/purses.js';
import { whileHeld } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
let viewer: Client;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  viewer = shop.as('viewer_1', ['viewer']);
});
afterAll(() => shop?.close());

const seen = async (userId: string) => (await viewer.get(`/v1/admin/users/${encodeURIComponent(userId)}`)).body;

describe('a user', () => {
  test('is shown with what they have, what is open and what happened', async () => {
    const userId = newUser();
    const user = shop.as(userId);
    await user.subscribe('basic');
    await user.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
    const waiting = await user.subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' });
    const body = await seen(userId);
    expect(body).toMatchObject({
      object: 'user',
      id: userId,
      subscription: { planId: 'basic', openOperation: waiting.body.id },
      openOperation: { id: waiting.body.id, status: 'requires_action', kind: 'change_plan' },
    });
    expect(body.operations.map(({ kind, status }: { kind: string; status: string }) => `${kind} ${status}`)).toEqual([
      'change_plan requires_action',
      'change_plan failed',
      'subscribe succeeded',
    ]);
  });

  test('who never came is shown as somebody who has nothing', async () => {
    const { status, body } = await viewer.get('/v1/admin/users/nobody-at-all');
    const credits = { object: 'credits', version: 0, data: [] };
    const nothing = { subscription: null, openOperation: null, operations: [], credits, creditEntries: [], lease: FREE };
    expect([status, body]).toEqual([200, { object: 'user', id: 'nobody-at-all', now: expect.any(String), ...nothing }]);
  });

  test.each(['auth0|5f7c8ec7c33c6c004bbafe82', 'ü'.repeat(255), 'a/b?c#d%e', 'x'.repeat(255), '👩‍💻'.replaceAll('\u200d', '')])(
    'may have any name that a token may bear: %s',
    async (userId) => {
      await shop.as(userId).subscribe('basic');
      const body = await seen(userId);
      expect([body.id, body.subscription?.planId]).toEqual([userId, 'basic']);
    },
  );

  test('is seen by viewers, and by nobody who has no role', async () => {
    for (const path of ['/v1/admin/users/somebody', '/v1/admin/users/somebody/credits/entries'])
      expect((await shop.as(newUser()).get(path)).body.code).toBe('forbidden');
  });
});

const FREE = { state: 'free', holder: null, heldForMs: null, ttlMs: null };

describe('the lease of a user', () => {
  test('says which process works for them, since when and until when, and then that nobody does', async () => {
    const userId = newUser();
    await whileHeld(
      shop,
      () => shop.as(userId).subscribe('pro'),
      async () => {
        const { lease } = await seen(userId);
        expect(lease).toEqual({
          state: 'held',
          holder: expect.stringMatching(`:${process.pid}$`),
          heldForMs: expect.any(Number),
          ttlMs: expect.any(Number),
        });
      },
    );
    const left = await eventually(
      () => seen(userId),
      ({ lease }) => lease.state === 'free',
    );
    expect(left.lease).toEqual(FREE);
  });

  test('that cannot be looked up is unknown, and the rest is shown all the same', async () => {
    const blind = await Shop.open({ leases: 'redlock', env: { ROLES: 'api', REDIS_URLS: 'redis://127.0.0.1:1' } });
    const userId = newUser();
    await blind.as(userId).subscribe('basic');
    const { body } = await blind.as('viewer_1', ['viewer']).get(`/v1/admin/users/${userId}`);
    expect([body.lease, body.subscription?.planId]).toEqual([{ ...FREE, state: 'unknown' }, 'basic']);
    await blind.close();
  });
});

test("the entries behind a user's balances come in pages, newest first", async () => {
  const userId = newUser();
  for (const amount of [100, 200, 300]) await grant(shop, userId, amount);
  const path = `/v1/admin/users/${userId}/credits/entries`;
  const first = (await viewer.get(`${path}?limit=2`)).body;
  const second = (await viewer.get(`${path}?limit=2&cursor=${first.nextCursor}`)).body;
  const amounts = [...first.data, ...second.data].map(({ amount }: { amount: { amount: number } }) => amount.amount);
  expect([amounts, second.nextCursor]).toEqual([[300, 200, 100], null]);
});

test('what is shown says what time it is for the service, not for whoever looks', async () => {
  const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  const admin = own.as('admin_1', ['admin']);
  const { body: operation } = await own.as(newUser()).subscribe('basic');
  await admin.post('/v1/test/clock/advance', { by: 'P3D' });
  for (const path of ['operations', `operations/${operation.id}`, `users/${operation.userId}`, 'stats']) {
    const { body } = await admin.get(`/v1/admin/${path}`);
    expect(Date.parse(body.now) - Date.now()).toBeGreaterThan(2 * 86_400_000);
  }
  await own.close();
});
