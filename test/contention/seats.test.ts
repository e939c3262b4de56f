import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { inTheWay } from '../kit/in-the-way.js';
import { expectInvariants } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';

describe.each(['redlock', 'none'] as const)('with leases %s', (leases) => {
  let shop: Shop;
  let other: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ leases });
    other = await shop.another();
    for (const one of [shop, other]) await atOnce(16, () => one.as(newUser()).subscribe('basic'));
  });
  afterEach(() => expectInvariants(shop));
  afterAll(() => shop?.close());

  const at = (index: number): Shop => (index % 2 === 0 ? shop : other);

  const room = async (capacity: number): Promise<string> => {
    const id = `room-${randomUUID().slice(0, 8)}`;
    const plan = `insert into plans (id, name, price_amount, price_currency, "interval", capacity) values ($1, $1, 2500, 'USD', 'month', $2)`;
    await shop.sql(plan, [id, capacity]);
    return id;
  };

  const seats = async (id: string): Promise<{ held: number; taken: number }> => {
    const [row] = await shop.sql('select seats_held as held, seats_taken as taken from plans where id = $1', [id]);
    return row as { held: number; taken: number };
  };

  test.each([2, 16])(
    'of %i users who want the last seat one gets it and pays, and the others learn that the plan is full',
    async (count) => {
      const plan = await room(1);
      const before = (await shop.succeededCharges()).length;
      const answers = await atOnce(count, (index) => at(index).as(newUser()).subscribe(plan));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(isFull)).toHaveLength(count - 1);
      expect((await shop.succeededCharges()).length - before).toBe(1);
      expect(await seats(plan)).toEqual({ held: 0, taken: 1 });
    },
  );

  test('whose card is declined gives the seat back, whatever others do meanwhile', async () => {
    const plan = await room(4);
    const answers = await atOnce(16, (index) =>
      at(index)
        .as(newUser())
        .subscribe(plan, { paymentMethod: index % 2 === 0 ? 'pm_card_visa' : 'pm_card_chargeDeclined' }),
    );
    const taken = answers.filter(({ status }) => status === 201).length;
    expect(answers.filter(({ status }) => ![201, 402, 409].includes(status))).toEqual([]);
    expect(await seats(plan)).toEqual({ held: 0, taken });
    expect((await shop.as(newUser()).subscribe(plan)).status).toBe(taken < 4 ? 201 : 409);
  });

  test('those who leave make room for those who come, one for one', async () => {
    const plan = await room(4);
    const subscribers = Array.from({ length: 4 }, newUser);
    for (const user of subscribers) expect((await shop.as(user).subscribe(plan)).status).toBe(201);
    const answers = await atOnce(12, (index) => {
      const leaver = subscribers[index];
      return leaver ? at(index).as(leaver).post('/v1/me/subscription/cancel', { at: 'now' }) : at(index).as(newUser()).subscribe(plan);
    });
    expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const came = answers.slice(4).filter(({ status }) => status === 201).length;
    expect(answers.slice(4).filter(isFull)).toHaveLength(8 - came);
    expect(await seats(plan)).toEqual({ held: 0, taken: came });
  });

  test('a seat that is given back while a buyer waits for the plan is sold to them', async () => {
    const plan = await room(1);
    await shop.sql('update plans set seats_taken = 1 where id = $1', [plan]);
    const leaving = { text: 'update plans set seats_taken = 0 where id = $1', values: [plan] };
    const answer = await inTheWay(shop, leaving, async (waiting, client) => {
      const coming = shop.as(newUser()).subscribe(plan);
      await waiting(1);
      await client.query('commit');
      return coming;
    });
    expect(answer.status).toBe(201);
    expect(await seats(plan)).toEqual({ held: 0, taken: 1 });
  });

  test('users who want each other’s plan, each the last seat of it, keep their own and block nobody', async () => {
    const [one, two] = [await room(1), await room(1)];
    const [ann, bob] = [newUser(), newUser()];
    await Promise.all([shop.as(ann).subscribe(one), shop.as(bob).subscribe(two)]);
    await shop.sql('update plans set price_amount = 2600, version = version + 1 where id = any($1)', [[one, two]]);
    const answers = await atOnce(8, (index) =>
      at(index >> 1)
        .as(index % 2 === 0 ? ann : bob)
        .subscribe(index % 2 === 0 ? two : one),
    );
    expect(answers.filter((answer) => !isFull(answer))).toEqual([]);
    expect([await seats(one), await seats(two)]).toEqual([
      { held: 0, taken: 1 },
      { held: 0, taken: 1 },
    ]);
  });

  test('users who take one plan in two directions do not deadlock', async () => {
    const [one, two] = [await room(20), await room(20)];
    const users = Array.from({ length: 16 }, newUser);
    await Promise.all(
      users.map((user, index) =>
        at(index)
          .as(user)
          .subscribe(index % 2 === 0 ? one : two),
      ),
    );
    await shop.sql('update plans set price_amount = 2600, version = version + 1 where id = any($1)', [[one, two]]);
    const answers = await atOnce(16, (index) =>
      at(index)
        .as(users[index] as string)
        .subscribe(index % 2 === 0 ? two : one),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await seats(one)).toEqual({ held: 0, taken: 8 });
    expect(await seats(two)).toEqual({ held: 0, taken: 8 });
  });

  test('seats_within_capacity refuses what no statement of ours may write', async () => {
    const plan = await room(1);
    const oversell = shop.sql('update plans set seats_held = 1, seats_taken = 1 where id = $1', [plan]);
    await expect(oversell).rejects.toMatchObject({ constraint: 'seats_within_capacity' });
  });

  test('a price that changed since the plan was read is the price that is charged', async () => {
    const plan = await room(10);
    expect((await shop.as(newUser()).subscribe(plan)).body.amount.amount).toBe(2_500);
    await shop.sql('update plans set price_amount = 2700, version = version + 1 where id = $1', [plan]);
    const answer = await shop.as(newUser()).subscribe(plan);
    expect(answer.body).toMatchObject({ amount: { amount: 2_700 }, subscription: { price: { amount: 2_700 } } });
  });
});

function isFull({ status, body }: Answer): boolean {
  return status === 409 && body.code === 'plan-full' && body.charged === 'no';
}
