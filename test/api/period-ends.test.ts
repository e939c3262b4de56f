import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ServiceClock } from '../../src/platform/database/service-clock.js';
import { giveCredit } from '../kit/credit.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { advance, bill, businessTime, keptSubscriber, spoil } from '../kit/test-clock.js';

let shop: Shop;
beforeAll(async () => {
  // Time is what these tests say it is: no loop of the service's own looks at it.
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', LEASE_TTL_MS: '1000', GATEWAY_TIMEOUT_MS: '5000' } });
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

const mine = async (user: string) => (await shop.as(user).get('/v1/me/subscription')).body;
const lastOf = async (user: string) => (await shop.as(user).get('/v1/me/operations')).body.data[0];
const toPeriodEnd = async (user: string): Promise<string> => {
  const { currentPeriodEndAt } = await mine(user);
  await advance(shop, { to: currentPeriodEndAt });
  return currentPeriodEndAt;
};
const putCard = (user: string, paymentMethod: string) =>
  shop.as(user).send('PUT', '/v1/me/payment-method', { paymentMethod }, { 'idempotency-key': newKey() });

describe('a trial', () => {
  test('is followed by a paid period, charged to the card that was named at its start', async () => {
    const user = newUser();
    const subscribed = await shop.as(user).subscribe('team');
    expect([subscribed.status, subscribed.body.charged, subscribed.body.subscription.status]).toEqual([201, 'no', 'trialing']);
    expect((await bill(shop, user)).asked).toBe(0);
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end });
    expect(await bill(shop, user)).toEqual({ asked: 1, paid: 1, amounts: [4_900] });
    await toPeriodEnd(user);
    expect(await bill(shop, user)).toMatchObject({ asked: 2, paid: 2 });
  });

  test('without a card ends in a pause, and goes on with a card and a word', async () => {
    const user = newUser();
    const body = { planId: 'team' };
    const subscribed = await shop.as(user).send('PUT', '/v1/me/subscription', body, { 'idempotency-key': newKey() });
    expect([subscribed.status, subscribed.body.subscription.status]).toEqual([201, 'trialing']);
    await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ status: 'paused', nextPaymentAttemptAt: null });
    expect((await shop.as(user).post('/v1/me/subscription/resume')).body.code).toBe('payment-method-required');
    expect((await putCard(user, 'pm_card_visa')).status).toBe(200);
    const resumed = await shop.as(user).post('/v1/me/subscription/resume');
    expect([resumed.status, resumed.body.charged, resumed.body.subscription.status]).toEqual([200, 'yes', 'active']);
    await toPeriodEnd(user);
    expect(await bill(shop, user)).toEqual({ asked: 2, paid: 2, amounts: [4_900, 4_900] });
  });
});

describe('what was to happen at the end of the period', () => {
  test('a step down happens then, at the price of the other plan', async () => {
    const user = await keptSubscriber(shop);
    await shop.as(user).subscribe('basic');
    expect(await mine(user)).toMatchObject({ planId: 'pro', pendingChange: { planId: 'basic' } });
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ planId: 'basic', status: 'active', currentPeriodStartAt: end, pendingChange: null });
    expect(await lastOf(user)).toMatchObject({
      kind: 'renew',
      result: 'changed',
      fromPlanId: 'pro',
      toPlanId: 'basic',
      droppedChange: null,
    });
    expect((await bill(shop, user)).amounts).toEqual([1_900, 900]);
  });

  test('a step down whose card is declined stays to come, and happens with the try that pays', async () => {
    const user = await keptSubscriber(shop);
    await shop.as(user).subscribe('basic');
    await spoil(shop, user, 'pm_card_chargeDeclinedInsufficientFunds');
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ planId: 'pro', status: 'past_due', pendingChange: { planId: 'basic' } });
    await spoil(shop, user, null);
    await advance(shop, { by: 'P2D' });
    expect(await mine(user)).toMatchObject({ planId: 'basic', status: 'active', currentPeriodStartAt: end, pendingChange: null });
    expect((await bill(shop, user)).amounts).toEqual([1_900, 900]);
  });

  test('a cancel happens then, charges nothing and frees the seat', async () => {
    const user = await keptSubscriber(shop, 'studio-a');
    expect((await shop.as(user).post('/v1/me/subscription/cancel', { at: 'period_end' })).status).toBe(200);
    expect((await mine(user)).nextPaymentAttemptAt).toBeNull();
    await toPeriodEnd(user);
    expect((await shop.as(user).get('/v1/me/subscription')).status).toBe(404);
    expect(await bill(shop, user)).toMatchObject({ asked: 1, paid: 1 });
    expect((await shop.sql(`select seats_held, seats_taken from plans where id = 'studio-a'`))[0]).toEqual({
      seats_held: 0,
      seats_taken: 0,
    });
  });

  test('a change to a plan that is full by then is dropped, the plan that is held goes on, and the operation says so', async () => {
    await shop.sql(
      `insert into plans (id, name, price_amount, price_currency, "interval", capacity) values ('cabin', 'Cabin', 500, 'USD', 'month', 1)`,
    );
    const [user, other] = [await keptSubscriber(shop), newUser()];
    await shop.as(user).subscribe('cabin');
    expect((await mine(user)).pendingChange).toMatchObject({ planId: 'cabin' });
    expect((await shop.as(other).subscribe('cabin')).status).toBe(201);
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ planId: 'pro', status: 'active', currentPeriodStartAt: end, pendingChange: null });
    const dropped = { planId: 'cabin', reason: 'plan-full' };
    expect(await lastOf(user)).toMatchObject({ kind: 'renew', result: 'renewed', toPlanId: 'pro', droppedChange: dropped });
    expect((await bill(shop, user)).amounts).toEqual([1_900, 1_900]);
    await shop.as(other).post('/v1/me/subscription/cancel', { at: 'now' });
  });
});

describe('the end of the period', () => {
  test('finds a change of plan under way: the renewal waits for it, and is of the plan that came of it', async () => {
    // So dear that a few seconds of it cost something.
    const price = 90_000_000;
    await shop.sql(`insert into plans (id, name, price_amount, price_currency, "interval") values ('vault', 'Vault', $1, 'USD', 'month')`, [
      price,
    ]);
    const user = await keptSubscriber(shop, 'basic');
    const { currentPeriodEndAt: end } = await mine(user);
    await advance(shop, { to: new Date(Date.parse(end) - 15_000).toISOString() });
    await shop.gateway('POST', '/sandbox/hold', { of: 'charge', at: 'after' });
    const changing = await shop.as(user).subscribe('vault', { prefer: 'respond-async' });
    await shop.gateway('GET', '/sandbox/held?of=charge&atLeast=1');
    // The call hangs until it is given up, and over the end of the period.
    await shop.as('admin_1', ['admin']).send('POST', '/v1/test/clock/advance', { by: 'PT1M' });
    await shop.gateway('POST', '/sandbox/release', { of: 'charge' });
    await advance(shop, { by: 'PT1H' });
    const operations = (await shop.as(user).get('/v1/me/operations')).body.data as {
      id: string;
      kind: string;
      status: string;
      settledAt: string;
      createdAt: string;
    }[];
    const [renewal, change] = operations as [(typeof operations)[number], (typeof operations)[number]];
    expect([change.id, change.status, renewal.kind, renewal.status]).toEqual([changing.body.id, 'succeeded', 'renew', 'succeeded']);
    expect(Date.parse(change.settledAt)).toBeGreaterThan(Date.parse(end));
    expect(Date.parse(renewal.createdAt)).toBeGreaterThanOrEqual(Date.parse(change.settledAt));
    expect(await mine(user)).toMatchObject({ planId: 'vault', status: 'active', currentPeriodStartAt: end });
    const { paid, amounts } = await bill(shop, user);
    expect([paid, amounts[0], amounts[2]]).toEqual([3, 900, price]);
  });

  test('is the beginning of what is resumed after it, where a trial was canceled for it and that is taken back in time', async () => {
    const user = newUser();
    expect((await shop.as(user).subscribe('team')).status).toBe(201);
    await shop.as(user).post('/v1/me/subscription/cancel', { at: 'period_end' });
    await advance(shop, { by: 'P13D' });
    expect((await shop.as(user).post('/v1/me/subscription/resume')).status).toBe(200);
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end, cancelAtPeriodEnd: false });
    expect(await bill(shop, user)).toMatchObject({ asked: 1, paid: 1 });
  });

  test('finds a card that cannot even be kept: nothing is charged, and the seat is not lost before the schedule is over', async () => {
    const user = newUser();
    expect((await shop.as(user).subscribe('team', { paymentMethod: 'pm_card_chargeDeclined' })).status).toBe(201);
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ status: 'past_due', currentPeriodEndAt: end, pastDue: { declines: 1 } });
    expect((await putCard(user, 'pm_card_visa')).status).toBe(200);
    await advance(shop, { by: 'P0D' });
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end });
    expect((await bill(shop, user)).paid).toBe(1);
  });
});

describe('a period is paid', () => {
  test('with credit before the card, and with credit alone where it is enough', async () => {
    const user = await keptSubscriber(shop);
    await giveCredit(shop.sql.bind(shop), user, 2_500);
    await toPeriodEnd(user);
    expect((await bill(shop, user)).amounts).toEqual([1_900]);
    await toPeriodEnd(user);
    expect((await bill(shop, user)).amounts).toEqual([1_900, 1_300]);
    await toPeriodEnd(user);
    expect((await bill(shop, user)).amounts).toEqual([1_900, 1_300, 1_900]);
  });

  test('by nobody while it is paused, also over its end; whoever goes on later begins a new one', async () => {
    const user = await keptSubscriber(shop);
    await shop.as(user).post('/v1/me/subscription/pause');
    await advance(shop, { by: 'P3M' });
    expect(await bill(shop, user)).toMatchObject({ asked: 1 });
    expect(await mine(user)).toMatchObject({ status: 'paused' });
    const resumedAt = await businessTime(shop);
    expect((await shop.as(user).post('/v1/me/subscription/resume')).status).toBe(200);
    const resumed = await mine(user);
    expect(Date.parse(resumed.currentPeriodStartAt)).toBeGreaterThanOrEqual(resumedAt.getTime());
    expect(await bill(shop, user)).toMatchObject({ paid: 2 });
    const end = await toPeriodEnd(user);
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodStartAt: end });
    expect(await bill(shop, user)).toMatchObject({ paid: 3 });
  });

  test('once for each, by a service that comes back after a quarter of a year', async () => {
    const user = await keptSubscriber(shop);
    const { currentPeriodEndAt: end } = await mine(user);
    const away = new Date((await businessTime(shop)).getTime() + 95 * 86_400_000);
    // Nobody works while time goes by.
    await shop.service.app.get(ServiceClock).inHand((hands) => hands.moveTo(away));
    expect(await bill(shop, user)).toMatchObject({ asked: 1 });
    const { renewals, settled } = await advance(shop, { by: 'P0D' });
    expect([settled, renewals]).toEqual([true, expect.any(Number)]);
    const periods = await shop.sql(
      `select period_start as start, count(*)::int from operations where user_id = $1 and kind = 'renew' and status = 'succeeded' group by 1 order by 1`,
      [user],
    );
    expect(periods.map(({ count }) => count)).toEqual([1, 1, 1]);
    expect(periods[0].start.toISOString()).toBe(end);
    expect(await bill(shop, user)).toMatchObject({ asked: 4, paid: 4 });
    expect(Date.parse((await mine(user)).currentPeriodEndAt)).toBeGreaterThan(away.getTime());
  });
});
