import { afterEach, expect, test } from '@jest/globals';
import { Door } from '../../src/api/door.js';
import { whileHeld } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { NoLeases } from '../kit/no-leases.js';
import { Shop, type Answer } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

const QUEUED = 4;

/** Redis, when its machine is gone: what is asked of it is never answered. */
class SilentLeases extends NoLeases {
  override close(): Promise<void> {
    return new Promise(() => undefined);
  }
}

let shop: Shop;
afterEach(() => shop?.close());

test('a process that stops turns away who waits for a place, with nothing on record, and finishes what is at work', async () => {
  shop = await Shop.open({ env: { MAX_IN_FLIGHT: '1', MAX_QUEUED: String(QUEUED) } });
  const door = shop.service.app.get(Door);
  const users = Array.from({ length: QUEUED }, () => newUser());
  let waiting: Promise<Answer>[] = [];
  let stopped!: Promise<void>;
  const first = await whileHeld(
    shop,
    () => shop.as(newUser()).subscribe('pro', { prefer: 'wait=30' }),
    async () => {
      waiting = users.map((user) => shop.as(user).subscribe('pro'));
      for (const answer of waiting) answer.catch(() => undefined);
      await eventually(async () => door.crowded, Boolean);
      stopped = shop.service.stop();
      for (const { status, body, headers } of await Promise.all(waiting)) {
        expect([status, body.code, headers.get('connection')]).toEqual([503, 'shutting-down', 'close']);
      }
    },
  );
  expect(first).toMatchObject({ status: 201, body: { status: 'succeeded' } });
  await stopped;
  expect(await shop.sql('select 1 from operation_keys where user_id = any($1)', [users])).toEqual([]);
  expect(await shop.succeededCharges()).toHaveLength(1);
});

test('a process that stops does not wait for a lease store that says nothing', async () => {
  shop = await Shop.open({ ports: { leases: new SilentLeases() } });
  expect(await shop.service.stop()).toBeUndefined();
});
