import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectInvariants } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { advance } from '../kit/test-clock.js';

/** Written down by hand: the days on which months begin that were begun on the 31st. */
const YEARS = [
  [
    'a common year',
    2031,
    365,
    'week by week',
    7,
    '02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31'
      .split(' ')
      .map((day) => `2031-${day}`)
      .concat('2032-01-31', '2032-02-29'),
  ],
  [
    'a leap year',
    2032,
    366,
    'day by day',
    1,
    '02-29 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31'
      .split(' ')
      .map((day) => `2032-${day}`)
      .concat('2033-01-31', '2033-02-28'),
  ],
] as const;

describe.each(YEARS)(
  'A year of one subscription by the clock, from 31 January of %s %i, %i days %s',
  (_, year, days, __, step, boundaries) => {
    let shop: Shop;
    beforeAll(async () => {
      // Time is what this test says it is: no loop of the service's own looks at it.
      shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
      await advance(shop, { to: `${year}-01-31T10:00:00Z` });
    });
    afterAll(async () => {
      await expectInvariants(shop);
      await shop.close();
    });

    test('after each step status, period and charges are what the calendar says', async () => {
      const client = shop.as(newUser());
      const subscribed = await client.subscribe('pro');
      expect(subscribed.status).toBe(201);
      const { currentPeriodStartAt: first } = subscribed.body.subscription;
      expect(first).toMatch(`${year}-01-31T10:0`);
      const [begun, ...ends] = [first, ...boundaries.map((day) => `${day}${(first as string).slice(10)}`)] as [string, ...string[]];
      for (let day = step; day <= days; day += step) {
        const to = new Date(Date.parse(`${year}-01-31T10:30:00Z`) + day * 86_400_000).toISOString();
        await advance(shop, { to });
        // What the calendar says: the last boundary that has passed, and the next.
        const passed = ends.filter((end) => end <= to);
        const { body } = await client.get('/v1/me/subscription');
        expect([to, body.status, body.currentPeriodStartAt, body.currentPeriodEndAt, body.nextPaymentAttemptAt]).toEqual([
          to,
          'active',
          passed.at(-1) ?? begun,
          ends[passed.length],
          ends[passed.length],
        ]);
        const charges = await shop.charges();
        expect(charges.map(({ status, amount }) => [status, amount])).toEqual(Array(1 + passed.length).fill(['succeeded', 1_900]));
      }
      await advance(shop, { to: new Date(Date.parse(`${year}-01-31T10:30:00Z`) + days * 86_400_000).toISOString() });
      expect(await shop.charges()).toHaveLength(13);
    }, 600_000);
  },
);
