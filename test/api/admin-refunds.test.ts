import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { balancesOf, grant, usd } from '../credits/purses.js';
import { whileHeld } from '../kit/held.js';
import { expectInvariants } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer, type Client } from '../kit/shop.js';
import { atOnce, eventually } from '../kit/waiting.js';

const REASON = 'an apology for the outage';

let shop: Shop;
let operator: Client;
beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  operator = shop.as('operator_1', ['operator']);
});
afterAll(async () => {
  await expectInvariants(shop);
  await shop.close();
});

interface Payment {
  id: string;
  user: string;
  /** The gateway's id of the charge. */
  charge: string;
}

/** Somebody who has paid 1900 for a plan, of which so much with credit. */
async function paid(credit = 0): Promise<Payment> {
  const user = newUser();
  if (credit > 0) expect((await grant(shop, user, credit)).status).toBe(201);
  const { status, body } = await shop.as(user).subscribe('pro');
  expect([status, body.amount]).toEqual([201, usd(1_900 - credit)]);
  return { id: body.id, user, charge: body.gateway.reference };
}

function refund(
  id: string,
  body: object = {},
  headers: { key?: string } & Record<string, string> = {},
  client = operator,
): Promise<Answer> {
  return client.post(`/v1/admin/operations/${id}/refund`, { reason: REASON, ...body }, headers);
}

const detailOf = async (id: string) => (await operator.get(`/v1/admin/operations/${id}`)).body;
const auditOf = (id: string) => shop.sql('select actor, action, reason, before, after from audit where object = $1 order by number', [id]);
const left = (toCard: number, toCredit = toCard) => ({ toCard: usd(toCard), toCredit: usd(toCredit) });

/** What the gateway gave back of a charge, refund by refund. */
async function givenBack(charge: string): Promise<number[]> {
  const headers = { authorization: 'Bearer sk_test_1' };
  const response = await fetch(`${shop.gatewayUrl}/v1/refunds?limit=100&payment_intent=${charge}`, { headers });
  return ((await response.json()) as { data: { amount: number }[] }).data.map(({ amount }) => amount);
}

describe('a refund to the card', () => {
  test('gives back all that was charged, as an operation of its own', async () => {
    const { id, user, charge } = await paid();
    const { status, headers, body } = await refund(id);
    expect([status, body]).toMatchObject([
      200,
      { kind: 'refund', status: 'succeeded', charged: 'no', refundOf: id, userId: user, amount: usd(1_900), refunded: null },
    ]);
    expect([headers.get('operation-id'), headers.get('location')]).toEqual([body.id, `/v1/admin/operations/${body.id}`]);
    expect(await givenBack(charge)).toEqual([1_900]);
    expect(await detailOf(id)).toMatchObject({ status: 'succeeded', charged: 'yes', refunded: left(1_900, 0) });
  });

  test('gives back a part, and another part, and then what is left', async () => {
    const { id, charge } = await paid();
    expect((await refund(id, { amount: usd(400) })).body).toMatchObject({ status: 'succeeded', amount: usd(400) });
    expect((await refund(id, { amount: usd(500), to: 'card' })).status).toBe(200);
    expect((await detailOf(id)).refunded).toEqual(left(900, 0));
    expect((await refund(id)).body.amount).toEqual(usd(1_000));
    expect((await givenBack(charge)).toSorted((a, b) => a - b)).toEqual([400, 500, 1_000]);
  });

  test('never gives back more than was charged', async () => {
    const { id, charge } = await paid();
    await refund(id, { amount: usd(1_500) });
    const answer = await refund(id, { amount: usd(401) });
    expect(answer.body).toMatchObject({ status: 409, code: 'refund-exceeds-payment', charged: 'no', operationId: id, left: left(400) });
    expect(answer.body.operation).toMatchObject({ id, refunded: left(1_500, 0) });
    expect(answer.body.detail).toContain('400');
    expect((await refund(id, { amount: usd(400) })).status).toBe(200);
    expect((await refund(id)).body).toMatchObject({ code: 'refund-exceeds-payment', left: left(0) });
    expect((await givenBack(charge)).reduce((sum, amount) => sum + amount, 0)).toBe(1_900);
  });

  test('gives nothing back of what was paid with credit', async () => {
    const { id, charge } = await paid(600);
    expect((await refund(id, { amount: usd(1_301) })).body).toMatchObject({ code: 'refund-exceeds-payment', left: left(1_300, 1_900) });
    expect((await refund(id)).body.amount).toEqual(usd(1_300));
    expect(await givenBack(charge)).toEqual([1_300]);
  });

  test('is seen by its user, who is told of it and of what is left', async () => {
    const { id, user } = await paid();
    const { body } = await refund(id, { amount: usd(300) });
    const mine = (await shop.as(user).get('/v1/me/operations')).body.data;
    expect(mine).toMatchObject([
      { id: body.id, kind: 'refund', refundOf: id },
      { id, refunded: left(300, 0) },
    ]);
    const told = await shop.sql(`select data from events where user_id = $1 and data->>'kind' = 'subscribe' order by number desc limit 1`, [
      user,
    ]);
    expect(told).toMatchObject([{ data: { refunded_to_card: 300 } }]);
  });

  test('whose answer was lost is open, and done once when it is looked for', async () => {
    const { id, charge } = await paid();
    await shop.gateway('POST', '/sandbox/faults', { of: 'refund', next: ['500_charged'] });
    const key = newKey();
    const answer = await refund(id, { amount: usd(700) }, { key });
    // The first call was answered with an error, and what it had made was found by its reference.
    expect([200, 202]).toContain(answer.status);
    await operator.post(`/v1/admin/operations/${answer.body.id}/recover`, { reason: REASON });
    expect(await detailOf(answer.body.id)).toMatchObject({ status: 'succeeded', charged: 'no' });
    expect(await givenBack(charge)).toEqual([700]);
  });

  test('that did not reach the gateway is open and counted, and is carried on by itself', async () => {
    const { id, charge } = await paid();
    await shop.gateway('POST', '/sandbox/faults', { of: 'refund', next: ['rate_limited'] });
    const answer = await refund(id);
    expect([answer.status, answer.body]).toMatchObject([202, { status: 'unknown', charged: 'unknown' }]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await refund(id, { amount: usd(1) })).body.code).toBe('refund-exceeds-payment');
    await operator.post(`/v1/admin/operations/${answer.body.id}/recover`, { reason: REASON });
    expect((await detailOf(answer.body.id)).status).toBe('succeeded');
    expect(await givenBack(charge)).toEqual([1_900]);
  });
});

describe('a refund to credit', () => {
  test('is there at once and leaves the card alone', async () => {
    const { id, user, charge } = await paid();
    const { status, body } = await refund(id, { to: 'credit', amount: usd(700) });
    expect([status, body]).toMatchObject([
      200,
      { kind: 'refund', status: 'succeeded', charged: 'no', amount: usd(0), creditGranted: usd(700), refundOf: id },
    ]);
    expect(await balancesOf(shop, user)).toEqual({ USD: 700 });
    const { data } = (await shop.as(user).get('/v1/me/credits/entries')).body;
    expect(data).toMatchObject([{ kind: 'refund', amount: usd(700), operationId: body.id }]);
    expect(await givenBack(charge)).toEqual([]);
    expect((await detailOf(id)).refunded).toEqual(left(0, 700));
  });

  test('gives back what was paid with credit as well', async () => {
    const { id, user } = await paid(600);
    expect((await refund(id, { to: 'credit' })).body.creditGranted).toEqual(usd(1_900));
    expect(await balancesOf(shop, user)).toEqual({ USD: 1_900 });
  });

  test('leaves that much less for the card, and the other way round', async () => {
    const [one, other] = [await paid(600), await paid()];
    await refund(one.id, { to: 'credit', amount: usd(900) });
    expect((await refund(one.id, { amount: usd(1_001) })).body).toMatchObject({ code: 'refund-exceeds-payment', left: left(1_000) });
    await refund(other.id, { amount: usd(1_400) });
    expect((await refund(other.id, { to: 'credit', amount: usd(501) })).body).toMatchObject({
      code: 'refund-exceeds-payment',
      left: left(500),
    });
    expect((await refund(other.id, { to: 'credit' })).body.creditGranted).toEqual(usd(500));
  });

  test('is refused where the account cannot hold so much, and leaves nothing', async () => {
    const { id, user } = await paid();
    await shop.sql(
      `with account as (insert into credit_accounts (user_id, currency, balance, version) values ($1, 'USD', 999999999000, 2))
       insert into credit_entries (movement_id, user_id, account, currency, amount, kind)
       select gen_random_uuid(), $1, 'promotion', 'USD', 0, 'grant' where false`,
      [user],
    );
    expect((await refund(id, { to: 'credit', amount: usd(1_001) })).body).toMatchObject({ status: 409, code: 'credit-limit-reached' });
    expect((await detailOf(id)).refunded).toEqual(left(0));
    await shop.sql('delete from credit_accounts where user_id = $1', [user]);
  });
});

describe('is refused and leaves no trace', () => {
  const untouched = async (id: string, code: string, body: object = {}) => {
    const before = withoutRequest(await detailOf(id));
    const key = newKey();
    const answers = [await refund(id, body, { key }), await refund(id, body, { key })];
    expect(answers.map(({ body: { code: said } }) => said)).toEqual([code, code]);
    expect(withoutRequest(await detailOf(id))).toEqual(before);
    return answers[0] as Answer;
  };

  test.each([
    ['free', 'pm_card_visa', 'Nothing was paid.'],
    ['pro', 'pm_card_chargeDeclined', 'Only what an operation that succeeded was paid with is given back.'],
    ['pro', 'pm_card_authenticationRequired', 'Only what an operation that succeeded was paid with is given back.'],
  ])('of %s with %s', async (plan, paymentMethod, detail) => {
    const { body } = await shop.as(newUser()).subscribe(plan, { paymentMethod });
    const answer = await untouched(body.operationId ?? body.id, 'operation-not-refundable');
    expect(answer.body).toMatchObject({ status: 409, charged: 'no', detail, operation: { id: body.operationId ?? body.id } });
    const { actions } = await detailOf(body.operationId ?? body.id);
    expect(actions).toContainEqual({ name: 'refund', enabled: false, disabledReason: detail });
  });

  test('of a refund', async () => {
    const { id } = await paid();
    await untouched((await refund(id, { amount: usd(100) })).body.id, 'operation-not-refundable');
  });

  test('of more than was paid', async () => {
    await untouched((await paid()).id, 'refund-exceeds-payment', { amount: usd(1_901) });
  });

  test('in another currency, of nothing, to nowhere', async () => {
    const { id } = await paid();
    const answer = await untouched(id, 'validation-failed', { amount: { amount: 100, currency: 'EUR' } });
    expect(answer.body.errors).toEqual([{ pointer: '/amount/currency', detail: 'must be USD, in which it was paid' }]);
    for (const wrong of [
      { amount: usd(0) },
      { amount: usd(-1) },
      { amount: usd(1.5) },
      { amount: 100 },
      { to: 'iban' },
      { reason: 'short' },
    ])
      expect((await untouched(id, 'validation-failed', wrong)).status).toBe(400);
  });

  test('what is not there', async () => {
    expect((await refund('op_01k0000000e0080000000000000')).body).toMatchObject({ status: 404, code: 'not-found' });
  });

  test('where its caller saw another version; with the version of now it is done', async () => {
    const { id } = await paid();
    const seen = (await operator.get(`/v1/admin/operations/${id}`)).headers.get('etag') as string;
    await refund(id, { amount: usd(100) }, { 'if-match': seen });
    const late = await refund(id, { amount: usd(100) }, { 'if-match': seen });
    expect(late.body).toMatchObject({ status: 412, code: 'operation-changed', operation: { id, refunded: left(100, 0) } });
    const now = late.headers.get('etag') as string;
    expect(now).toBe(`"${late.body.operation.version}"`);
    expect((await refund(id, { amount: usd(100) }, { 'if-match': now })).status).toBe(200);
  });
});

describe('one key', () => {
  test('is one refund, however often it is sent; another request with it is refused', async () => {
    const { id, charge } = await paid();
    const key = newKey();
    const first = await refund(id, { amount: usd(400) }, { key });
    const again = await refund(id, { amount: usd(400) }, { key });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.id]).toEqual([200, 'true', first.body.id]);
    expect((await refund(id, { amount: usd(401) }, { key })).body.code).toBe('idempotency-key-reused');
    expect((await refund((await paid()).id, { amount: usd(400) }, { key })).body.code).toBe('idempotency-key-reused');
    expect(await givenBack(charge)).toEqual([400]);
    expect(await auditOf(id)).toHaveLength(1);
  });

  test('is one refund when it is sent ten times at once', async () => {
    const { id, charge } = await paid();
    const key = newKey();
    const answers = await atOnce(10, () => refund(id, { amount: usd(400) }, { key }));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    await eventually(
      () => givenBack(charge),
      (given) => given.length === 1,
    );
    expect((await detailOf(id)).refunded).toEqual(left(400, 0));
  });

  test('of two persons is two refunds', async () => {
    const { id, charge } = await paid();
    const key = newKey();
    const other = await refund(id, { amount: usd(400) }, { key }, shop.as('operator_2', ['operator']));
    expect((await refund(id, { amount: usd(400) }, { key })).body.id).not.toBe(other.body.id);
    expect(await givenBack(charge)).toEqual([400, 400]);
  });

  test('that was forgotten and is used anew is another refund', async () => {
    const { id, charge } = await paid();
    const key = newKey();
    await refund(id, { amount: usd(400) }, { key });
    await shop.sql('delete from operation_keys where idempotency_key = $1', [key]);
    expect((await refund(id, { amount: usd(400) }, { key })).headers.get('idempotent-replayed')).toBeNull();
    expect(await givenBack(charge)).toEqual([400, 400]);
  });

  test('whose refund could not be carried out while its user paid for something else does it when it comes again', async () => {
    const { id, user, charge } = await paid();
    const key = newKey();
    let waited: Answer | null = null;
    await whileHeld(
      shop,
      () => shop.as(user).subscribe('team'),
      async () => {
        waited = await refund(id, { amount: usd(400) }, { key });
      },
    );
    expect(waited).toMatchObject({ status: 202, body: { status: 'pending', charged: 'unknown' } });
    expect(await givenBack(charge)).toEqual([]);
    const again = await eventually(
      () => refund(id, { amount: usd(400) }, { key }),
      ({ status }) => status === 200,
    );
    expect(again.body).toMatchObject({ id: (waited as Answer | null)?.body.id, status: 'succeeded' });
    expect(await givenBack(charge)).toEqual([400]);
  });
});

describe('the audit', () => {
  test('says who gave back how much, where to, and why, in the transaction that records it', async () => {
    const { id } = await paid();
    const { body } = await refund(id, { amount: usd(300) });
    expect(await auditOf(id)).toMatchObject([
      {
        actor: 'operator_1',
        action: 'operation.refund',
        reason: REASON,
        before: { refundedToCard: 0, refundedToCredit: 0 },
        after: { refundedToCard: 300, refundedToCredit: 0, refund: body.id, to: 'card', amount: usd(300) },
      },
    ]);
    const { audit, timeline } = await detailOf(id);
    expect(audit).toHaveLength(1);
    expect(timeline.at(-1)).toMatchObject({ type: 'refunding', data: { amount: 300, to: 'card' } });
  });
});

/** A problem bears the id of the request that shows it, and what is shown says when that was. */
function withoutRequest<T extends { problem: object | null }>(operation: T): T {
  return { ...operation, now: null, problem: operation.problem && { ...operation.problem, requestId: null } };
}
