import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';

let shop: Shop;
let family: string;
beforeAll(async () => {
  shop = await Shop.open();
});
beforeEach(async () => {
  family = `fam-${randomUUID().slice(0, 8)}`;
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

async function room(name: string, capacity: number, price = 2_500, wish: { onSale?: boolean } = {}): Promise<string> {
  const id = `${family}-${name}`;
  await shop.sql(
    `insert into plans (id, name, price_amount, price_currency, "interval", capacity, family, on_sale) values ($1, $1, $2, 'USD', 'month', $3, $4, $5)`,
    [id, price, capacity, family, wish.onSale ?? true],
  );
  return id;
}

describe('who asks for a family', () => {
  test('gets its first plan until that is full, then the next', async () => {
    const [a, b] = [await room('a', 2), await room('b', 2)];
    const plans: string[] = [];
    for (let buyer = 0; buyer < 4; buyer += 1) plans.push((await shop.as(newUser()).subscribe(`family:${family}`)).body.toPlanId as string);
    expect(plans).toEqual([a, a, b, b]);
  });

  test('together with many others fills every seat, and those who come too late are refused without a charge', async () => {
    for (const name of ['a', 'b', 'c']) await room(name, 4);
    const before = (await shop.succeededCharges()).length;
    const answers = await atOnce(16, () => shop.as(newUser()).subscribe(`family:${family}`));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(12);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body }) => [status, body.code, body.charged, body.alternatives])).toEqual(
      Array.from({ length: 4 }, () => [409, 'plan-full', 'no', []]),
    );
    expect((await shop.succeededCharges()).length - before).toBe(12);
  });

  test('and has a plan of it already keeps it unchanged, charged nothing, also when it is full or off sale', async () => {
    const a = await room('a', 1);
    await room('b', 4);
    const user = shop.as(newUser());
    expect((await user.subscribe(a)).status).toBe(201);
    expect(await user.subscribe(`family:${family}`)).toMatchObject({ status: 200, body: { result: 'unchanged', toPlanId: a } });
    await shop.sql('update plans set on_sale = false, version = version + 1 where id = $1', [a]);
    expect(await user.subscribe(`family:${family}`)).toMatchObject({ status: 200, body: { result: 'unchanged' } });
  });

  test('again with the same key gets the same answer, though another plan would be next by now', async () => {
    const a = await room('a', 1);
    await room('b', 1);
    const [user, key] = [shop.as(newUser()), newKey()];
    expect((await user.subscribe(`family:${family}`, { key })).body.toPlanId).toBe(a);
    const again = await user.subscribe(`family:${family}`, { key });
    expect(again).toMatchObject({ status: 201, body: { toPlanId: a } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  test('that nobody knows, or of which nothing is on sale, is told that there is no such plan', async () => {
    await room('a', 4, 2_500, { onSale: false });
    for (const asked of [`family:${family}`, 'family:nobody-knows']) {
      expect(await shop.as(newUser()).subscribe(asked)).toMatchObject({ status: 422, body: { code: 'plan-not-found', charged: 'no' } });
    }
    expect((await shop.as(newUser()).subscribe('family:')).status).toBe(400);
  });
});

test('a full plan is refused with its alternatives as they are at that moment', async () => {
  const full = await room('full', 1);
  const [near, far] = [await room('near', 3, 2_600), await room('far', 2, 900)];
  expect((await shop.as(newUser()).subscribe(full)).status).toBe(201);
  expect((await shop.as(newUser()).subscribe(near)).status).toBe(201);
  const refused = await shop.as(newUser()).subscribe(full);
  expect(refused).toMatchObject({ status: 409, body: { code: 'plan-full', charged: 'no' } });
  expect(refused.body.alternatives).toEqual([
    { planId: near, left: 2, price: { amount: 2_600, currency: 'USD' } },
    { planId: far, left: 2, price: { amount: 900, currency: 'USD' } },
  ]);
});

test('n-1 items, n buyers: one is refused, the rest are served', async () => {
  const items = 15;
  const plan = await room('items', items);
  const before = (await shop.succeededCharges()).length;
  const answers = await atOnce(items + 1, () => shop.as(newUser()).subscribe(plan));
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([...Array.from({ length: items }, () => 201), 409]);
  expect((await shop.succeededCharges()).length - before).toBe(items);
});
