import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectInvariants } from '../kit/invariants.js';
import { newKey } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { advance, bill, keptSubscriber } from '../kit/test-clock.js';

/** Time is what these tests say it is: no loop of the service's own looks at it. */
const ENV = { ROLES: 'api', GATEWAY_TIMEOUT_MS: '5000', LEASE_TTL_MS: '1000' };

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: ENV });
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

const customerOf = async (user: string): Promise<string> =>
  (await shop.sql('select customer from customers where user_id = $1', [user]))[0].customer;
/** Somebody deletes them in the gateway's dashboard, and their cards with them. */
const lose = async (user: string): Promise<string> => {
  const customer = await customerOf(user);
  await shop.gateway('DELETE', `/sandbox/customers/${customer}`);
  return customer;
};
const mine = async (user: string) => (await shop.as(user).get('/v1/me/subscription')).body;
const periodEnds = async (user: string) => advance(shop, { to: (await mine(user)).currentPeriodEndAt });
const change = (user: string, paymentMethod?: string) =>
  shop
    .as(user)
    .send('PUT', '/v1/me/subscription', { planId: 'pro-yearly', ...(paymentMethod && { paymentMethod }) }, { 'idempotency-key': newKey() });

describe('whoever the gateway has lost', () => {
  test('names another card, which is kept for another customer and pays the next period', async () => {
    const user = await keptSubscriber(shop);
    const lost = await lose(user);
    const put = await shop
      .as(user)
      .send('PUT', '/v1/me/payment-method', { paymentMethod: 'pm_card_mastercard' }, { 'idempotency-key': newKey() });
    expect(put.status).toBe(200);
    expect(await customerOf(user)).not.toBe(lost);
    await periodEnds(user);
    expect(await mine(user)).toMatchObject({ status: 'active', pastDue: null });
    expect((await bill(shop, user)).paid).toBe(2);
  });

  test.each([
    ['at once', () => Promise.resolve()],
    ['after a sweep has found another customer', () => advance(shop, { by: 'P0D' })],
  ])('is told that the saved card is no good, and pays with another one %s', async (_when, passes) => {
    const user = await keptSubscriber(shop);
    const lost = await lose(user);
    expect(await change(user)).toMatchObject({ status: 422, body: { code: 'payment-method-invalid', charged: 'no' } });
    await passes();
    expect(await change(user, 'pm_card_mastercard')).toMatchObject({ status: 200, body: { charged: 'yes' } });
    await advance(shop, { by: 'P0D' });
    expect(await customerOf(user)).not.toBe(lost);
    expect((await bill(shop, user)).paid).toBe(2);
  });

  test('owes what could not be charged, and pays it with another card', async () => {
    const user = await keptSubscriber(shop);
    await lose(user);
    await periodEnds(user);
    expect(await mine(user)).toMatchObject({ status: 'past_due' });
    const paid = await shop
      .as(user)
      .send('POST', '/v1/me/subscription/pay', { paymentMethod: 'pm_card_mastercard' }, { 'idempotency-key': newKey() });
    expect(paid).toMatchObject({ status: 200, body: { charged: 'yes' } });
    expect(await mine(user)).toMatchObject({ status: 'active', pastDue: null });
    await periodEnds(user);
    expect((await bill(shop, user)).paid).toBe(3);
  });
});
