import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Client } from '../kit/shop.js';
import { atOnce } from '../kit/waiting.js';

const REASON = 'decided in the meeting';

let shop: Shop;
let admin: Client;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  admin = shop.as('admin_1', ['admin']);
});
afterAll(() => shop?.close());

function description(id: string, more: object = {}) {
  return { id, name: 'A plan', price: { amount: 1_000, currency: 'USD' }, interval: 'month', reason: REASON, ...more };
}

function newPlan(): string {
  return newUser().replace('user_', 'plan-');
}

function create(id: string, more: object = {}, key = newKey()) {
  return admin.post('/v1/admin/plans', description(id, more), { key });
}

function change(id: string, changes: object, key = newKey()) {
  return admin.send('PATCH', `/v1/admin/plans/${id}`, { reason: REASON, ...changes }, { 'idempotency-key': key });
}

async function planOnSale(id: string) {
  const { body } = await shop.as('anybody').get('/v1/plans');
  return body.data.find((plan: { id: string }) => plan.id === id);
}

describe('a new plan', () => {
  test('is on sale at once, with what was not said left at its usual value', async () => {
    const id = newPlan();
    const { status, body } = await create(id);
    expect([status, body]).toEqual([
      201,
      {
        id,
        name: 'A plan',
        price: { amount: 1_000, currency: 'USD' },
        interval: 'month',
        trialDays: 0,
        family: null,
        seats: null,
        features: [],
        version: 1,
        onSale: true,
        createdAt: expect.any(String),
      },
    ]);
    expect(await planOnSale(id)).toMatchObject({ id, price: { amount: 1_000, currency: 'USD' } });
    expect((await shop.as(newUser()).subscribe(id)).body).toMatchObject({
      status: 'succeeded',
      amount: { amount: 1_000, currency: 'USD' },
    });
  });

  test('has everything that was said', async () => {
    const id = newPlan();
    const more = { interval: 'year', trialDays: 30, family: 'rooms', capacity: 12, features: ['a seat', 'a key'], onSale: false };
    const { body } = await create(id, more);
    expect(body).toMatchObject({
      interval: 'year',
      trialDays: 30,
      family: 'rooms',
      features: ['a seat', 'a key'],
      onSale: false,
      seats: { capacity: 12, taken: 0, held: 0, left: 12 },
    });
    expect(await planOnSale(id)).toBeUndefined();
  });

  test('with the id of another is refused, and the other stays as it is', async () => {
    const id = newPlan();
    await create(id);
    const answer = await create(id, { price: { amount: 1, currency: 'USD' } });
    expect([answer.status, answer.body.code]).toEqual([409, 'plan-exists']);
    expect((await planOnSale(id)).price.amount).toBe(1_000);
  });

  test('described by two people at once under one id is made once', async () => {
    const id = newPlan();
    const answers = await atOnce(8, () => create(id));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    expect(await shop.sql('select 1 from audit where object = $1', [id])).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['/id', { id: 'Not An Id' }],
    ['/name', { name: '   ' }],
    ['/price', { price: 1_000 }],
    ['/price/currency', { price: { amount: 1, currency: 'usd' } }],
    ['/price/amount', { price: { amount: -1, currency: 'USD' } }],
    ['/price/amount', { price: { amount: 100_000_000_000, currency: 'USD' } }],
    ['/interval', { interval: 'week' }],
    ['/trialDays', { trialDays: 731 }],
    ['/capacity', { capacity: -1 }],
    ['/capacity', { capacity: 1.5 }],
    ['/features', { features: Array(51).fill('x') }],
    ['/reason', { reason: 'short' }],
  ])('that is wrong at %s is refused by name: %j', async (pointer, more) => {
    const answer = await create(newPlan(), more);
    expect(answer.body).toMatchObject({ status: 400, code: 'validation-failed', errors: [{ pointer }] });
  });
});

describe('the capacity', () => {
  async function planWithSeatTaken(capacity: number): Promise<string> {
    const id = newPlan();
    await create(id, { capacity });
    expect((await shop.as(newUser()).subscribe(id)).status).toBe(201);
    expect((await shop.as(newUser()).subscribe(id, { paymentMethod: 'pm_card_authenticationRequired' })).status).toBe(202);
    return id;
  }

  test('can be raised, and then there are seats again', async () => {
    const id = await planWithSeatTaken(2);
    expect((await shop.as(newUser()).subscribe(id)).body.code).toBe('plan-full');
    expect((await change(id, { capacity: 3 })).body.seats).toEqual({ capacity: 3, taken: 1, held: 1, left: 1 });
    expect((await shop.as(newUser()).subscribe(id)).status).toBe(201);
    expect((await shop.as(newUser()).subscribe(id)).body.code).toBe('plan-full');
  });

  test('can be lowered to what is taken and held, and no further', async () => {
    const id = await planWithSeatTaken(5);
    const answer = await change(id, { capacity: 1, name: 'Not renamed either' });
    expect([answer.status, answer.body.code]).toEqual([409, 'capacity-too-low']);
    expect(await planOnSale(id)).toMatchObject({ name: 'A plan', seats: { capacity: 5 } });
    expect((await change(id, { capacity: 2 })).body.seats).toEqual({ capacity: 2, taken: 1, held: 1, left: 0 });
  });

  test('lowered while seats are taken never falls below them', async () => {
    const id = newPlan();
    await create(id, { capacity: 6 });
    const [answers] = await Promise.all([
      atOnce(6, () => shop.as(newUser()).subscribe(id)),
      atOnce(3, (n) => change(id, { capacity: 2 + n })),
    ]);
    const { seats } = await planOnSale(id);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(seats.taken);
    expect(seats.taken + seats.held).toBeLessThanOrEqual(seats.capacity);
  });

  test('of a plan without a limit stays without: its seats were never counted', async () => {
    const id = newPlan();
    await create(id);
    const answer = await change(id, { capacity: 100 });
    expect([answer.status, answer.body.code]).toEqual([409, 'capacity-too-low']);
    expect((await change(id, { capacity: null })).body.seats).toBeNull();
  });
});

describe('a change', () => {
  test('of the price concerns who comes later; what is sold keeps its price', async () => {
    const id = newPlan();
    await create(id);
    const early = shop.as(newUser());
    await early.subscribe(id);
    expect((await change(id, { price: { amount: 2_500, currency: 'USD' } })).body.price).toEqual({ amount: 2_500, currency: 'USD' });
    expect((await early.get('/v1/me/subscription')).body).toMatchObject({ price: { amount: 1_000, currency: 'USD' }, version: 1 });
    expect((await shop.as(newUser()).subscribe(id)).body.amount).toEqual({ amount: 2_500, currency: 'USD' });
  });

  test('of the price is charged from the next request on, in every process', async () => {
    const id = newPlan();
    await create(id);
    const other = await shop.another();
    await other.as(newUser()).subscribe(id);
    await change(id, { price: { amount: 3_000, currency: 'USD' } });
    const { body } = await other.as(newUser()).subscribe(id);
    expect(body.amount).toEqual({ amount: 3_000, currency: 'USD' });
  });

  test('takes a plan off sale: nobody finds it, admins do, and who has it keeps it', async () => {
    const id = newPlan();
    await create(id);
    const early = shop.as(newUser());
    await early.subscribe(id);
    await change(id, { onSale: false });
    expect(await planOnSale(id)).toBeUndefined();
    const late = await shop.as(newUser()).subscribe(id);
    expect([late.status, late.body.code, late.body.charged]).toEqual([422, 'plan-not-found', 'no']);
    const { body } = await admin.get('/v1/admin/plans');
    expect(body.data.find((plan: { id: string }) => plan.id === id)).toMatchObject({ onSale: false });
    expect((await early.get('/v1/me/subscription')).body.planId).toBe(id);
  });

  test('touches what it names and nothing else', async () => {
    const id = newPlan();
    const created = await create(id, { trialDays: 7, capacity: 3, features: ['x'], family: 'rooms' });
    expect((await change(id, { name: 'Renamed' })).body).toEqual({ ...created.body, name: 'Renamed', version: 2 });
    expect((await change(id, {})).body).toEqual({ ...created.body, name: 'Renamed', version: 3 });
  });

  test('of a plan that is not there is not found', async () => {
    const answer = await change('no-such-plan', { name: 'x' });
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
  });
});

describe('every change of the catalogue', () => {
  test('made twice with one key is made once', async () => {
    const [id, key, second] = [newPlan(), newKey(), newKey()];
    const answers = [await create(id, {}, key), await create(id, {}, key)];
    expect(answers.map(({ status, headers }) => [status, headers.get('idempotent-replayed')])).toEqual([
      [201, null],
      [201, 'true'],
    ]);
    await change(id, { name: 'First' }, second);
    await change(id, { name: 'Second' });
    const again = await change(id, { name: 'First' }, second);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.name]).toEqual([200, 'true', 'Second']);
    expect(await shop.sql('select 1 from audit where object = $1', [id])).toHaveLength(3);
  });

  test('with the key of another is refused', async () => {
    const [id, key] = [newPlan(), newKey()];
    await create(id, {}, key);
    for (const answer of [
      await create(id, { name: 'Another' }, key),
      await create(newPlan(), {}, key),
      await change(id, { name: 'x' }, key),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'idempotency-key-reused']);
    }
  });

  test('needs a key and a reason that says something', async () => {
    const id = newPlan();
    expect((await admin.send('POST', '/v1/admin/plans', description(id))).body.code).toBe('idempotency-key-missing');
    for (const reason of [undefined, '', 'because', '        ', 12345678]) {
      for (const answer of [await create(id, { reason }), await change('basic', { name: 'x', reason })]) {
        expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer: '/reason' }] });
      }
    }
    expect(await shop.sql('select 1 from audit where object = any($1)', [[id, 'basic']])).toEqual([]);
  });
});

describe('the catalogue', () => {
  test('shows for each plan what could be had instead: of its family, on sale, with a seat left, the nearest price first', async () => {
    const [family, full, near, far, closed] = [newPlan(), newPlan(), newPlan(), newPlan(), newPlan()];
    const of = (amount: number, more: object) => ({ family, price: { amount, currency: 'USD' }, ...more });
    await create(full, of(1_000, { capacity: 0 }));
    await create(far, of(5_000, { capacity: 3 }));
    await create(near, of(1_200, {}));
    await create(closed, of(1_000, { onSale: false }));
    const { body } = await shop.as('viewer_1', ['viewer']).get('/v1/admin/plans');
    const listed = body.data.find(({ id }: { id: string }) => id === full);
    expect(listed.alternatives).toEqual([
      { planId: near, left: null, price: { amount: 1_200, currency: 'USD' } },
      { planId: far, left: 3, price: { amount: 5_000, currency: 'USD' } },
    ]);
  });
});
