import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Renewals } from '../../src/operations/due/renewals.js';
import { SavedCards } from '../../src/operations/cards/saved-cards.js';
import { expectInvariants, settled } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { endPeriod } from '../kit/periods.js';
import { expectRenewalsAgree } from '../kit/renewal-facts.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';
import { chargesOf } from './bookkeeping.js';

/** As the service has it by default. */
const SCHEDULE = 4;
const ROUNDS = Number(process.env['ROUNDS'] ?? 20);
/** So many rounds at one time: each is a race of its own user. */
const TOGETHER = 5;
const TIMEOUT_MS = 400_000;
/** A gateway that answers at once would end the renewal before anybody else comes. */
const LATENCY_MS = 20;
const BASIC = 900;
const PRO = 1_900;

interface Race {
  what: string;
  /** What the customer does. */
  press: (client: Client) => Promise<Answer>;
  /** What was declined before, if anything. */
  owing?: true;
  /** How it may end: the status and the plan, and the charges after the first, in any order. */
  ends: { status: string; plan: string; charges: number[] }[];
}

const RACES: Race[] = [
  {
    what: 'a cancel',
    press: (client) => client.post('/v1/me/subscription/cancel', { at: 'now' }),
    ends: [
      { status: 'canceled', plan: 'basic', charges: [] },
      { status: 'canceled', plan: 'basic', charges: [BASIC] },
    ],
  },
  {
    what: 'a pause',
    press: (client) => client.post('/v1/me/subscription/pause'),
    ends: [
      { status: 'paused', plan: 'basic', charges: [] },
      { status: 'paused', plan: 'basic', charges: [BASIC] },
    ],
  },
  {
    what: 'a change of plan',
    press: (client) => client.subscribe('pro'),
    ends: [
      // Of a period that is over nothing is left to pay the difference for; of the next one it is all.
      { status: 'active', plan: 'pro', charges: [PRO] },
      { status: 'active', plan: 'pro', charges: [BASIC, PRO - BASIC] },
    ],
  },
  {
    what: 'a customer who pays what is due',
    owing: true,
    press: (client) => client.post('/v1/me/subscription/pay'),
    ends: [{ status: 'active', plan: 'basic', charges: [BASIC] }],
  },
];

describe.each(['redlock', 'none'] as const)('with leases %s, a renewal at two services at once', (leases) => {
  let shop: Shop;
  let other: Shop;
  beforeAll(async () => {
    // Nobody sweeps but this test.
    shop = await Shop.open({ leases, env: { ROLES: 'api,recovery' } });
    other = await shop.another();
    await shop.gateway('POST', '/sandbox/faults', { latencyMs: LATENCY_MS });
  });
  afterAll(() => shop?.close());

  const sweep = async ({ service }: Shop) => {
    const renewals = service.app.get(Renewals);
    await renewals.sweep();
    await renewals.settled();
  };
  const members = async (count: number, owing = false): Promise<string[]> => {
    const users = await Promise.all(
      Array.from({ length: count }, async () => {
        const user = newUser();
        expect((await shop.as(user).subscribe('basic')).status).toBe(201);
        return user;
      }),
    );
    await shop.service.app.get(SavedCards).sweep();
    for (const user of users) {
      await endPeriod(shop, user);
      if (owing) await owe(shop, user);
    }
    return users;
  };

  test(
    'renews every period once, though they hold whatever they find again and again',
    async () => {
      const users = await members(TOGETHER);
      for (let n = 0; n < 3; n += 1) {
        await atOnce(8, (index) => sweep(index % 2 === 0 ? shop : other));
        await release(shop);
      }
      for (const user of users) expect((await chargesOf(shop, user)).map(({ amount }) => amount)).toEqual([BASIC, BASIC]);
      await expectRenewalsAgree(shop, SCHEDULE);
      await expectInvariants(shop, { settleWithinMs: TIMEOUT_MS });
    },
    TIMEOUT_MS,
  );

  test.each(RACES)(
    `and $what end in one order or the other, ${ROUNDS} times`,
    async ({ press, owing, ends }) => {
      for (let round = 0; round < ROUNDS; round += TOGETHER) {
        const users = await members(TOGETHER, owing);
        const answers = await race(users, press);
        // What found the other at work is asked for again, as its refusal says.
        const again = users.filter((_user, n) => (answers[n]?.status ?? 500) >= 300);
        if (!owing) await Promise.all(again.map((user) => press(shop.as(user))));
        await release(shop);
        await sweep(shop);
        for (const user of users) expect(ends).toContainEqual(await endOf(user));
      }
      await expectRenewalsAgree(shop, SCHEDULE);
      await settled(shop, TIMEOUT_MS);
      await expectInvariants(shop);
    },
    TIMEOUT_MS,
  );

  async function race(users: string[], press: Race['press']): Promise<Answer[]> {
    const answers: Answer[] = [];
    await atOnce(users.length + 2, async (index) => {
      if (index >= users.length) return sweep(index === users.length ? shop : other);
      answers[index] = await press(shop.as(users[index] as string));
    });
    return answers;
  }

  async function endOf(user: string): Promise<Race['ends'][number]> {
    const [row] = await shop.sql('select status, plan_id as plan from subscriptions where user_id = $1', [user]);
    const [first, ...later] = (await chargesOf(shop, user)).map(({ amount }) => amount);
    expect(first).toBe(BASIC);
    return { ...row, charges: later.sort((a, b) => a - b) };
  }
});

/** A renewal was declined; now it is time for the next try. */
async function owe(shop: Shop, user: string): Promise<void> {
  await shop.sql(
    `update subscriptions set status = 'past_due', renewal_attempts = 1, next_at = service_now(),
      past_due = jsonb_build_object('since', service_now() - interval '1 day', 'declines', 1) where user_id = $1`,
    [user],
  );
}

/** As if so much time had passed that nobody holds anything any more. */
function release(shop: Shop): Promise<unknown> {
  return shop.sql('update subscriptions set claimed_until = null');
}
