import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChargeOutcome } from '../../src/gateways/payment-gateway.js';
import { CardStore } from '../../src/operations/cards/card-store.js';
import { referenceOf } from '../../src/operations/intent.js';
import { Operations } from '../../src/operations/operations.js';
import { OperationStore } from '../../src/operations/store/operation-store.js';
import { Renewals } from '../../src/operations/due/renewals.js';
import { SavedCards } from '../../src/operations/cards/saved-cards.js';
import { SystemClock } from '../../src/platform/clock.js';
import { toPublicId } from '../../src/platform/ids.js';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import type { Subscription } from '../../src/subscriptions/subscription.entity.js';
import pino from 'pino';
import { newUser } from '../kit/names.js';
import { endPeriod } from '../kit/periods.js';
import { Shop } from '../kit/shop.js';
import { pending, ScriptedGateway } from './scripted-gateway.js';

const LOST = { kind: 'unknown', why: 'no answer' } as const;
const DECLINED = { kind: 'declined', problem: 'payment-declined', declineCode: 'insufficient_funds' } as const;

const gateway = new ScriptedGateway();
let shop: Shop;
beforeAll(async () => {
  // Nobody sweeps but the tests, and no operation is checked meanwhile.
  shop = await Shop.open({ leases: 'none', ports: { gateway }, env: { ROLES: 'api', RECOVERY_SCHEDULE: '1h,2h' } });
});
afterAll(() => shop?.close());

const live = async (user: string) => (await shop.service.app.get(CardStore).subscriptionOf(user)) as Subscription;
const keyOf = ({ id, periodEnd }: Subscription, attempt = 0) => `renew ${toPublicId('sub', id)} ${periodEnd.toISOString()} ${attempt}`;
const referenceOfTry = (due: Subscription, attempt = 0) => referenceOf(due.userId, 'renew', keyOf(due, attempt), 0);
const lift = () => shop.sql('update subscriptions set claimed_until = null');
const renewalsOf = ({ id }: Subscription) =>
  shop.sql(`select status, reference from operations where subscription_id = $1 and kind = 'renew' order by turn`, [id]);

/** A subscriber whose card is kept and whose period is over. */
async function due(): Promise<Subscription> {
  const user = newUser();
  expect((await shop.as(user).subscribe('basic')).status).toBe(201);
  await shop.service.app.get(SavedCards).sweep();
  await endPeriod(shop, user);
  return live(user);
}

/** A look of its own, as another process has it. */
function looker(metrics = new Metrics()): Renewals {
  const [store, operations] = [shop.service.app.get(OperationStore), shop.service.app.get(Operations)];
  return new Renewals({ store, operations, clock: new SystemClock(), metrics, log: pino({ level: 'silent' }), intervalMs: 20 });
}

async function sweep(): Promise<void> {
  const renewals = looker();
  await renewals.sweep();
  await renewals.settled();
}

describe('what time asks for', () => {
  test('is asked for under a key that no caller can use', async () => {
    const subscription = await due();
    const stranger = shop.as(subscription.userId);
    const taken = await stranger.subscribe('pro', { key: keyOf(subscription) });
    expect([taken.status, taken.body.code]).toEqual([400, 'idempotency-key-invalid']);
    await sweep();
    expect(await renewalsOf(subscription)).toEqual([{ status: 'succeeded', reference: referenceOfTry(subscription) }]);
  });

  test('is the same for whoever comes to it, and charged once, though the first to hold it is still at work', async () => {
    const subscription = await due();
    const slow = pending<ChargeOutcome>();
    gateway.says('charge', referenceOfTry(subscription), slow.answer);
    const first = sweep();
    await slow.asked;
    await lift();
    const second = sweep();
    slow.come({ kind: 'charged', gatewayReference: 'pi_slow' });
    await Promise.all([first, second]);
    expect(await renewalsOf(subscription)).toEqual([{ status: 'succeeded', reference: referenceOfTry(subscription) }]);
    expect(gateway.askedAbout(referenceOfTry(subscription))).toEqual(['charge']);
  });

  test('is in doubt as anything else is: nothing is owed, and nobody asks the card again', async () => {
    const subscription = await due();
    gateway.says('charge', referenceOfTry(subscription), LOST);
    await sweep();
    await lift();
    await sweep();
    expect(await renewalsOf(subscription)).toMatchObject([{ status: 'unknown' }]);
    expect(await live(subscription.userId)).toMatchObject({
      status: 'active',
      pastDue: null,
      renewalAttempts: 0,
      version: subscription.version,
    });
    expect(gateway.askedAbout(referenceOfTry(subscription))).toEqual(['charge']);
    await shop.sql(`update subscriptions set next_at = null, status = 'canceled' where id = $1`, [subscription.id]);
  });

  test('is another charge with every try: a decline is not repeated by its key', async () => {
    const subscription = await due();
    gateway.says('charge', referenceOfTry(subscription), DECLINED);
    await sweep();
    expect(await live(subscription.userId)).toMatchObject({ status: 'past_due', renewalAttempts: 1, pastDue: { declines: 1 } });
    await sweep();
    expect(await renewalsOf(subscription)).toHaveLength(1);
    await shop.sql('update subscriptions set next_at = service_now() where id = $1', [subscription.id]);
    await sweep();
    expect((await renewalsOf(subscription)).map(({ reference }) => reference)).toEqual([
      referenceOfTry(subscription),
      referenceOfTry(subscription, 1),
    ]);
    expect(await live(subscription.userId)).toMatchObject({ status: 'active', renewalAttempts: 0, pastDue: null });
  });
});

describe('a stop', () => {
  test('lets what was begun come to its end, and begins nothing', async () => {
    const subscription = await due();
    const slow = pending<ChargeOutcome>();
    gateway.says('charge', referenceOfTry(subscription), slow.answer);
    const renewals = looker();
    renewals.start();
    await slow.asked;
    let stopped = false;
    const stop = renewals.stop().then(() => (stopped = true));
    const late = await due();
    expect(stopped).toBe(false);
    slow.come({ kind: 'charged', gatewayReference: 'pi_last' });
    await stop;
    expect(await renewalsOf(subscription)).toMatchObject([{ status: 'succeeded' }]);
    expect(await renewalsOf(late)).toEqual([]);
  });
});

describe('what should not happen to a renewal', () => {
  test('is alarmed, and holds up no other', async () => {
    const [broken, whole] = [await due(), await due()];
    await shop.sql(
      `update subscriptions set pending_change = '{"planId": "gone", "price": {"amount": 1, "currency": "USD"}, "interval": "month"}' where id = $1`,
      [broken.id],
    );
    const metrics = new Metrics();
    const renewals = looker(metrics);
    await renewals.sweep();
    await renewals.settled();
    expect((await metrics.alarms.get()).values).toMatchObject([{ labels: { alarm: 'renewal_failed' }, value: 1 }]);
    expect(await renewalsOf(whole)).toMatchObject([{ status: 'succeeded' }]);
    expect(await live(broken.userId)).toMatchObject({ status: 'active', version: broken.version });
  });
});
