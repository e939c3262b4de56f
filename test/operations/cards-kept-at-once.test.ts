import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SavedCards } from '../../src/operations/cards/saved-cards.js';
import { CardStore } from '../../src/operations/cards/card-store.js';
import type { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

test('a card that two keep at once is kept once, and whoever was second is told so: a renewal need not wait for it', async () => {
  const [cards, store] = [shop.service.app.get(SavedCards), shop.service.app.get(CardStore)];
  const user = newUser();
  // On trial: the card was never charged, so that the gateway gives it another name when it is kept.
  expect((await shop.as(user).subscribe('team')).status).toBe(201);
  const subscription = (await store.subscriptionOf(user)) as Subscription;
  expect(subscription.customer).toBeNull();
  const kept = await atOnce(2, () => cards.keep(subscription));
  const now = (await store.subscriptionOf(user)) as Subscription;
  expect(now.customer).not.toBeNull();
  expect(kept.map(({ customer, paymentMethod }) => [customer, paymentMethod])).toEqual(Array(2).fill([now.customer, now.paymentMethod]));
});
