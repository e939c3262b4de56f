import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';
import { chargesOf } from './bookkeeping.js';

/** A gateway that answers at once would end the first press before the second one comes. */
const LATENCY_MS = 30;

describe.each(['redlock', 'none', 'postgres'] as const)('with leases %s', (leases) => {
  let shop: Shop;
  let other: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ leases });
    other = await shop.another();
    await shop.gateway('POST', '/sandbox/faults', { latencyMs: LATENCY_MS });
    await warmUp(shop, other);
  });
  afterEach(() => expectInvariants(shop));
  afterAll(() => shop?.close());

  /** A user in two browsers, each on a service of its own. */
  const inTwoBrowsers = (user: string): ((index: number) => Client) => {
    const clients = [shop.as(user), other.as(user)] as const;
    return (index) => clients[index % 2 === 0 ? 0 : 1];
  };

  describe.each([2, 16])('%i requests of one user at once', (count) => {
    test('with a key each and the same intent are one charge', async () => {
      const user = newUser();
      const client = shop.as(user);
      const answers = await atOnce(count, () => client.subscribe('pro'));
      expect(answers.filter(isCreated).length).toBeGreaterThan(0);
      expect(answers.filter((answer) => !isCreated(answer) && !isUnchanged(answer))).toEqual([]);
      expect(new Set(answers.filter(isCreated).map(({ body }) => body.id)).size).toBe(1);
      expect(await chargesOf(shop, user)).toMatchObject([{ amount: 1_900 }]);
    });

    test('with one key are one operation, and all but one answer is a replay', async () => {
      const user = newUser();
      const client = shop.as(user);
      const key = newKey();
      const answers = await atOnce(count, () => client.subscribe('pro', { key }));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(count - 1);
      expect(await chargesOf(shop, user)).toHaveLength(1);
    });

    test('at two services are one charge', async () => {
      const user = newUser();
      const browser = inTwoBrowsers(user);
      const answers = await atOnce(count, (index) => browser(index).subscribe('pro'));
      expect(answers.filter((answer) => !isCreated(answer) && !isUnchanged(answer))).toEqual([]);
      expect(await chargesOf(shop, user)).toHaveLength(1);
    });

    test('for different plans, each from a tab that knows of no subscription, subscribe to one of them', async () => {
      const user = newUser();
      const browser = inTwoBrowsers(user);
      const plan = (index: number): string => (index % 2 === 0 ? 'basic' : 'pro');
      const answers = await atOnce(count, (index) =>
        browser(index).post('/v1/subscriptions', { planId: plan(index), paymentMethod: 'pm_card_visa' }),
      );
      const created = answers.filter(isCreated);
      expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
      expect(answers.filter((answer) => !isCreated(answer)).map(({ body }) => body.code)).toEqual(
        Array.from({ length: count - created.length }, () => 'already-subscribed'),
      );
      expect(await chargesOf(shop, user)).toMatchObject([{ amount: created[0]?.body.amount.amount }]);
    });

    test('for different plans by PUT charge what their operations say, and leave one subscription', async () => {
      const user = newUser();
      const browser = inTwoBrowsers(user);
      const answers = await atOnce(count, (index) => browser(index).subscribe(index % 2 === 0 ? 'basic' : 'pro'));
      expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
      expect(new Set(answers.filter(isCreated).map(({ body }) => body.id)).size).toBe(1);
      const charges = await chargesOf(shop, user);
      expect(charges.length).toBeLessThanOrEqual(2);
      expect(charges.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(1_900);
    });

    test('to subscribe and to cancel are done one after the other', async () => {
      const user = newUser();
      const browser = inTwoBrowsers(user);
      const answers = await atOnce(count, (index) =>
        index % 2 === 0 ? browser(index / 2).subscribe('pro') : browser((index + 1) / 2).post('/v1/me/subscription/cancel', { at: 'now' }),
      );
      const refused = answers.filter(({ status }) => status >= 400).map(({ body }) => body.code);
      expect(refused.filter((code) => code !== 'not-subscribed')).toEqual([]);
      const [{ made }] = (await shop.sql('select count(*)::int as made from subscriptions where user_id = $1', [user])) as [
        { made: number },
      ];
      expect(await chargesOf(shop, user)).toHaveLength(made);
    });

    test('to take a dearer plan are one upgrade and one charge', async () => {
      const user = newUser();
      const browser = inTwoBrowsers(user);
      await browser(0).subscribe('basic');
      const answers = await atOnce(count, (index) => browser(index).subscribe('pro'));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect((await browser(0).get('/v1/me/subscription')).body).toMatchObject({ planId: 'pro', version: 2 });
      expect(await chargesOf(shop, user)).toMatchObject([{ amount: 900 }, { amount: 1_000 }]);
    });

    test('to take two different plans upgrade along one line, and each step is charged once', async () => {
      const user = newUser();
      const browser = inTwoBrowsers(user);
      await browser(0).subscribe('basic');
      const answers = await atOnce(count, (index) => browser(index).subscribe(index % 2 === 0 ? 'pro' : 'pro-yearly'));
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      const charged = new Set(answers.filter(({ body }) => body.charged === 'yes').map(({ body }) => body.id));
      expect(await chargesOf(shop, user)).toHaveLength(1 + charged.size);
    });
  });
});

/** Connections, prepared statements and the plans' cache are there before it counts; else the barrier would be no barrier. */
async function warmUp(...shops: Shop[]): Promise<void> {
  for (const shop of shops) await atOnce(16, () => shop.as(newUser()).subscribe('basic'));
}

function isCreated({ status, body }: Answer): boolean {
  return status === 201 && body.result === 'created';
}

/** Whoever comes when all is over finds the plan already held. */
function isUnchanged({ status, body }: Answer): boolean {
  return status === 200 && body.result === 'unchanged' && body.charged === 'no';
}
