import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { chargesOf } from '../contention/bookkeeping.js';
import { giveCredit } from '../kit/credit.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
let user: string;
let client: Client;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});
beforeEach(() => {
  user = newUser();
  client = shop.as(user);
});

const give = (amount: number) => giveCredit((text, values) => shop.sql(text, values), user, amount);
const credit = async (): Promise<{ balance: number; reserved: number } | undefined> =>
  (await shop.sql('select balance::int as balance, reserved::int as reserved from credit_accounts where user_id = $1', [user]))[0];
const charged = async (): Promise<number[]> => (await chargesOf(shop, user)).map(({ amount }) => amount);
const put = (body: object, key = newKey()): Promise<Answer> => client.send('PUT', '/v1/me/subscription', body, { 'idempotency-key': key });
const preview = async (body: object): Promise<Answer['body']> => (await client.send('POST', '/v1/me/subscription/preview', body)).body;
const usd = (amount: number) => ({ amount, currency: 'USD' });

async function halfWay(): Promise<void> {
  await shop.sql(
    `update subscriptions set period_start = now() - interval '15 days', period_end = now() + interval '15 days' where user_id = $1`,
    [user],
  );
}

describe('who has credit', () => {
  test('uses it up before the card is charged', async () => {
    await give(500);
    const { status, body } = await client.subscribe('pro');
    expect([status, body]).toMatchObject([201, { charged: 'yes', amount: usd(1_400), creditApplied: usd(500), creditGranted: usd(0) }]);
    expect(await charged()).toEqual([1_400]);
    expect(await credit()).toEqual({ balance: 0, reserved: 0 });
  });

  test('enough for all of it is not charged and needs no card; what is left stays', async () => {
    await give(2_500);
    const { status, body } = await put({ planId: 'pro' });
    expect([status, body]).toMatchObject([201, { status: 'succeeded', charged: 'no', amount: usd(0), creditApplied: usd(1_900) }]);
    expect(await charged()).toEqual([]);
    expect(await credit()).toEqual({ balance: 600, reserved: 0 });
  });

  test('has it back when the card is declined', async () => {
    await give(500);
    const refused = await put({ planId: 'pro', paymentMethod: 'pm_card_chargeDeclined' });
    expect([refused.status, refused.body.code, refused.body.charged]).toEqual([402, 'payment-declined', 'no']);
    expect(await credit()).toEqual({ balance: 500, reserved: 0 });
  });

  test('pays once with it, however often the button is pressed', async () => {
    await give(500);
    const answers = await Promise.all(Array.from({ length: 12 }, () => client.subscribe('pro')));
    // Whoever comes when it is over finds the plan held already, and pays nothing for it.
    const created = answers.filter(({ body }) => body.result === 'created');
    expect(new Set(created.map(({ body }) => body.id as string)).size).toBe(1);
    expect(answers.filter(({ body }) => body.status !== 'succeeded')).toEqual([]);
    expect([await charged(), await credit()]).toEqual([[1_400], { balance: 0, reserved: 0 }]);
  });

  test('has it reserved while nobody knows what became of the charge, and spent once it is known', async () => {
    await give(500);
    const answer = await put({ planId: 'pro', paymentMethod: 'pm_sandbox_reset_charged' });
    expect([answer.status, answer.body.status, answer.body.creditApplied]).toEqual([202, 'unknown', usd(500)]);
    expect(await credit()).toEqual({ balance: 0, reserved: 500 });
    await shop.sql('update operations set next_check_at = now() where user_id = $1', [user]);
    await eventually(credit, (now) => now?.reserved === 0);
    expect([await charged(), await credit()]).toEqual([[1_400], { balance: 0, reserved: 0 }]);
  });

  test('of another currency pays with the card', async () => {
    await shop.sql(`insert into credit_accounts (user_id, currency) values ($1, 'EUR')`, [user]);
    expect((await client.subscribe('pro')).body).toMatchObject({ amount: usd(1_900), creditApplied: usd(0) });
  });
});

describe('a step down now', () => {
  test('takes effect at once, and what is left over becomes credit that pays for the next step up', async () => {
    await client.subscribe('pro');
    await halfWay();
    const down = await put({ planId: 'basic', effective: 'now' });
    expect([down.status, down.body]).toMatchObject([
      200,
      { result: 'changed', charged: 'no', amount: usd(0), creditGranted: usd(500), subscription: { planId: 'basic', pendingChange: null } },
    ]);
    expect(await credit()).toEqual({ balance: 500, reserved: 0 });
    expect((await client.subscribe('pro')).body).toMatchObject({ amount: usd(0), creditApplied: usd(500) });
    expect([await charged(), await credit()]).toEqual([[1_900], { balance: 0, reserved: 0 }]);
  });

  test('pressed twice grants once', async () => {
    await client.subscribe('pro');
    await halfWay();
    await Promise.all(Array.from({ length: 8 }, () => put({ planId: 'basic', effective: 'now' })));
    expect(await credit()).toEqual({ balance: 500, reserved: 0 });
  });

  test('still waits for the end of the period where nothing else is asked for', async () => {
    await client.subscribe('pro');
    expect((await put({ planId: 'basic' })).body).toMatchObject({ creditGranted: usd(0), subscription: { planId: 'pro' } });
    expect(await credit()).toBeUndefined();
  });
});

describe('a quote', () => {
  test('says how much credit is used, and its lines sum to what the card is charged', async () => {
    await give(500);
    expect(await preview({ planId: 'pro' })).toMatchObject({
      lines: [
        { type: 'plan', planId: 'pro', amount: usd(1_900) },
        { type: 'credit_applied', planId: null, amount: usd(-500) },
      ],
      dueNow: usd(1_400),
      creditApplied: usd(500),
    });
  });

  test('of a step down now says what is left over', async () => {
    await client.subscribe('pro');
    await halfWay();
    expect(await preview({ planId: 'basic', effective: 'now' })).toMatchObject({
      lines: [
        { type: 'unused_time', planId: 'pro', amount: usd(-950) },
        { type: 'plan', planId: 'basic', amount: usd(450) },
        { type: 'credit_granted', planId: null, amount: usd(500) },
      ],
      dueNow: usd(0),
    });
  });

  test('holds to the credit that it shows, though there is more by now', async () => {
    await give(500);
    const quote = await preview({ planId: 'pro' });
    await give(1_000);
    const { body } = await put({ planId: 'pro', paymentMethod: 'pm_card_visa', quoteId: quote.id });
    expect(body).toMatchObject({ status: 'succeeded', amount: usd(1_400), creditApplied: usd(500) });
    expect([await charged(), await credit()]).toEqual([[1_400], { balance: 1_000, reserved: 0 }]);
  });

  test('two windows: one gives the credit away, the other agrees to what it saw before and is shown what is true now', async () => {
    await give(500);
    const quote = await preview({ planId: 'pro' });
    await giveCredit((text, values) => shop.sql(text, values), user, -200);
    const refused = await put({ planId: 'pro', paymentMethod: 'pm_card_visa', quoteId: quote.id });
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { code: 'quote-stale', charged: 'no', quote: { creditApplied: usd(300), dueNow: usd(1_600) } },
    ]);
    expect([await charged(), await credit()]).toEqual([[], { balance: 300, reserved: 0 }]);
  });
});
