import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { balancesOf, grant, usd } from '../credits/purses.js';
import { expectInvariants, settled } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';

const REASON = 'an apology for the outage';
const SETTLED_WITHIN_MS = 60_000;

describe.each(['postgres', 'none'] as const)('refunds of one payment at once, in two processes, with leases %s', (leases) => {
  let shops: Shop[];
  beforeAll(async () => {
    const shop = await Shop.open({ leases });
    shops = [shop, await shop.another()];
  });
  afterAll(async () => {
    await expectInvariants(shops[0] as Shop, { settleWithinMs: SETTLED_WITHIN_MS });
    await shops[0]?.close();
  });

  /** Somebody who has paid 1900, of which so much with credit. */
  async function paid(credit = 0): Promise<{ id: string; user: string; charge: string }> {
    const [shop, user] = [shops[0] as Shop, newUser()];
    if (credit > 0) await grant(shop, user, credit);
    const { body } = await shop.as(user).subscribe('pro');
    return { id: body.id, user, charge: body.gateway.reference };
  }

  /** Each by another person, half of them in either process. */
  const refund = (id: string, n: number, body: object) =>
    (shops[n % 2] as Shop)
      .as(`operator_${n}`, ['operator'])
      .post(`/v1/admin/operations/${id}/refund`, { reason: REASON, ...body }, { key: newKey() });

  /** What the gateway has given back of a charge, as it shows it when all is over. */
  async function givenBack(charge: string): Promise<number | undefined> {
    await settled(shops[0] as Shop, SETTLED_WITHIN_MS);
    return (await (shops[0] as Shop).charges()).find(({ id }) => id === charge)?.amountRefunded;
  }

  test('32 parts that fit are all given back, and what was paid is what the gateway gives back', async () => {
    const { id, charge } = await paid();
    const answers = await atOnce(32, (n) => refund(id, n, { amount: usd(n < 31 ? 59 : 71) }));
    expect(answers.filter(({ status }) => status > 202)).toEqual([]);
    expect(await givenBack(charge)).toBe(1_900);
  });

  test('of 32 parts of which a few fit the gateway is asked for no more than was paid', async () => {
    const { id, charge } = await paid();
    const answers = await atOnce(32, (n) => refund(id, n, { amount: usd(300) }));
    expect(answers.filter(({ status }) => status <= 202)).toHaveLength(6);
    expect(answers.filter(({ status }) => status > 202).map(({ body }) => body.code)).toEqual(Array(26).fill('refund-exceeds-payment'));
    expect(await givenBack(charge)).toBe(1_800);
  });

  test('all that is left is given back once, whoever asks for it', async () => {
    const { id, charge } = await paid();
    const answers = await atOnce(16, (n) => refund(id, n, {}));
    expect(answers.filter(({ status }) => status <= 202)).toHaveLength(1);
    expect(await givenBack(charge)).toBe(1_900);
  });

  test('to the card and as credit it is together no more than was paid', async () => {
    const { id, user, charge } = await paid(500);
    await atOnce(32, (n) => refund(id, n, { amount: usd(110), to: n % 2 < 1 ? 'card' : 'credit' }));
    const [card, credit] = [await givenBack(charge), (await balancesOf(shops[0] as Shop, user))['USD']];
    expect(card).toBeLessThanOrEqual(1_400);
    expect((card as number) + (credit as number)).toBe(17 * 110);
  });
});
