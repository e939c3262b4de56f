import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Bell } from '../../src/events/bell.js';
import { makeDue } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
let user: string;
let client: Client;
/** What another connection saw of the user's last operation whenever the bell rang for them. */
let seenAtRings: Promise<string>[];
beforeAll(async () => {
  shop = await Shop.open({ leases: 'none', webhooks: true });
});
beforeEach(() => {
  user = newUser();
  client = shop.as(user);
  seenAtRings = [];
  const bell = shop.service.app.get(Bell);
  const ring = bell.ring.bind(bell);
  jest.spyOn(bell, 'ring').mockImplementation((userIds) => {
    if (new Set(userIds).has(user)) seenAtRings.push(standing());
    ring(userIds);
  });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => shop?.close());

async function standing(): Promise<string> {
  const rows = await shop.sql('select kind, status from operations where user_id = $1 order by id', [user]);
  return rows.map(({ kind, status }) => `${kind} ${status}`).join(', ');
}

/** Of the user's operation, from its first row on. */
async function changes(): Promise<number> {
  const [{ version }] = await shop.sql('select version from operations where user_id = $1', [user]);
  return version;
}

const everyChangeRang = () =>
  eventually(
    async () => ({ rings: seenAtRings.length, changes: await changes() }),
    ({ rings, changes: count }) => rings === count,
  );

const rangFor = async (): Promise<string[]> => Promise.all(seenAtRings);

test('whatever is recorded and settled is rung for when it is committed', async () => {
  await client.subscribe('pro');
  // An event of the gateway may have it taken over meanwhile: that is rung for too, and whoever subscribed may be told to ask later.
  await eventually(standing, (seen) => seen === 'subscribe succeeded');
  await everyChangeRang();
  expect(await rangFor()).toContain('subscribe succeeded');
});

test('what somebody takes over is rung for, as is what becomes of it', async () => {
  await client.subscribe('pro', { paymentMethod: 'pm_sandbox_reset_charged' });
  await makeDue(shop, user);
  await eventually(standing, (seen) => seen === 'subscribe succeeded');
  const [{ fence }] = await shop.sql('select fence from operations where user_id = $1', [user]);
  expect(fence).toBeGreaterThan(1);
  await everyChangeRang();
});

test('what a person rules is rung for after its transaction', async () => {
  const { body } = await client.subscribe('pro', { paymentMethod: 'pm_sandbox_500_uncharged' });
  expect(body.status).toBe('unknown');
  const ruling = { outcome: 'not_charged', reason: 'the bank shows nothing' };
  expect((await shop.as('admin_1', ['admin']).post(`/v1/admin/operations/${body.id}/resolve`, ruling)).status).toBe(200);
  expect(await rangFor()).toContain('subscribe failed');
});

test('late money is rung for, with the refund that gives it back', async () => {
  const before = new Set((await shop.charges()).map(({ id }) => id));
  await client.subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
  const made = (await shop.charges()).find(({ id }) => !before.has(id));
  await shop.gateway('POST', `/sandbox/charges/${made?.id}/succeed`);
  await eventually(rangFor, (seen) => seen.some((rows) => rows.startsWith('subscribe failed, refund')));
});
