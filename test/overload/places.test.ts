import { afterEach, expect, test } from '@jest/globals';
import { Door } from '../../src/api/door.js';
import { whileHeld } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
afterEach(() => shop?.close());

const open = async (queued: number): Promise<Door> => {
  shop = await Shop.open({ env: { MAX_IN_FLIGHT: '1', MAX_QUEUED: String(queued) } });
  return shop.service.app.get(Door);
};
const recordsOf = (user: string) => shop.sql('select 1 from operation_keys where user_id = $1', [user]);

function expectOverloaded({ status, body, headers }: Answer): void {
  expect([status, body, headers.get('retry-after')]).toMatchObject([503, { code: 'overloaded' }, '1']);
}

test('work whose caller has its answer already keeps its place until it is over', async () => {
  const door = await open(0);
  const late = newUser();
  await whileHeld(
    shop,
    () => shop.as(newUser()).subscribe('pro', { prefer: 'respond-async' }),
    async (pressed) => {
      expect(await pressed).toMatchObject({ status: 202, body: { status: 'pending' } });
      expectOverloaded(await shop.as(late).subscribe('pro'));
      expect(await recordsOf(late)).toEqual([]);
    },
  );
  await eventually(
    async () => door.atWork,
    (working) => working === 0,
  );
  expect((await shop.as(late).subscribe('pro')).status).toBe(201);
});

test('a caller that hangs up while it waits for a place is not worked for', async () => {
  const door = await open(1);
  const leaver = newUser();
  const held = () => shop.as(newUser()).subscribe('pro', { prefer: 'wait=30' });
  const first = await whileHeld(shop, held, async () => {
    const leaving = new AbortController();
    const body = { planId: 'pro', paymentMethod: 'pm_card_visa' };
    const headers = { 'idempotency-key': 'a-key-of-who-leaves', prefer: 'wait=30' };
    const left = shop.as(leaver).send('PUT', '/v1/me/subscription', body, headers, leaving.signal);
    left.catch(() => undefined);
    await eventually(async () => door.crowded, Boolean);
    leaving.abort();
    await eventually(
      async () => door.crowded,
      (crowded) => !crowded,
    );
  });
  expect(first.status).toBe(201);
  expect(await recordsOf(leaver)).toEqual([]);
  expect(await shop.charges()).toHaveLength(1);
});

test('a caller that can wait no longer is turned away instead of being worked for', async () => {
  await open(1);
  const hurried = newUser();
  const held = () => shop.as(newUser()).subscribe('pro', { prefer: 'wait=30' });
  const first = await whileHeld(shop, held, async () => {
    expectOverloaded(await shop.as(hurried).subscribe('pro', { prefer: 'wait=1' }));
    expectOverloaded(await shop.as(hurried).subscribe('pro', { prefer: 'wait=30' }));
  });
  expect(first.status).toBe(201);
  expect(await recordsOf(hurried)).toEqual([]);
});
