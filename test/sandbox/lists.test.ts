import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { errorOf, type Started, startSandbox, visa } from './start.js';

let sandbox: Started;
let stripe: Stripe;
let nowMs = Date.UTC(2026, 10, 1);

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => nowMs });
  ({ stripe } = sandbox);
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

test('lists are newest first and are paged by the last id seen', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.unshift((await stripe.paymentIntents.create(visa)).id);
  const first = await stripe.paymentIntents.list({ limit: 2 });
  expect([first.data.map(({ id }) => id), first.has_more]).toEqual([ids.slice(0, 2), true]);
  const rest = await stripe.paymentIntents.list({ limit: 3, starting_after: ids[1] ?? '' });
  expect([rest.data.map(({ id }) => id), rest.has_more]).toEqual([ids.slice(2), false]);
  const back = await stripe.paymentIntents.list({ limit: 1, ending_before: ids[2] ?? '' });
  expect(back.data.map(({ id }) => id)).toEqual([ids[1]]);
  const all: string[] = [];
  for await (const { id } of stripe.paymentIntents.list({ limit: 2 })) all.push(id);
  expect(all).toEqual(ids);
  expect(await errorOf(stripe.paymentIntents.list({ limit: 101 }))).toMatchObject({ param: 'limit' });
  expect(await errorOf(stripe.paymentIntents.list({ starting_after: 'pi_no' }))).toMatchObject({ param: 'starting_after' });
});

test('lists are narrowed by the second of creation and by customer', async () => {
  const customer = await stripe.customers.create({ email: 'ada@shop.example', metadata: { user: 'user_42' } });
  expect(customer).toMatchObject({ object: 'customer', email: 'ada@shop.example', metadata: { user: 'user_42' } });
  const start = nowMs / 1000;
  const hers = await stripe.paymentIntents.create({ ...visa, customer: customer.id });
  nowMs += 1000;
  const later = await stripe.paymentIntents.create(visa);
  const ids = async (filter: Stripe.PaymentIntentListParams): Promise<string[]> =>
    (await stripe.paymentIntents.list(filter)).data.map(({ id }) => id);
  expect(await ids({ customer: customer.id })).toEqual([hers.id]);
  expect(await ids({ created: start })).toEqual([hers.id]);
  expect(await ids({ created: { gte: start } })).toEqual([later.id, hers.id]);
  expect(await ids({ created: { gt: start } })).toEqual([later.id]);
  expect(await ids({ created: { lt: start + 1 } })).toEqual([hers.id]);
  expect(await ids({ created: { lte: start + 1 } })).toEqual([later.id, hers.id]);
});

test('search joins conditions, refuses what it does not understand, and lags when told to', async () => {
  const query = "metadata['reference']:'r-2' AND status:'succeeded'";
  await stripe.paymentIntents.create({ ...visa, metadata: { reference: 'r-1' } });
  const { id } = await stripe.paymentIntents.create({ ...visa, metadata: { reference: 'r-2' } });
  await errorOf(stripe.paymentIntents.create({ ...visa, payment_method: 'pm_card_chargeDeclined', metadata: { reference: 'r-2' } }));
  expect((await stripe.paymentIntents.search({ query })).data.map((each) => each.id)).toEqual([id]);
  expect(await errorOf(stripe.paymentIntents.search({ query: 'amount>100' }))).toMatchObject({ param: 'query' });
  await sandbox.control('POST', '/sandbox/faults', { searchLagMs: 2000 });
  expect((await stripe.paymentIntents.search({ query })).data).toEqual([]);
  nowMs += 2000;
  expect((await stripe.paymentIntents.search({ query })).data).toHaveLength(1);
});
