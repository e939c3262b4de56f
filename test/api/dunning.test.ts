import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectInvariants } from '../kit/invariants.js';
import { newKey } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { advance, bill, keptSubscriber, spoil } from '../kit/test-clock.js';

/** Time is what these tests say it is: no loop of the service's own looks at it. */
const ENV = { ROLES: 'api', GATEWAY_TIMEOUT_MS: '5000', LEASE_TTL_MS: '1000' };
const SOFT = 'pm_card_chargeDeclinedInsufficientFunds';
const HARD = 'pm_card_chargeDeclinedStolenCard';

const scenes: Shop[] = [];
const open = async (end: 'cancel' | 'pause'): Promise<Shop> => {
  const shop = await Shop.open({ leases: 'postgres', env: { ...ENV, DUNNING_END: end } });
  scenes.push(shop);
  return shop;
};
afterAll(async () => {
  for (const shop of scenes) {
    await expectInvariants(shop);
    await shop.close();
  }
});

let shop: Shop;
beforeAll(async () => {
  shop = await open('cancel');
});

const mine = async (user: string) => (await shop.as(user).get('/v1/me/subscription')).body;
const toPeriodEnd = async (user: string) => {
  const { currentPeriodEndAt } = await mine(user);
  await advance(shop, { to: currentPeriodEndAt });
  return currentPeriodEndAt as string;
};
const putCard = (user: string, paymentMethod: string) =>
  shop.as(user).send('PUT', '/v1/me/payment-method', { paymentMethod }, { 'idempotency-key': newKey() });
const dayAfter = (time: string, days: number) => new Date(Date.parse(time) + days * 86_400_000).toISOString();

/** Days from the end of the period on which the gateway was asked, as its own list of charges grew, until the ninth. */
async function daysAsked(user: string, end: string): Promise<number[]> {
  const days: number[] = [];
  let { asked } = await bill(shop, user);
  for (let day = 0; day < 9; day += 1) {
    // An hour later, because each try comes a little later than the one before.
    await advance(shop, { to: new Date(Date.parse(dayAfter(end, day)) + 3_600_000).toISOString() });
    const now = (await bill(shop, user)).asked;
    days.push(...Array<number>(now - asked).fill(day));
    asked = now;
  }
  return days;
}

describe('a renewal that is declined', () => {
  test('is tried again on the first, third, fifth and seventh day, and then the subscription ends and frees its seat', async () => {
    const user = await keptSubscriber(shop, 'studio-a');
    await spoil(shop, user, SOFT);
    const { currentPeriodEndAt: end } = await mine(user);
    expect(await daysAsked(user, end)).toEqual([0, 1, 3, 5, 7]);
    expect((await bill(shop, user)).paid).toBe(1);
    expect((await shop.as(user).get('/v1/me/subscription')).body.code).toBe('not-subscribed');
    const [subscription] = await shop.sql('select status, next_at, past_due from subscriptions where user_id = $1', [user]);
    expect(subscription).toMatchObject({ status: 'canceled', next_at: null });
    expect((await shop.sql(`select seats_held, seats_taken from plans where id = 'studio-a'`))[0]).toEqual({
      seats_held: 0,
      seats_taken: 0,
    });
  });

  test('pauses the subscription instead where that is the policy', async () => {
    shop = await open('pause');
    const user = await keptSubscriber(shop, 'studio-a');
    await spoil(shop, user, SOFT);
    const { currentPeriodEndAt: end } = await mine(user);
    expect(await daysAsked(user, end)).toEqual([0, 1, 3, 5, 7]);
    expect(await mine(user)).toMatchObject({ status: 'paused', nextPaymentAttemptAt: null });
    expect((await shop.sql(`select seats_taken from plans where id = 'studio-a'`))[0].seats_taken).toBe(0);
    const resumed = await shop.as(user).post('/v1/me/subscription/resume', { paymentMethod: 'pm_card_visa' });
    expect([resumed.status, resumed.body.charged]).toEqual([200, 'yes']);
    expect(await mine(user)).toMatchObject({ status: 'active', pastDue: null });
    await advance(shop, { by: 'P0D' });
    await toPeriodEnd(user);
    expect((await bill(shop, user)).paid).toBe(3);
    shop = scenes[0] as Shop;
  });

  test('is past due until a later try succeeds, and the period is the one that was due', async () => {
    const user = await keptSubscriber(shop);
    await spoil(shop, user, SOFT);
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ status: 'past_due', currentPeriodEndAt: end, pastDue: { declines: 1 } });
    await advance(shop, { to: dayAfter(end, 2) });
    expect(await mine(user)).toMatchObject({ status: 'past_due', pastDue: { declines: 2 } });
    await spoil(shop, user, null);
    await advance(shop, { to: dayAfter(end, 4) });
    const after = await mine(user);
    expect(after).toMatchObject({ status: 'active', currentPeriodStartAt: end, pastDue: null });
    expect(after.nextPaymentAttemptAt).toBe(after.currentPeriodEndAt);
    expect(await bill(shop, user)).toMatchObject({ asked: 4, paid: 2 });
    await toPeriodEnd(user);
    expect((await mine(user)).currentPeriodStartAt).toBe(after.currentPeriodEndAt);
  });

  test('for good is not tried again on the same card, and ends when the schedule does', async () => {
    const user = await keptSubscriber(shop);
    await spoil(shop, user, HARD);
    const { currentPeriodEndAt: end } = await mine(user);
    expect(await daysAsked(user, end)).toEqual([0]);
    expect((await shop.as(user).get('/v1/me/subscription')).status).toBe(404);
  });

  test('for good is tried at once on a card that takes its place', async () => {
    const user = await keptSubscriber(shop);
    await spoil(shop, user, HARD);
    const end = await toPeriodEnd(user);
    await advance(shop, { by: 'P2D' });
    expect((await bill(shop, user)).asked).toBe(2);
    expect((await putCard(user, 'pm_card_mastercard')).status).toBe(200);
    await advance(shop, { by: 'P0D' });
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end, pastDue: null });
    expect(await bill(shop, user)).toMatchObject({ asked: 3, paid: 2 });
  });

  test('can be paid at once with another card, which is charged from then on', async () => {
    const user = await keptSubscriber(shop);
    await spoil(shop, user, SOFT);
    const end = await toPeriodEnd(user);
    const paid = await shop.as(user).post('/v1/me/subscription/pay', { paymentMethod: 'pm_card_mastercard' });
    expect([paid.status, paid.body.result, paid.body.charged]).toEqual([200, 'renewed', 'yes']);
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end });
    // The card that pays from now on is another than the one that went bad.
    await advance(shop, { by: 'P8D' });
    expect(await bill(shop, user)).toMatchObject({ asked: 3, paid: 2 });
    await toPeriodEnd(user);
    expect(await bill(shop, user)).toMatchObject({ asked: 4, paid: 3 });
  });
});

describe('a renewal that nobody knows the end of', () => {
  test.each(['timeout_charged', '500_charged', 'reset_charged'])('(%s) is no decline, and is charged once', async (fault) => {
    const user = await keptSubscriber(shop);
    const { currentPeriodEndAt: end } = await mine(user);
    await advance(shop, { to: new Date(Date.parse(end) - 60_000).toISOString() });
    await shop.gateway('POST', '/sandbox/faults', { next: [fault] });
    await advance(shop, { to: dayAfter(end, 1) });
    await shop.gateway('POST', '/sandbox/faults', { next: [] });
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end, pastDue: null });
    expect(await bill(shop, user)).toMatchObject({ asked: 2, paid: 2 });
  });

  test('stays with a person where the gateway never says, and is neither tried again nor counted as a decline', async () => {
    const user = await keptSubscriber(shop);
    const { currentPeriodEndAt: end } = await mine(user);
    await advance(shop, { to: new Date(Date.parse(end) - 60_000).toISOString() });
    // Enough for those of the other tests whose period ends in the same days of the calendar.
    await shop.gateway('POST', '/sandbox/faults', { next: Array(100).fill('500_uncharged') });
    await advance(shop, { to: dayAfter(end, 9) });
    await shop.gateway('POST', '/sandbox/faults', { next: [] });
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodEndAt: end, pastDue: null });
    const operations = await shop.sql(`select id, status from operations where user_id = $1 and kind = 'renew'`, [user]);
    expect(operations.map(({ status }) => status)).toEqual(['needs_review']);
    const [{ id }] = (await shop.as('admin_1', ['admin']).get(`/v1/admin/operations?stuck=true&userId=${user}`)).body.data;
    const reason = 'the gateway was asked by telephone';
    const resolved = await shop.as('admin_1', ['admin']).post(`/v1/admin/operations/${id}/resolve`, { outcome: 'not_charged', reason });
    expect(resolved.status).toBe(200);
    await advance(shop, { by: 'P9D' });
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end, pastDue: null });
    expect((await bill(shop, user)).paid).toBe(2);
  });
});

describe('a renewal for which the bank wants to see the customer', () => {
  const waiting = async (user: string) => (await shop.as(user).get('/v1/me/operations')).body.data[0];

  test('waits for them with an address, and is paid once they have been there', async () => {
    const user = await keptSubscriber(shop);
    await spoil(shop, user, 'pm_card_authenticationRequired');
    const end = await toPeriodEnd(user);
    const operation = await waiting(user);
    expect(operation).toMatchObject({ kind: 'renew', status: 'requires_action', nextAction: { type: 'redirect' } });
    expect(await mine(user)).toMatchObject({ currentPeriodEndAt: end, openOperation: operation.id, pastDue: null });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await fetch(operation.nextAction.url, { method: 'POST', body: 'decision=approve', headers, redirect: 'manual' });
    await advance(shop, { by: 'P1D' });
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end, openOperation: null, pastDue: null });
    expect(await bill(shop, user)).toMatchObject({ asked: 2, paid: 2 });
  });

  test('is a decline where they do not come within the day', async () => {
    const user = await keptSubscriber(shop);
    await spoil(shop, user, 'pm_card_authenticationRequired');
    const end = await toPeriodEnd(user);
    await advance(shop, { to: new Date(Date.parse(end) + 23.5 * 3_600_000).toISOString() });
    expect(await mine(user)).toMatchObject({ status: 'past_due', pastDue: { declines: 1 } });
    await advance(shop, { to: dayAfter(end, 30) });
    expect((await bill(shop, user)).paid).toBe(1);
    expect((await shop.as(user).get('/v1/me/subscription')).status).toBe(404);
  });
});
