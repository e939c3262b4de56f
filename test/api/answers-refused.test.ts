import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { toPublicId, newId } from '../../src/platform/ids.js';
import { Contract } from '../kit/contract.js';
import { newKey, newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';

const BODY = { planId: 'pro', paymentMethod: 'pm_card_visa' };
const SUBSCRIBING = [
  ['PUT', '/v1/me/subscription'],
  ['POST', '/v1/subscriptions'],
  ['POST', `/v1/subscriptions/${toPublicId('sub', newId())}/change-plan`],
  ['POST', '/v1/me/subscription/cancel'],
  ['POST', '/v1/me/subscription/resume'],
] as const;

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());

let chargesBefore = 0;
/** Whatever is refused, is refused before anything is recorded and before any gateway is called. */
afterEach(async () => {
  expect(await shop.charges()).toHaveLength(chargesBefore);
});

describe('the idempotency key', () => {
  test.each(SUBSCRIBING)('is needed for %s %s: 400 idempotency-key-missing', async (method, path) => {
    const answer = await shop.as(newUser()).send(method, path, BODY);
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'idempotency-key-missing', charged: 'no', retryable: false }]);
  });

  test.each([
    ['shorter than 8', 'seven77'],
    ['longer than 255', 'k'.repeat(256)],
    ['with a space', 'key with spaces'],
    ['beyond ASCII', 'schlüssel-für-alles'],
    ['empty', ''],
    ['with an open quote', '"key-1234567'],
    ['sent twice', 'key-12345678, key-12345678'],
  ])('%s is malformed: 400 idempotency-key-invalid', async (_why, key) => {
    const answer = await shop.as(newUser()).send('PUT', '/v1/me/subscription', BODY, { 'idempotency-key': key });
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'idempotency-key-invalid', charged: 'no' }]);
  });

  test.each([8, 255])('may have %d characters', async (length) => {
    const answer = await shop.as(newUser()).subscribe('free', { key: 'k'.repeat(length) });
    expect(answer.status).toBe(201);
  });
});

describe('the body', () => {
  test.each<[string, unknown, string]>([
    ['without a plan', { paymentMethod: 'pm_card_visa' }, '/planId'],
    ['with a plan that is no id', { planId: 'Pro Plan' }, '/planId'],
    ['with a plan that is no text', { planId: 7 }, '/planId'],
    ['with a payment method that is no token', { planId: 'pro', paymentMethod: 'a card' }, '/paymentMethod'],
    ['with an effective that is neither now nor period_end', { planId: 'pro', effective: 'later' }, '/effective'],
    ['with a member that nobody asked for', { planId: 'pro', price: 1 }, ''],
    ['that is a list', [], ''],
  ])('%s is refused with 400 validation-failed and the place', async (_why, body, pointer) => {
    const answer = await shop.as(newUser()).send('PUT', '/v1/me/subscription', body, { 'idempotency-key': newKey() });
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'validation-failed', charged: 'no', errors: [{ pointer }] }]);
    expect(answer.body.errors[0].detail).toMatch(/./);
  });

  test('that is not JSON is refused with 400 validation-failed, of another type with 415', async () => {
    expect(await raw('application/json', '{"planId":')).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    expect(await raw('application/json', '')).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    expect(await raw('application/x-www-form-urlencoded', 'planId=pro')).toMatchObject({
      status: 415,
      body: { code: 'media-type-unsupported' },
    });
  });

  test('of more than 64 kB is refused with 413 body-too-large, and an earlier charge is not denied', async () => {
    const answer = await raw('application/json', JSON.stringify({ ...BODY, padding: 'x'.repeat(64 * 1024) }));
    expect([answer.status, answer.body]).toMatchObject([413, { code: 'body-too-large', charged: 'unknown' }]);
  });
});

describe('who calls', () => {
  test.each([
    ['without a token', undefined],
    ['with a token that is none', 'Bearer nonsense'],
    ['with another scheme', 'Basic dXNlcjpwYXNz'],
  ])('%s is refused with 401, and an earlier charge is not denied', async (_who, authorization) => {
    const headers = { 'idempotency-key': newKey(), 'content-type': 'application/json', ...(authorization ? { authorization } : {}) };
    const response = await fetch(`${shop.url}/v1/me/subscription`, { method: 'PUT', headers, body: JSON.stringify(BODY) });
    const answer = { status: response.status, headers: response.headers, body: await response.json() };
    Contract.of(shop.service.app).check('PUT', '/v1/me/subscription', answer);
    expect([answer.status, answer.body]).toMatchObject([401, { code: 'unauthenticated', charged: 'unknown', retryable: false }]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('without the role is refused with 403', async () => {
    const nobody = await shop.as(newUser()).get('/v1/admin/operations');
    expect([nobody.status, nobody.body]).toMatchObject([403, { code: 'forbidden', charged: 'no' }]);
    const viewer = await shop
      .as('vera', ['viewer'])
      .post(`/v1/admin/operations/${toPublicId('op', newId())}/recover`, { reason: 'because I can' });
    expect([viewer.status, viewer.body.code]).toEqual([403, 'forbidden']);
  });
});

describe('what belongs to another user', () => {
  test('is not told from what does not exist', async () => {
    const owner = shop.as(newUser());
    const { body: owned } = await owner.subscribe('free');
    const stranger = shop.as(newUser());
    const unknown = { op: toPublicId('op', newId()), sub: toPublicId('sub', newId()) };
    const asked: [string, (ids: { op: string; sub: string }) => Promise<Answer>][] = [
      ['read', ({ op }) => stranger.get(`/v1/operations/${op}`)],
      ['cancel', ({ op }) => stranger.post(`/v1/operations/${op}/cancel`)],
      ['confirm', ({ op }) => stranger.post(`/v1/operations/${op}/confirm`)],
      ['change', ({ sub }) => stranger.post(`/v1/subscriptions/${sub}/change-plan`, BODY)],
    ];
    for (const [what, ask] of asked) {
      const [foreign, missing] = [await ask({ op: owned.id, sub: owned.subscription.id }), await ask(unknown)];
      expect([what, foreign.status, foreign.body.code, foreign.body.charged]).toEqual([what, 404, 'not-found', 'no']);
      expect(faceOf(foreign)).toEqual(faceOf(missing));
    }
    expect((await owner.get(`/v1/operations/${owned.id}`)).body).toEqual(owned);
  });

  test.each(['op_nonsense', 'sub_01k0000000000000000000000', '1', '..%2f'])(
    'an id that is none (%s) is 404 not-found as well',
    async (id) => {
      expect(await shop.as(newUser()).get(`/v1/operations/${id}`)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    },
  );
});

describe('the plan', () => {
  test.each(['nowhere', 'retired'])('%s is refused with 422 plan-not-found', async (planId) => {
    await shop.sql(
      `insert into plans (id, name, price_amount, price_currency, "interval", on_sale)
       values ('retired', 'Retired', 100, 'USD', 'month', false) on conflict do nothing`,
    );
    const client = shop.as(newUser());
    const answer = await client.subscribe(planId);
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'plan-not-found', charged: 'no' }]);
    expect((await client.get('/v1/me/operations')).body.data).toEqual([]);
  });
});

describe('If-Match', () => {
  test.each(['"7"', 'W/"1"', '"6", "7"', 'nonsense'])(
    '%s does not hold: 412 subscription-changed with the subscription as it is and its ETag',
    async (ifMatch) => {
      const client = shop.as(newUser());
      const { subscription } = (await client.subscribe('free')).body;
      const answer = await client.subscribe('pro', { 'if-match': ifMatch });
      expect([answer.status, answer.body]).toMatchObject([412, { code: 'subscription-changed', charged: 'no' }]);
      expect(answer.body.subscription).toEqual(subscription);
      expect(answer.headers.get('etag')).toBe('"1"');
    },
  );

  test('holds for nothing where there is no subscription', async () => {
    const answer = await shop.as(newUser()).subscribe('free', { 'if-match': '*' });
    expect([answer.status, answer.body.code, answer.body.subscription, answer.headers.get('etag')]).toEqual([
      412,
      'subscription-changed',
      null,
      null,
    ]);
  });

  test.each(['"1"', '*', '"0", "1"'])('%s holds, and the change is made', async (ifMatch) => {
    const client = shop.as(newUser());
    await client.subscribe('free');
    const answer = await client.subscribe('pro', { 'if-match': ifMatch });
    chargesBefore += 1;
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, '"2"']);
  });
});

test('a path that does not exist is 404, a method that a path does not take is 405 with those it takes', async () => {
  const client = shop.as(newUser());
  expect(await client.get('/v1/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } });
  const wrong = await client.send('DELETE', '/v1/me/subscription');
  expect([wrong.status, wrong.body.code]).toEqual([405, 'method-not-allowed']);
  expect(wrong.headers.get('allow')).toBe('GET, HEAD, PUT');
});

test('the type of a problem is the address of a page about it', async () => {
  const { body } = await shop.as(newUser()).subscribe('nowhere');
  expect(body.type).toBe(`${shop.url}/problems/plan-not-found`);
  expect((await fetch(body.type as string)).status).toBe(200);
});

function raw(contentType: string, body: string): Promise<Answer> {
  return shop.as(newUser()).send('PUT', '/v1/me/subscription', body, { 'content-type': contentType, 'idempotency-key': newKey() });
}

/** What a caller can tell two answers apart by. */
function faceOf({ status, headers, body }: Answer) {
  const names = [...headers.keys()].filter((name) => !['date', 'request-id', 'content-length'].includes(name)).sort();
  return { status, names, body: { ...body, requestId: null } };
}
