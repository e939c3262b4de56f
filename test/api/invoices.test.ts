import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Invoicing } from '../../src/operations/invoicing/invoicing.js';
import { fromPublicId } from '../../src/platform/ids.js';
import { userWith } from '../credits/purses.js';
import { buildGate, whileGateIsClosed } from '../invoices/held.js';
import { expectInvoices } from '../kit/invoice-invariants.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';

let shop: Shop;
beforeAll(async () => {
  // Nobody sweeps but the tests.
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

const sql = (text: string, values?: unknown[]) => shop.sql(text, values);
const number = () => shop.service.app.get(Invoicing).sweep();
const invoicesOf = async (user: string, query = '') => (await shop.as(user).get(`/v1/me/invoices${query}`)).body;

/** Somebody who pays for a plan, and then for each of the others in its turn. */
async function payer(...plans: string[]): Promise<string> {
  const user = newUser();
  for (const plan of plans) expect((await shop.as(user).subscribe(plan)).body.status).toBe('succeeded');
  return user;
}

describe('a charge', () => {
  test('has an invoice as soon as it is numbered, which says what was paid, for what and when', async () => {
    const user = newUser();
    const { body: operation } = await shop.as(user).subscribe('pro');
    expect(await invoicesOf(user)).toEqual({ object: 'list', data: [], nextCursor: null });
    await number();
    const { data } = await invoicesOf(user);
    expect(data).toEqual([
      {
        object: 'invoice',
        id: expect.stringMatching(/^inv_[0-9a-z]{26}$/),
        number: expect.stringMatching(/^\d{4}-\d{6}$/),
        status: 'paid',
        operationId: operation.id,
        userId: user,
        planId: 'pro',
        lines: [{ type: 'plan', description: 'Pro', planId: 'pro', amount: operation.amount }],
        subtotal: operation.amount,
        creditApplied: { amount: 0, currency: 'USD' },
        total: operation.amount,
        tax: [],
        amountRefunded: { amount: 0, currency: 'USD' },
        period: data[0].period,
        chargedAt: operation.settledAt,
        issuedAt: expect.any(String),
        paymentReference: operation.gateway.reference,
      },
    ]);
    expect((await shop.as(user).get(`/v1/me/invoices/${data[0].id}`)).body).toEqual(data[0]);
    await expectInvoices(sql);
  });

  test('that credit paid for in part, and a step up, have lines that sum to what the card was charged', async () => {
    const user = await userWith(shop, { USD: 300 });
    await shop.as(user).subscribe('basic');
    await shop.as(user).subscribe('pro');
    await number();
    const { data } = await invoicesOf(user);
    const sums = data.map(({ lines }: { lines: { amount: { amount: number } }[] }) =>
      lines.reduce((sum, line) => sum + line.amount.amount, 0),
    );
    expect(sums).toEqual(data.map(({ total }: { total: { amount: number } }) => total.amount));
    expect(data[1]).toMatchObject({ subtotal: { amount: 900 }, creditApplied: { amount: 300 }, total: { amount: 600 } });
    expect(data[1].lines.at(-1)).toEqual({
      type: 'credit_applied',
      description: 'Credit applied',
      planId: null,
      amount: { amount: -300, currency: 'USD' },
    });
  });

  test('that was declined, and what costs nothing, have none', async () => {
    const user = newUser();
    await shop.as(user).subscribe('pro', { paymentMethod: 'pm_card_chargeDeclined' });
    await shop.as(user).subscribe('free');
    await number();
    expect((await invoicesOf(user)).data).toEqual([]);
  });

  test('that is given back later leaves its invoice as it was, and says what was given back', async () => {
    const user = await payer('pro');
    await number();
    const { data: before } = await invoicesOf(user);
    await sql('update operations set refunded_to_card = 400, refunded_to_credit = 100 where id = $1', [
      fromPublicId('op', before[0].operationId),
    ]);
    const { data: after } = await invoicesOf(user);
    expect(after).toEqual([{ ...before[0], amountRefunded: { amount: 500, currency: 'USD' } }]);
  });
});

test('while invoices are being numbered, charges are recorded and settled and answered', async () => {
  await buildGate(sql);
  const earlier = await payer('pro');
  const press = { key: 'the-key-of-the-first-press' };
  const user = newUser();
  await shop.as(user).subscribe('basic', press);
  let numbering = Promise.resolve<unknown>(0);
  await whileGateIsClosed(shop.databaseUrl, sql, async (waiting) => {
    // On a machine that is so busy that its statement is ended meanwhile, the next sweep does it.
    numbering = number().catch(() => undefined);
    await waiting(1);
    expect(
      await sql(`select 1 from operations where not invoiced and status = 'succeeded' and amount > 0 for no key update skip locked`),
    ).toEqual([]);
    expect((await shop.as(newUser()).subscribe('pro')).status).toBe(201);
    // What refers to a charge that is being numbered: another key for it, the refund of it.
    await sql(
      `insert into operation_keys (user_id, idempotency_key, operation_id, fingerprint)
      select user_id, 'another-key', id, 'f' from operations where not invoiced and user_id = $1`,
      [earlier],
    );
    expect((await shop.as(user).subscribe('basic', press)).headers.get('idempotent-replayed')).toBe('true');
    expect((await shop.as(user).subscribe('pro')).status).toBe(200);
    expect((await shop.as(earlier).post('/v1/me/subscription/cancel', { at: 'now' })).status).toBe(200);
  });
  await numbering;
  await sql('drop trigger wait_at_gate on invoices');
  await number();
  await expectInvoices(sql);
});

describe('the list', () => {
  let user: string;
  let all: { id: string; number: string }[];
  beforeAll(async () => {
    user = await payer('basic', 'pro', 'team');
    await number();
    all = (await invoicesOf(user)).data;
  });

  test('is newest first and comes in pages', async () => {
    expect(all.map(({ number: of }) => of)).toEqual(
      all
        .map(({ number: of }) => of)
        .toSorted()
        .toReversed(),
    );
    const first = await invoicesOf(user, '?limit=2');
    const second = await invoicesOf(user, `?limit=2&cursor=${first.nextCursor}`);
    expect([...first.data, ...second.data]).toEqual(all);
    expect([first.data.length, second.data.length, second.nextCursor]).toEqual([2, 1, null]);
  });

  test.each(['?cursor=op_01k0000000e0080000000000000', '?limit=0', '?limit=201', '?year=2027'])('refuses %s', async (query) => {
    const answer = await shop.as(user).get(`/v1/me/invoices${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation-failed']);
  });

  test('of an admin has those of all users, filtered by user, year and number', async () => {
    const viewer = shop.as('viewer_1', ['viewer']);
    const year = all[0]!.number.slice(0, 4);
    const list = async (query: string) => (await viewer.get(`/v1/admin/invoices${query}`)).body.data;
    expect((await list('')).length).toBeGreaterThan(3);
    expect(await list(`?userId=${user}`)).toEqual(all);
    expect(await list(`?userId=${user}&year=${year}`)).toEqual(all);
    expect(await list(`?userId=${user}&year=1999`)).toEqual([]);
    expect(await list(`?number=${all[1]!.number}`)).toEqual([all[1]]);
    expect(await list(`?number=${year}-0${all[1]!.number.slice(5)}`)).toEqual([]);
    expect((await viewer.get('/v1/admin/invoices?number=1')).status).toBe(400);
    expect((await viewer.get(`/v1/admin/invoices/${all[1]!.id}`)).body).toEqual(all[1]);
    expect((await viewer.get('/v1/admin/invoices/inv_01k0000000e0080000000000000')).status).toBe(404);
  });
});

describe('an invoice of somebody else', () => {
  let id: string;
  beforeEach(async () => {
    const owner = await payer('pro');
    await number();
    id = (await invoicesOf(owner)).data[0].id;
  });

  test('is in no list of others, also behind its cursor', async () => {
    const stranger = newUser();
    for (const query of ['', `?cursor=${id}`]) expect((await invoicesOf(stranger, query)).data).toEqual([]);
    const later = await payer('pro');
    await number();
    expect((await invoicesOf(later)).data).toHaveLength(1);
  });

  test.each(['application/json', 'text/html'])('cannot be told from one that does not exist, as %s', async (accept) => {
    const stranger = shop.as(newUser());
    const seen = async (of: string) => {
      const { status, body, headers } = await stranger.get(`/v1/me/invoices/${of}`, { accept });
      const { requestId: _, ...rest } = body;
      return { status, rest, type: headers.get('content-type'), vary: headers.get('vary') };
    };
    const missing = await seen('inv_01k0000000e0080000000000000');
    expect(missing).toMatchObject({ status: 404, rest: { code: 'not-found' } });
    expect(await seen(id)).toEqual(missing);
  });
});
