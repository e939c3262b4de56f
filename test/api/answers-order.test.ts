import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { whileHeld } from '../kit/held.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';

/** What a request can have wrong, in the order in which the contract judges it. */
const JUDGED = [
  ['token', 401, 'unauthenticated'],
  ['key syntax', 400, 'idempotency-key-invalid'],
  ['body', 400, 'validation-failed'],
  ["key's earlier use", 422, 'idempotency-key-reused'],
  ['open operation', 409, 'conflicting-operation'],
  ['If-Match', 412, 'subscription-changed'],
  ['plan', 422, 'plan-not-found'],
] as const;
type Wrong = (typeof JUDGED)[number][0];

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());

describe('of several things that are wrong, the first in the order of judgement is answered:', () => {
  test.each(JUDGED.map((row, index) => [...row, JUDGED.slice(index).map(([name]) => name)] as const))(
    '%s (%d %s) before all that come after it',
    async (_first, status, code, wrong) => {
      const answer = await askWith(new Set(wrong));
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    },
  );

  const pairs = JUDGED.flatMap((earlier, index) => JUDGED.slice(index + 1).map((later) => [earlier[0], later[0], earlier[2]] as const))
    // A body that is not valid was never used with a key before.
    .filter(([earlier, later]) => !(earlier === 'body' && later === "key's earlier use"));
  test.each(pairs)('%s before %s: %s', async (earlier, later, code) => {
    expect((await askWith(new Set<Wrong>([earlier, later]))).body.code).toBe(code);
  });
});

describe('a replay is a replay', () => {
  test('even when the tab is stale, the plan is gone from sale and another operation is open', async () => {
    const user = newUser();
    const client = shop.as(user);
    const key = newKey();
    const first = await client.subscribe('free', { key });
    await whileHeld(
      shop,
      () => client.subscribe('pro'),
      async () => {
        await shop.sql("update plans set on_sale = false where id = 'free'");
        const replay = await client.subscribe('free', { key, 'if-match': '"99"' });
        expect([replay.status, replay.headers.get('idempotent-replayed'), replay.body.id]).toEqual([201, 'true', first.body.id]);
      },
    );
    await shop.sql("update plans set on_sale = true where id = 'free'");
  });
});

describe('what a request joins is judged before', () => {
  test('the If-Match that it bears', async () => {
    const client = shop.as(newUser());
    await whileHeld(
      shop,
      () => client.subscribe('pro'),
      async () => {
        const joined = await client.subscribe('pro', { 'if-match': '"99"', prefer: 'wait=0' });
        expect([joined.status, joined.headers.get('operation-joined')]).toEqual([202, 'true']);
      },
    );
  });
});

/** One request with exactly these things wrong. */
async function askWith(wrong: Set<Wrong>): Promise<Answer> {
  const client = shop.as(newUser());
  const key = newKey();
  if (wrong.has("key's earlier use")) await client.subscribe('free', { key, effective: 'now' });
  if (!wrong.has('open operation')) return press(client, key, wrong);
  let answer!: Answer;
  await whileHeld(
    shop,
    () => client.subscribe('basic'),
    async () => {
      answer = await press(client, key, wrong);
    },
  );
  return answer;
}

function press(client: Client, key: string, wrong: Set<Wrong>): Promise<Answer> {
  const planId = wrong.has('plan') ? 'nowhere' : 'pro';
  const body = { planId, paymentMethod: 'pm_card_visa', ...(wrong.has('body') ? { price: 1 } : {}) };
  return client.send('PUT', '/v1/me/subscription', body, {
    'idempotency-key': wrong.has('key syntax') ? 'short' : key,
    prefer: 'wait=0',
    ...(wrong.has('token') ? { authorization: 'Bearer nonsense' } : {}),
    ...(wrong.has('If-Match') ? { 'if-match': '"99"' } : {}),
  });
}
