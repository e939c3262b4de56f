import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import { endPeriod, subscriber } from '../kit/periods.js';
import { Shop, type ChargeRow } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { RECOVERY_INTERVAL_MS: '50', DUNNING_SCHEDULE: '1d,3d' } });
});
afterAll(() => shop.close());

const mine = async (user: string) => (await shop.as(user).get('/v1/me/subscription')).body;
const until = (user: string, status: string) =>
  eventually(
    () => mine(user),
    (subscription) => subscription.status === status,
  );
const pay = (user: string, body?: object, key = newKey()) => shop.as(user).post('/v1/me/subscription/pay', body, { key });
const putCard = (user: string, paymentMethod: string, headers: Record<string, string> = {}) =>
  shop.as(user).send('PUT', '/v1/me/payment-method', { paymentMethod }, { 'idempotency-key': newKey(), ...headers });

/** What the gateway was asked to charge this user and did: the oracle. */
async function paid(user: string): Promise<ChargeRow[]> {
  const rows = await shop.sql('select reference from operations where user_id = $1', [user]);
  const references = new Set(rows.map(({ reference }) => reference));
  return (await shop.succeededCharges()).filter(({ reference }) => references.has(reference));
}

/** A subscriber whose card let the last renewal down. */
async function debtor(): Promise<string> {
  const user = await subscriber(shop);
  expect((await putCard(user, 'pm_card_chargeCustomerFail')).status).toBe(200);
  await endPeriod(shop, user);
  await until(user, 'past_due');
  return user;
}

describe('a period that is over', () => {
  test('is followed by the next, charged once to the card that paid the first', async () => {
    const user = await subscriber(shop);
    const end = (await endPeriod(shop, user)).toISOString();
    const after = await eventually(
      () => mine(user),
      ({ currentPeriodStartAt }) => currentPeriodStartAt === end,
    );
    expect(after).toMatchObject({ status: 'active', planId: 'pro', nextPaymentAttemptAt: after.currentPeriodEndAt, pastDue: null });
    expect(await paid(user)).toHaveLength(2);
    const { data } = (await shop.as(user).get('/v1/me/operations')).body;
    expect(data[0]).toMatchObject({
      kind: 'renew',
      status: 'succeeded',
      result: 'renewed',
      charged: 'yes',
      amount: { amount: 1_900, currency: 'USD' },
      period: { startAt: end, endAt: after.currentPeriodEndAt },
    });
  });
});

describe('PUT /v1/me/payment-method', () => {
  test('saves the card that the next period is charged to', async () => {
    const user = await subscriber(shop);
    const before = await mine(user);
    const { status, body, headers } = await putCard(user, 'pm_card_mastercard', { 'if-match': `"${before.version}"` });
    expect([status, body.version, headers.get('etag')]).toEqual([200, before.version + 1, `"${before.version + 1}"`]);
    expect(body.paymentMethod).not.toBe(before.paymentMethod);
    expect(await paid(user)).toHaveLength(1);
  });

  test('is done once for one key, and refused for another body', async () => {
    const user = await subscriber(shop);
    const key = newKey();
    const first = await putCard(user, 'pm_card_mastercard', { 'idempotency-key': key });
    const again = await putCard(user, 'pm_card_mastercard', { 'idempotency-key': key });
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.version]).toEqual([200, 'true', first.body.version]);
    const other = await putCard(user, 'pm_card_visa', { 'idempotency-key': key });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
  });

  test('is refused for a card that does not exist, for a stale tab, and for who has no subscription', async () => {
    const user = await subscriber(shop);
    const before = await mine(user);
    const unknown = await putCard(user, 'pm_card_nobody');
    expect([unknown.status, unknown.body.code]).toEqual([422, 'payment-method-invalid']);
    const stale = await putCard(user, 'pm_card_mastercard', { 'if-match': '"99"' });
    expect([stale.status, stale.body.code]).toEqual([412, 'subscription-changed']);
    const nobody = await putCard(newUser(), 'pm_card_visa');
    expect([nobody.status, nobody.body.code]).toEqual([404, 'not-subscribed']);
    expect(await mine(user)).toEqual(before);
  });

  test('has what is past due tried at once with the other card', async () => {
    const user = await debtor();
    expect((await putCard(user, 'pm_card_visa')).status).toBe(200);
    expect(await until(user, 'active')).toMatchObject({ pastDue: null });
    expect(await paid(user)).toHaveLength(2);
  });
});

describe('POST /v1/me/subscription/pay', () => {
  test('pays with another card, which is saved for the charges to come', async () => {
    const user = await debtor();
    const before = await mine(user);
    expect(before).toMatchObject({ status: 'past_due', pastDue: { declines: 1 } });
    const { status, body } = await pay(user, { paymentMethod: 'pm_card_visa' });
    expect([status, body.kind, body.result, body.charged]).toEqual([200, 'renew', 'renewed', 'yes']);
    const after = await mine(user);
    expect(after).toMatchObject({ status: 'active', pastDue: null, currentPeriodStartAt: before.currentPeriodEndAt });
    expect(after.paymentMethod).not.toBe(before.paymentMethod);
    await endPeriod(shop, user);
    await eventually(
      () => paid(user),
      (charges) => charges.length === 3,
    );
  });

  test('leaves everything as it was where the card is declined', async () => {
    const user = await debtor();
    const before = await mine(user);
    const { status, body } = await pay(user, { paymentMethod: 'pm_card_chargeDeclined' });
    expect([status, body.code, body.charged]).toEqual([402, 'payment-declined', 'no']);
    expect(await mine(user)).toEqual(before);
  });

  test('is refused where nothing is due', async () => {
    const user = await subscriber(shop);
    const { status, body } = await pay(user);
    expect([status, body.code, body.charged]).toEqual([409, 'nothing-due', 'no']);
    expect(await paid(user)).toHaveLength(1);
  });

  test('is one payment, however often it is pressed', async () => {
    const user = await debtor();
    const key = newKey();
    const presses = await Promise.all([
      ...Array.from({ length: 5 }, () => pay(user, { paymentMethod: 'pm_card_visa' }, key)),
      ...Array.from({ length: 5 }, () => pay(user, { paymentMethod: 'pm_card_visa' })),
    ]);
    // Whoever presses when all is over is told so.
    const late = presses.filter(({ body }) => body.code === 'nothing-due').map(({ status }) => status);
    expect(new Set(late).size).toBeLessThanOrEqual(1);
    expect(new Set(presses.flatMap(({ body }) => body.id ?? [])).size).toBe(1);
    expect(presses.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await paid(user)).toHaveLength(2);
  });
});

describe('pausing', () => {
  test('charges nothing while it lasts, and goes on in the period that was paid for', async () => {
    const user = await subscriber(shop);
    const before = await mine(user);
    const paused = await shop.as(user).post('/v1/me/subscription/pause');
    expect([paused.status, paused.body.result, paused.body.subscription.status]).toEqual([200, 'changed', 'paused']);
    expect((await mine(user)).nextPaymentAttemptAt).toBeNull();
    const change = await shop.as(user).subscribe('basic');
    expect([change.status, change.body.code]).toEqual([409, 'subscription-paused']);
    const resumed = await shop.as(user).post('/v1/me/subscription/resume');
    expect([resumed.status, resumed.body.charged]).toEqual([200, 'no']);
    expect(await mine(user)).toMatchObject({ status: 'active', currentPeriodEndAt: before.currentPeriodEndAt });
    expect(await paid(user)).toHaveLength(1);
  });

  test('goes on with a new period, paid with the saved card, after the one that was paid for', async () => {
    const user = await subscriber(shop);
    await shop.as(user).post('/v1/me/subscription/pause');
    await endPeriod(shop, user);
    const { status, body } = await shop.as(user).post('/v1/me/subscription/resume');
    expect([status, body.charged, body.amount.amount]).toEqual([200, 'yes', 1_900]);
    expect(await mine(user)).toMatchObject({ status: 'active' });
    expect(await paid(user)).toHaveLength(2);
  });

  test('frees the seat, and needs one again to go on', async () => {
    const [user, other] = [newUser(), newUser()];
    const plan = `room-${newKey().slice(0, 8).toLowerCase()}`;
    await shop.sql(
      `insert into plans (id, name, price_amount, price_currency, "interval", capacity) values ($1, 'One seat', 500, 'USD', 'month', 1)`,
      [plan],
    );
    expect((await shop.as(user).subscribe(plan)).status).toBe(201);
    expect((await shop.as(user).post('/v1/me/subscription/pause')).status).toBe(200);
    expect((await shop.as(other).subscribe(plan)).status).toBe(201);
    const full = await shop.as(user).post('/v1/me/subscription/resume');
    expect([full.status, full.body.code]).toEqual([409, 'plan-full']);
    await shop.as(other).post('/v1/me/subscription/cancel', { at: 'now' });
    expect((await shop.as(user).post('/v1/me/subscription/resume')).status).toBe(200);
    const [{ seats_held: held, seats_taken: taken }] = await shop.sql('select seats_held, seats_taken from plans where id = $1', [plan]);
    expect([held, taken]).toEqual([0, 1]);
  });

  test('is refused for a debt, which is paid or canceled instead', async () => {
    const user = await debtor();
    const { status, body } = await shop.as(user).post('/v1/me/subscription/pause');
    expect([status, body.code]).toEqual([409, 'subscription-not-pausable']);
    expect((await shop.as(user).post('/v1/me/subscription/cancel', { at: 'period_end' })).body.subscription.status).toBe('canceled');
  });

  test('is done by an admin with a reason that the audit keeps', async () => {
    const user = await subscriber(shop);
    const path = `/v1/admin/users/${user}/subscription`;
    const refused = await shop.as('viewer_1', ['viewer']).post(`${path}/pause`, { reason: 'asked for by phone' });
    expect(refused.status).toBe(403);
    const key = newKey();
    const admin = shop.as('admin_1', ['admin']);
    const paused = await admin.post(`${path}/pause`, { reason: 'asked for by phone' }, { key });
    expect([paused.status, paused.body.kind, paused.body.subscription.status]).toEqual([200, 'pause', 'paused']);
    const again = await admin.post(`${path}/pause`, { reason: 'asked for by phone' }, { key });
    expect([again.headers.get('idempotent-replayed'), again.body.id]).toEqual(['true', paused.body.id]);
    expect((await admin.post(`${path}/resume`, { reason: 'called again' })).body.subscription.status).toBe('active');
    const rows = await shop.sql('select action, actor, reason from audit where object = $1 order by number', [paused.body.subscription.id]);
    expect(rows).toEqual([
      { action: 'subscription.pause', actor: 'admin_1', reason: 'asked for by phone' },
      { action: 'subscription.resume', actor: 'admin_1', reason: 'called again' },
    ]);
  });
});

test('a key of a caller can never be the one under which time renews', async () => {
  const user = await subscriber(shop);
  const [{ id, period_end: end }] = await shop.sql('select id, period_end from subscriptions where user_id = $1', [user]);
  const taken = await shop.as(user).post('/v1/me/subscription/resume', {}, { key: `renew ${id} ${end.toISOString()} 0` });
  expect([taken.status, taken.body.code]).toEqual([400, 'idempotency-key-invalid']);
});
