import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chargesOf } from '../contention/bookkeeping.js';
import { balancesOf, grant, transfer, userWith } from '../credits/purses.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';

const REASON = 'decided in the meeting';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

/** What a window shows, and the ETag that it sends with what is pressed in it. */
async function windowOn(client: Client, path: string): Promise<{ seen: Answer; ifMatch: string }> {
  const seen = await client.get(path);
  return { seen, ifMatch: seen.headers.get('etag') as string };
}

const ascending = (one: number, other: number) => one - other;

function expectConceded(answer: Answer, code: string, embedded: string): void {
  expect([answer.status, answer.body]).toMatchObject([412, { code, charged: 'no', retryable: false }]);
  expect(answer.headers.get('etag')).toBe(`"${answer.body[embedded].version}"`);
}

describe('the test of the two windows: one concedes, the other acts on what it saw before', () => {
  test('for plans: a window that still shows the old plan changes nothing, is shown the new one, and can ask again', async () => {
    const user = newUser();
    const client = shop.as(user);
    await client.subscribe('basic');
    const [one, other] = [await windowOn(client, '/v1/me/subscription'), await windowOn(client, '/v1/me/subscription')];
    expect((await client.subscribe('pro', { 'if-match': one.ifMatch })).status).toBe(200);

    const late = await client.subscribe('free', { effective: 'now', 'if-match': other.ifMatch });
    expectConceded(late, 'subscription-changed', 'subscription');
    expect(late.body.subscription).toMatchObject({ planId: 'pro', version: 2 });
    expect((await client.get('/v1/me/subscription')).body.planId).toBe('pro');
    expect(await chargesOf(shop, user)).toHaveLength(2);

    const again = await client.subscribe('free', { 'if-match': late.headers.get('etag') as string });
    expect([again.status, again.body.subscription.pendingChange]).toMatchObject([200, { planId: 'free' }]);
  });

  test('for plans, at the same moment: of two windows that show the same, one is served and the other concedes', async () => {
    const user = newUser();
    const client = shop.as(user);
    await client.subscribe('basic');
    const { ifMatch } = await windowOn(client, '/v1/me/subscription');
    const answers = await atOnce(2, (n) => client.subscribe(n ? 'pro' : 'team', { 'if-match': ifMatch }));
    expect(answers.map(({ status }) => status).sort(ascending)).toEqual([200, 412]);
    const served = answers.find(({ status }) => status === 200) as Answer;
    expect((await client.get('/v1/me/subscription')).body.planId).toBe(served.body.toPlanId);
  });

  test.each([
    ['cancel', { at: 'period_end' }],
    ['resume', {}],
  ])('for plans: %s', async (verb, body) => {
    const client = shop.as(newUser());
    await client.subscribe('basic');
    if (verb === 'resume') await client.post('/v1/me/subscription/cancel', { at: 'period_end' });
    const { ifMatch } = await windowOn(client, '/v1/me/subscription');
    await client.subscribe('pro');
    const before = (await client.get('/v1/me/subscription')).body;
    const late = await client.post(`/v1/me/subscription/${verb}`, body, { 'if-match': ifMatch });
    expectConceded(late, 'subscription-changed', 'subscription');
    expect((await client.get('/v1/me/subscription')).body).toEqual(before);
    expect((await client.post(`/v1/me/subscription/${verb}`, body, { 'if-match': `"${before.version}"` })).status).toBe(200);
  });

  test('for credits: a window that still shows the old balance gives nothing away, is shown the new one, and can ask again', async () => {
    const [user, friend] = [await userWith(shop, { USD: 1_000 }), newUser()];
    const client = shop.as(user);
    const [one, other] = [await windowOn(client, '/v1/me/credits'), await windowOn(client, '/v1/me/credits')];
    expect((await transfer(shop, user, friend, 600, { 'if-match': one.ifMatch })).status).toBe(201);

    const late = await transfer(shop, user, friend, 300, { 'if-match': other.ifMatch });
    expectConceded(late, 'credits-changed', 'credits');
    expect(late.body.credits.data).toEqual([{ currency: 'USD', balance: 400, reserved: 0 }]);
    expect([await balancesOf(shop, user), await balancesOf(shop, friend)]).toEqual([{ USD: 400 }, { USD: 600 }]);

    expect((await transfer(shop, user, friend, 300, { 'if-match': late.headers.get('etag') as string })).status).toBe(201);
  });

  test('for credits: what a subscription used up in another window counts, and so does what moved in another currency', async () => {
    const user = await userWith(shop, { USD: 1_000, EUR: 5 });
    const { ifMatch } = await windowOn(shop.as(user), '/v1/me/credits');
    expect((await shop.as(user).subscribe('basic')).status).toBe(201);
    expectConceded(await transfer(shop, user, newUser(), 5, { currency: 'EUR', 'if-match': ifMatch }), 'credits-changed', 'credits');
    const second = await windowOn(shop.as(user), '/v1/me/credits');
    await grant(shop, user, 5, { currency: 'JPY' });
    expectConceded(await transfer(shop, user, newUser(), 5, { currency: 'EUR', 'if-match': second.ifMatch }), 'credits-changed', 'credits');
  });

  test('for credits, at the same moment: of eight windows that show the same, one is served and the others concede', async () => {
    const [user, friend] = [await userWith(shop, { USD: 1_000 }), newUser()];
    const { ifMatch } = await windowOn(shop.as(user), '/v1/me/credits');
    const answers = await atOnce(8, (n) => transfer(shop, user, friend, 10 + n, { 'if-match': ifMatch }));
    expect(answers.map(({ status }) => status).sort(ascending)).toEqual([201, ...Array(7).fill(412)]);
    const served = answers.find(({ status }) => status === 201) as Answer;
    expect(await balancesOf(shop, friend)).toEqual({ USD: served.body.amount.amount });
  });

  test('for the catalogue: of two admins who saw the same plan, one is served and the other sees what became of it', async () => {
    const admin = shop.as('admin_1', ['admin']);
    const change = (more: object, headers: Record<string, string>) =>
      admin.send('PATCH', '/v1/admin/plans/pro', { reason: REASON, ...more }, { 'idempotency-key': newKey(), ...headers });
    const { body } = await admin.get('/v1/admin/plans');
    const { version } = body.data.find(({ id }: { id: string }) => id === 'pro');
    const first = await change({ name: 'Pro plus' }, { 'if-match': `"${version}"` });
    expect([first.status, first.headers.get('etag'), first.body.version]).toEqual([200, `"${version + 1}"`, version + 1]);

    const late = await change({ price: { amount: 1, currency: 'USD' } }, { 'if-match': `"${version}"` });
    expect([late.status, late.body]).toMatchObject([412, { code: 'plan-changed', charged: 'no', plan: { id: 'pro', name: 'Pro plus' } }]);
    expect(late.headers.get('etag')).toBe(`"${version + 1}"`);
    expect(await shop.sql(`select price_amount::int from plans where id = 'pro'`)).toEqual([{ price_amount: 1_900 }]);
    expect(await shop.sql(`select 1 from audit where object = 'pro'`)).toHaveLength(1);
  });

  test('for the catalogue, at the same moment: one price wins', async () => {
    const admin = shop.as('admin_1', ['admin']);
    const [{ version }] = await shop.sql(`select version from plans where id = 'team'`);
    const answers = await atOnce(4, (n) =>
      admin.send(
        'PATCH',
        '/v1/admin/plans/team',
        { reason: REASON, price: { amount: 100 + n, currency: 'USD' } },
        { 'idempotency-key': newKey(), 'if-match': `"${version}"` },
      ),
    );
    expect(answers.map(({ status }) => status).sort(ascending)).toEqual([200, 412, 412, 412]);
  });

  describe('for an operation', () => {
    async function waiting(): Promise<{ client: Client; path: string; ifMatch: string }> {
      const client = shop.as(newUser());
      const { body } = await client.subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' });
      expect(body.status).toBe('requires_action');
      const path = `/v1/operations/${body.id}`;
      return { client, path, ifMatch: (await windowOn(client, path)).ifMatch };
    }

    test.each(['cancel', 'confirm'])('%s acts on what was seen', async (verb) => {
      const { client, path, ifMatch } = await waiting();
      const key = newKey();
      const acted = await client.post(`${path}/${verb}`, {}, { key, 'if-match': ifMatch });
      expect(acted.status).toBe(verb === 'cancel' ? 200 : 202);
      expect(acted.body.version).toBeGreaterThan(Number(ifMatch.slice(1, -1)));
      const again = await client.post(`${path}/${verb}`, {}, { key, 'if-match': ifMatch });
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([acted.status, 'true']);
    });

    test.each(['cancel', 'confirm'])('%s concedes where it has moved since, and is shown how it stands', async (verb) => {
      const { client, path, ifMatch } = await waiting();
      await client.post(`${path}/confirm`);
      const before = (await client.get(path)).body;
      const late = await client.post(`${path}/${verb}`, {}, { 'if-match': ifMatch });
      expectConceded(late, 'operation-changed', 'operation');
      expect((await client.get(path)).body).toEqual(before);
      expect((await client.post(`${path}/${verb}`, {}, { 'if-match': late.headers.get('etag') as string })).status).toBeLessThan(300);
    });

    test('of eight persons who saw the same payment and give a part of it back one is served and the others concede', async () => {
      const { id } = (await shop.as(newUser()).subscribe('pro')).body;
      const path = `/v1/admin/operations/${id}`;
      const { ifMatch } = await windowOn(shop.as('admin_1', ['admin']), path);
      const wish = { amount: { amount: 100, currency: 'USD' }, reason: REASON };
      const answers = await atOnce(8, (n) => shop.as(`operator_${n}`, ['operator']).post(`${path}/refund`, wish, { 'if-match': ifMatch }));
      expect(answers.map(({ status }) => status).sort(ascending)).toEqual([200, ...Array(7).fill(412)]);
      for (const late of answers.filter(({ status }) => status === 412)) expectConceded(late, 'operation-changed', 'operation');
      expect((await shop.as('admin_1', ['admin']).get(path)).body.refunded.toCard.amount).toBe(100);
    });

    test('evidence that was found before somebody asked the gateway again ends nothing', async () => {
      const admin = shop.as('admin_1', ['admin']);
      const { id } = (await shop.as(newUser()).subscribe('pro', { paymentMethod: 'pm_sandbox_500_uncharged' })).body;
      const path = `/v1/admin/operations/${id}`;
      const { seen, ifMatch } = await windowOn(admin, path);
      expect(seen.body.status).toBe('unknown');
      expect((await admin.post(`${path}/recover`, { reason: REASON }, { 'if-match': ifMatch })).status).toBe(200);
      const late = await admin.post(`${path}/resolve`, { outcome: 'not_charged', reason: REASON }, { 'if-match': ifMatch });
      expectConceded(late, 'operation-changed', 'operation');
      expect(await shop.sql('select action from audit where object = $1', [id])).toEqual([{ action: 'operation.recover' }]);
    });
  });
});
