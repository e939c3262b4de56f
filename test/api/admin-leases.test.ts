import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

const live = async () => (await viewer.get('/v1/admin/leases')).body;

describe('leases', () => {
  test('are listed while somebody holds one, with the operation that is open under it, and then no more', async () => {
    const user = newUser();
    const mine = async () => (await live()).data.filter(({ key }: { key: string }) => key === user);
    await whileHeld(
      shop,
      () => shop.as(user).subscribe('pro'),
      async () => {
        expect(await mine()).toEqual([
          {
            key: user,
            holder: expect.stringMatching(`:${process.pid}$`),
            heldForMs: expect.any(Number),
            ttlMs: expect.any(Number),
            operation: {
              id: expect.stringMatching(/^op_/),
              userId: user,
              kind: 'subscribe',
              status: 'pending',
              createdAt: expect.any(String),
              nextCheckAt: expect.any(String),
            },
          },
        ]);
        expect((await live()).withoutLease.data.filter(({ userId }: { userId: string }) => userId === user)).toEqual([]);
      },
    );
    expect(await eventually(mine, (left) => left.length === 0)).toEqual([]);
  });

  test('without an open operation are shown as such', async () => {
    const user = newUser();
    await shop.sql(`insert into leases values ($1, 'gone:1', gen_random_uuid(), now() + interval '1 hour')`, [user]);
    const { data } = await live();
    expect(data).toContainEqual({ key: user, holder: 'gone:1', heldForMs: null, ttlMs: expect.any(Number), operation: null });
    await shop.sql('delete from leases where key = $1', [user]);
  });

  test('that open operations lack are told of, the oldest operation first', async () => {
    const [first, second] = [newUser(), newUser()];
    for (const user of [first, second]) await shop.as(user).subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' });
    const waiting = await eventually(live, ({ withoutLease }) => withoutLease.data.length >= 2);
    const users = waiting.withoutLease.data.map(({ userId }: { userId: string }) => userId);
    expect(users.filter((user: string) => user === first || user === second)).toEqual([first, second]);
    expect([waiting.more, waiting.withoutLease.more]).toEqual([false, false]);
  });

  test('that cannot be looked up are said to be so', async () => {
    const blind = await Shop.open({ leases: 'redlock', env: { ROLES: 'api', REDIS_URLS: 'redis://127.0.0.1:1' } });
    const answer = await blind.as('viewer_1', ['viewer']).get('/v1/admin/leases');
    expect(answer.body).toMatchObject({ status: 503, code: 'service-unavailable', charged: 'no' });
    await blind.close();
  });

  test('are seen by viewers, and by nobody who has no role', async () => {
    expect((await shop.as(newUser()).get('/v1/admin/leases')).body.code).toBe('forbidden');
  });
});
