import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pino from 'pino';
import type { CustomerOutcome, KeepCardOutcome } from '../../src/gateways/payment-gateway.js';
import { CardStore } from '../../src/operations/cards/card-store.js';
import { customerReferenceOf } from '../../src/operations/intent.js';
import { Renewals } from '../../src/operations/due/renewals.js';
import { SavedCards } from '../../src/operations/cards/saved-cards.js';
import { SystemClock } from '../../src/platform/clock.js';
import { Metrics } from '../../src/platform/telemetry/metrics.js';
import type { Subscription } from '../../src/subscriptions/subscription.entity.js';
import { newKey, newUser } from '../kit/names.js';
import { endPeriod } from '../kit/periods.js';
import { Shop } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';
import { customerIdOf, pending, ScriptedGateway } from './scripted-gateway.js';

const CARD = 'pm_card_visa';
const LOST = { kind: 'unknown', why: 'no answer' } as const;
const REFUSED = { kind: 'refused', problem: 'payment-declined', declineCode: 'card_declined' } as const;

const gateway = new ScriptedGateway();
let shop: Shop;
beforeAll(async () => {
  // Nobody sweeps but the tests.
  shop = await Shop.open({ leases: 'none', ports: { gateway }, env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

const store = () => shop.service.app.get(CardStore);
const cards = () => shop.service.app.get(SavedCards);
const live = async (user: string) => (await store().subscriptionOf(user)) as Subscription;
const subscriber = async (): Promise<Subscription> => {
  const user = newUser();
  expect((await shop.as(user).subscribe('basic')).status).toBe(201);
  return live(user);
};
const replacing = (user: string) => {
  const key = newKey();
  return { userId: user, key, fingerprint: key };
};
const askedOf = (user: string) => [...gateway.askedAbout(customerReferenceOf(user)), ...gateway.askedAbout(customerIdOf(user))];
const renewed = async (): Promise<void> => {
  const renewals = shop.service.app.get(Renewals);
  await renewals.sweep();
  await renewals.settled();
};

describe('the customer of a user', () => {
  test('is the same for 16 who keep cards of one user at once, and all of them are told so', async () => {
    const subscription = await subscriber();
    const kept = await atOnce(16, () => cards().keep(subscription));
    expect(new Set(kept.map(({ customer }) => customer))).toEqual(new Set([customerIdOf(subscription.userId)]));
    expect(await shop.sql('select customer from customers where user_id = $1', [subscription.userId])).toHaveLength(1);
  });

  test('is the one that was written down first, whoever made another', async () => {
    const user = newUser();
    const added = await atOnce(16, (n) => store().addCustomer(user, 'stripe', `cus_${n}`));
    expect(new Set(added).size).toBe(1);
    expect(await store().customerOf(user, 'stripe')).toBe(added[0]);
    expect(await store().addCustomer(user, 'stripe', 'cus_late')).toBe(added[0]);
  });

  test('that was made by a process that died before it wrote that down is asked for again under the same reference', async () => {
    const { userId } = await subscriber();
    gateway.says('createCustomer', customerReferenceOf(userId), LOST);
    expect((await cards().keep(await live(userId))).customer).toBeNull();
    expect((await cards().keep(await live(userId))).customer).toBe(customerIdOf(userId));
    expect(askedOf(userId)).toEqual(['createCustomer', 'createCustomer', 'keepCard']);
  });

  test('is made once: the next card is kept for the same', async () => {
    const { userId } = await subscriber();
    await cards().keep(await live(userId));
    await cards().change('pm_card_mastercard', replacing(userId));
    expect(askedOf(userId)).toEqual(['createCustomer', 'keepCard', 'keepCard']);
    expect(await live(userId)).toMatchObject({ paymentMethod: 'pm_card_mastercard', customer: customerIdOf(userId) });
  });
});

describe('a customer whom the gateway has lost', () => {
  const ANOTHER = 'cus_another';
  const lost = async (): Promise<Subscription> => {
    const { userId } = await subscriber();
    await cards().keep(await live(userId));
    gateway.says('keepCard', customerIdOf(userId), { kind: 'no_customer' });
    return live(userId);
  };
  const another = (userId: string, outcome: CustomerOutcome) =>
    gateway.says('createCustomer', customerReferenceOf(userId, customerIdOf(userId)), outcome);

  test('is replaced by one under another reference, for whom the card is kept', async () => {
    const { userId } = await lost();
    another(userId, { kind: 'created', customer: ANOTHER });
    const { subscription } = await cards().change('pm_card_mastercard', replacing(userId));
    expect(subscription).toMatchObject({ customer: ANOTHER, paymentMethod: 'pm_card_mastercard' });
    expect(await store().customerOf(userId, 'stripe')).toBe(ANOTHER);
  });

  test('is replaced under the same reference again by whoever comes back to it after a crash', async () => {
    const { userId } = await lost();
    another(userId, LOST);
    const use = replacing(userId);
    await expect(cards().change('pm_card_mastercard', use)).rejects.toMatchObject({ code: 'gateway-unavailable' });
    gateway.says('keepCard', customerIdOf(userId), { kind: 'no_customer' });
    another(userId, { kind: 'created', customer: ANOTHER });
    expect((await cards().change('pm_card_mastercard', use)).subscription.customer).toBe(ANOTHER);
  });

  test('is replaced once, by the one that is first', async () => {
    const user = newUser();
    await store().addCustomer(user, 'stripe', 'cus_lost');
    const now = await atOnce(16, (n) => store().replaceCustomer(user, 'stripe', 'cus_lost', `cus_${n}`));
    expect(new Set(now).size).toBe(1);
    expect(await store().replaceCustomer(user, 'stripe', 'cus_lost', 'cus_late')).toBe(now[0]);
  });
});

describe('a card', () => {
  test('is found by a sweep until it is kept, and not after', async () => {
    const { id, userId } = await subscriber();
    const toKeep = async () => (await store().withCardToKeep('00000000-0000-0000-0000-000000000000', 10_000)).map((found) => found.id);
    expect(await toKeep()).toContain(id);
    gateway.says('keepCard', customerIdOf(userId), LOST);
    expect((await cards().sweep()).inDoubt).toBeGreaterThan(0);
    expect(await live(userId)).toMatchObject({ customer: null, paymentMethod: CARD, version: 1 });
    expect((await cards().sweep()).kept).toBeGreaterThan(0);
    expect(await live(userId)).toMatchObject({ customer: customerIdOf(userId), paymentMethod: CARD, version: 1 });
    expect(await toKeep()).not.toContain(id);
  });

  test('bears the name that the gateway gives it', async () => {
    const subscription = await subscriber();
    gateway.says('keepCard', customerIdOf(subscription.userId), { kind: 'kept', paymentMethod: 'pm_kept' });
    expect(await cards().keep(subscription)).toMatchObject({ paymentMethod: 'pm_kept' });
    expect(await live(subscription.userId)).toMatchObject({ paymentMethod: 'pm_kept' });
  });

  test('that was replaced meanwhile is not put in the place of the new one', async () => {
    const subscription = await subscriber();
    const { userId } = subscription;
    const slow = pending<KeepCardOutcome>();
    gateway.says('keepCard', customerIdOf(userId), slow.answer);
    const keeping = cards().keep(subscription);
    await slow.asked;
    await cards().change('pm_card_mastercard', replacing(userId));
    slow.come({ kind: 'kept', paymentMethod: CARD });
    expect(await keeping).toMatchObject({ paymentMethod: 'pm_card_mastercard' });
    expect(await live(userId)).toMatchObject({ paymentMethod: 'pm_card_mastercard', version: 2 });
  });

  test('that is refused stays with its subscription and is not asked about again; one that was to replace it changes nothing', async () => {
    const subscription = await subscriber();
    const { userId } = subscription;
    gateway.says('keepCard', customerIdOf(userId), REFUSED).says('keepCard', customerIdOf(userId), REFUSED);
    expect(await cards().keep(subscription)).toMatchObject({ paymentMethod: CARD, customer: customerIdOf(userId) });
    await expect(cards().change('pm_card_mastercard', replacing(userId))).rejects.toMatchObject({ code: 'payment-declined' });
    await cards().sweep();
    expect(askedOf(userId)).toEqual(['createCustomer', 'keepCard', 'keepCard']);
    expect(await live(userId)).toMatchObject({ paymentMethod: CARD, version: 1 });
  });

  test('that is in doubt replaces nothing, and the same request may come again and is done once', async () => {
    const { userId } = await subscriber();
    const use = replacing(userId);
    gateway.says('keepCard', customerIdOf(userId), LOST);
    await expect(cards().change('pm_card_mastercard', use)).rejects.toMatchObject({ code: 'gateway-unavailable' });
    expect(await live(userId)).toMatchObject({ paymentMethod: CARD, version: 1 });
    expect((await cards().change('pm_card_mastercard', use)).fresh).toBe(true);
    expect((await cards().change('pm_card_mastercard', use)).fresh).toBe(false);
    expect(await live(userId)).toMatchObject({ paymentMethod: 'pm_card_mastercard', version: 2 });
  });

  test('of what is past due makes it due at once, whoever holds it', async () => {
    const { userId } = await subscriber();
    await shop.sql(
      `update subscriptions set status = 'past_due', next_at = service_now() + interval '3 days', claimed_until = service_now() + interval '1 hour'
       where user_id = $1`,
      [userId],
    );
    await cards().change('pm_card_mastercard', replacing(userId));
    const [row] = await shop.sql('select next_at <= service_now() as due, claimed_until from subscriptions where user_id = $1', [userId]);
    expect(row).toEqual({ due: true, claimed_until: null });
    await shop.sql(`update subscriptions set next_at = service_now() + interval '3 days' where user_id = $1`, [userId]);
  });
});

describe('a subscription', () => {
  test('whose card the gateway did not say to be kept is not renewed, and nothing is charged', async () => {
    const { id, userId } = await subscriber();
    await endPeriod(shop, userId);
    gateway.says('keepCard', customerIdOf(userId), LOST);
    await renewed();
    expect(await shop.sql(`select status from operations where subscription_id = $1 and kind = 'renew'`, [id])).toEqual([]);
    expect(await live(userId)).toMatchObject({ status: 'active', pastDue: null, renewalAttempts: 0 });
    await shop.sql('update subscriptions set claimed_until = null');
    await renewed();
    expect(
      await shop.sql(`select status, terms->>'customer' as customer from operations where subscription_id = $1 and kind = 'renew'`, [id]),
    ).toEqual([{ status: 'succeeded', customer: customerIdOf(userId) }]);
  });
});

describe('a gateway', () => {
  test('that never answers keeps nobody for longer than a call may take', async () => {
    const subscription = await subscriber();
    const never = pending<CustomerOutcome>();
    gateway.says('createCustomer', customerReferenceOf(subscription.userId), never.answer);
    const impatient = new SavedCards({
      store: store(),
      gateway,
      clock: new SystemClock(),
      metrics: new Metrics(),
      log: pino({ level: 'silent' }),
      gatewayTimeoutMs: 10,
      intervalMs: 1_000,
    });
    expect((await impatient.keep(subscription)).customer).toBeNull();
  });
});
