import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, toPublicId } from '../../src/platform/ids.js';
import { chargesOf } from '../contention/bookkeeping.js';
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

const preview = (planId: string, more: object = {}): Promise<Answer> =>
  client.send('POST', '/v1/me/subscription/preview', { planId, ...more });
const agree = (planId: string, quoteId: string, { key = newKey(), ...more }: { key?: string; effective?: string } = {}): Promise<Answer> =>
  client.send('PUT', '/v1/me/subscription', { planId, quoteId, paymentMethod: 'pm_card_visa', ...more }, { 'idempotency-key': key });
const charged = async (): Promise<number[]> => (await chargesOf(shop, user)).map(({ amount }) => amount);

/** A plan so dear that every second changes what a part of its month costs. */
async function dearPlan(capacity: number | null = null): Promise<string> {
  const id = `dear-${randomUUID().slice(0, 8)}`;
  await shop.sql(
    `insert into plans (id, name, price_amount, price_currency, "interval", capacity) values ($1, $1, 90000000, 'USD', 'month', $2)`,
    [id, capacity],
  );
  return id;
}

async function halfWay(): Promise<void> {
  await shop.sql(
    `update subscriptions set period_start = now() - interval '15 days', period_end = now() + interval '15 days' where user_id = $1`,
    [user],
  );
}

describe('a quote', () => {
  test('says what a first subscription costs now and next, records no operation and charges nothing', async () => {
    const { status, body } = await preview('pro');
    expect([status, body]).toMatchObject([
      200,
      {
        object: 'quote',
        kind: 'subscribe',
        planId: 'pro',
        effective: null,
        lines: [{ type: 'plan', planId: 'pro', amount: { amount: 1_900, currency: 'USD' } }],
        dueNow: { amount: 1_900, currency: 'USD' },
        next: { amount: { amount: 1_900, currency: 'USD' } },
        seatsLeft: null,
        subscriptionVersion: null,
      },
    ]);
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(15 * 60_000);
    expect((await client.get('/v1/me/operations')).body.data).toEqual([]);
    expect(await charged()).toEqual([]);
  });

  test('of a trial is of nothing now, and of the price when it ends', async () => {
    const { body } = await preview('team');
    expect(body).toMatchObject({ lines: [], dueNow: { amount: 0 }, next: { amount: { amount: 4_900 } } });
    expect(Date.parse(body.next.at) - Date.parse(body.createdAt)).toBe(14 * 86_400_000);
  });

  test('of a change shows what is left of the old plan and the rest of the new one', async () => {
    await client.subscribe('basic');
    await halfWay();
    const { body } = await preview('pro');
    expect(body).toMatchObject({
      kind: 'change_plan',
      dueNow: { amount: 500 },
      subscriptionVersion: 1,
      next: { amount: { amount: 1_900 } },
    });
    expect(body.lines).toEqual([
      { type: 'unused_time', planId: 'basic', amount: { amount: -450, currency: 'USD' } },
      { type: 'plan', planId: 'pro', amount: { amount: 950, currency: 'USD' } },
    ]);
  });

  test('of a step down waits for the end of the period, and of the plan that is held is of nothing', async () => {
    await client.subscribe('pro');
    expect((await preview('basic')).body).toMatchObject({ lines: [], dueNow: { amount: 0 }, next: { amount: { amount: 900 } } });
    expect((await preview('pro')).body).toMatchObject({ lines: [], dueNow: { amount: 0 }, next: { amount: { amount: 1_900 } } });
  });

  test('is refused like what it is asked for', async () => {
    expect(await preview('no-such-plan')).toMatchObject({ status: 422, body: { code: 'plan-not-found' } });
    expect(await client.send('POST', '/v1/me/subscription/preview', {})).toMatchObject({
      status: 400,
      body: { code: 'validation-failed' },
    });
  });

  test('of a full plan says that no seat is left, and the press that follows is refused', async () => {
    const plan = await dearPlan(0);
    const { body } = await preview(plan);
    expect(body.seatsLeft).toBe(0);
    expect(await agree(plan, body.id)).toMatchObject({ status: 409, body: { code: 'plan-full', charged: 'no' } });
  });
});

describe('who agrees to a quote', () => {
  test('is charged exactly what it says, though the same change costs less by now', async () => {
    const dear = await dearPlan();
    await client.subscribe('basic');
    await halfWay();
    const { body: quote } = await preview(dear);
    await eventually(
      () => preview(dear),
      ({ body }) => body.dueNow.amount < quote.dueNow.amount,
    );
    expect((await agree(dear, quote.id)).body).toMatchObject({ status: 'succeeded', amount: quote.dueNow });
    expect(await charged()).toEqual([900, quote.dueNow.amount]);
  });

  test('gets the same answer with the same key, though the quote no longer holds by then', async () => {
    const { body: quote } = await preview('pro');
    const key = newKey();
    const first = await agree('pro', quote.id, { key });
    expect(first.status).toBe(201);
    const again = await agree('pro', quote.id, { key });
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([201, first.body.id, 'true']);
  });

  test('twice at once is charged once', async () => {
    const { body: quote } = await preview('pro');
    const answers = await Promise.all(Array.from({ length: 6 }, () => agree('pro', quote.id)));
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id as string));
    expect(ids.size).toBe(1);
    expect(await charged()).toEqual([1_900]);
  });

  test('of a family gets the plan that was quoted', async () => {
    const { body: quote } = await preview('family:studio');
    expect((await agree('family:studio', quote.id)).body).toMatchObject({ toPlanId: quote.planId, amount: quote.dueNow });
  });
});

describe('a quote no longer holds', () => {
  const spoilt: [string, (quote: { id: string }) => Promise<{ planId?: string; quoteId?: string; effective?: string } | void>][] = [
    ['when it has run out', async () => void (await shop.sql(`update quotes set expires_at = now() where user_id = $1`, [user]))],
    ['when the plan has changed', async () => void (await shop.sql(`update plans set version = version + 1 where id = 'pro'`))],
    ['for another plan', async () => ({ planId: 'pro-yearly' })],
    ['for another moment', async () => ({ effective: 'period_end' })],
    ['that nobody was given', async () => ({ quoteId: toPublicId('qt', newId()) })],
    [
      'that somebody else was given',
      async () => {
        const other = await shop.as(newUser()).send('POST', '/v1/me/subscription/preview', { planId: 'pro' });
        return { quoteId: other.body.id as string };
      },
    ],
  ];

  test.each(spoilt)('%s: a fresh one is embedded, and nothing is charged', async (_when, spoil) => {
    await client.subscribe('basic');
    const { body: quote } = await preview('pro');
    const asked = { planId: 'pro', quoteId: quote.id as string, ...(await spoil(quote)) };
    // A catalogue is believed for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { planId, quoteId, ...more } = asked;
    const refused = await agree(planId, quoteId, more);
    expect(refused).toMatchObject({ status: 409, body: { code: 'quote-stale', charged: 'no', quote: { object: 'quote', planId } } });
    expect(refused.body.quote.id).not.toBe(quote.id);
    expect(await charged()).toEqual([900]);
    expect((await agree(planId, refused.body.quote.id as string, more)).status).toBe(200);
  });

  test('two windows: one changes the plan, the other agrees to what it saw before and is shown what is true now', async () => {
    await client.subscribe('basic');
    const seen = await preview('pro-yearly');
    expect((await client.subscribe('pro')).status).toBe(200);
    const refused = await agree('pro-yearly', seen.body.id as string);
    expect(refused).toMatchObject({ status: 409, body: { code: 'quote-stale', quote: { subscriptionVersion: 2 } } });
    expect(refused.body.quote.dueNow.amount).toBeLessThan(seen.body.dueNow.amount);
    expect(await charged()).toHaveLength(2);
  });
});
