import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';

const STAGE = '/v1/test/stage';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

describe('the stage of the store', () => {
  test('makes up customers who are believed, are nobody yet and have no role', async () => {
    const [one, other] = await Promise.all([newShopper(), newShopper()]);
    expect(one.userId).not.toBe(other.userId);
    const headers = { authorization: `Bearer ${one.token}` };
    const mine = await fetch(`${shop.url}/v1/me/subscription`, { headers });
    expect([mine.status, (await mine.json()) as object]).toEqual([404, expect.objectContaining({ code: 'not-subscribed' })]);
    for (const path of ['/v1/admin/stats', '/v1/test/clock']) expect((await fetch(`${shop.url}${path}`, { headers })).status).toBe(403);
  });

  test('charges twice for two clicks without protection, and says that they were', async () => {
    const user = newUser();
    const click = { planId: 'pro', paymentMethod: 'pm_card_visa' };
    const send = () => shop.as(user).send('POST', `${STAGE}/naive-clicks`, click);
    for (const { status, body } of await Promise.all([send(), send()])) expect([status, body.answer]).toEqual([200, 'charged']);
    const { body } = await shop.as(user).get(`${STAGE}/charges`);
    expect(body.data).toEqual([unprotected(), unprotected()]);
  });

  test('says of a click with protection that it was, and shows nobody the charges of others', async () => {
    const [user, stranger] = [newUser(), newUser()];
    expect((await shop.as(user).subscribe('pro')).status).toBe(201);
    const { body } = await shop.as(user).get(`${STAGE}/charges`);
    expect(body.data).toEqual([{ ...unprotected(), isProtected: true }]);
    expect((await shop.as(stranger).get(`${STAGE}/charges`)).body.data).toEqual([]);
  });

  test('knows of a naive click what a careless shop knows: a lost answer is none', async () => {
    const impatient = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', GATEWAY_TIMEOUT_MS: '2000' } });
    const user = newUser();
    const click = { planId: 'pro', paymentMethod: 'pm_sandbox_timeout_charged' };
    expect((await impatient.as(user).send('POST', `${STAGE}/naive-clicks`, click)).body.answer).toBe('no_answer');
    expect((await impatient.succeededCharges()).map(({ amount }) => amount)).toEqual([1_900]);
    await impatient.close();
  });

  test('kills no server that nobody would start again', async () => {
    // Without this it would be the tests that end.
    const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
    const client = shop.as(newUser());
    expect((await client.get(`${STAGE}/server`)).body).toMatchObject({ pid: process.pid, comesBack: false });
    const { status, body } = await client.send('POST', `${STAGE}/server/kill`);
    expect([status, body.code, body.charged]).toEqual([409, 'server-not-kept', 'no']);
    expect(kill).not.toHaveBeenCalled();
    kill.mockRestore();
  });

  test('moves the clock for whoever plays, by a month', async () => {
    const { status, body } = await shop.as(newUser()).send('POST', `${STAGE}/month`);
    expect(status).toBe(200);
    expect(body.aheadSeconds).toBeGreaterThanOrEqual(28 * 86_400);
  });

  test('is not there where cards are real', async () => {
    const real = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', GATEWAY: 'stripe', STRIPE_API_KEY: 'sk_test_of_the_tests' } });
    const bearer = { authorization: `Bearer ${(await newShopper()).token}` };
    for (const [method, path] of [
      ['POST', 'shoppers'],
      ['GET', 'charges'],
      ['POST', 'naive-clicks'],
      ['POST', 'cards'],
      ['POST', 'month'],
      ['GET', 'server'],
      ['POST', 'server/kill'],
    ] as const) {
      const answer = await fetch(`${real.url}${STAGE}/${path}`, { method, headers: bearer });
      expect([path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([path, 404, 'not-found']);
    }
    await real.close();
  });
});

async function newShopper(): Promise<{ userId: string; token: string }> {
  const answer = await fetch(`${shop.url}${STAGE}/shoppers`, { method: 'POST' });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { userId: string; token: string };
}

function unprotected(): object {
  return {
    id: expect.stringMatching(/^pi_/),
    amount: { amount: 1_900, currency: 'USD' },
    amountRefunded: { amount: 0, currency: 'USD' },
    status: 'succeeded',
    isProtected: false,
    createdAt: expect.stringMatching(/Z$/),
  };
}
