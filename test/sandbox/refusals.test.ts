import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { chargeForm, libraryFor, type Started, startSandbox } from './start.js';

let sandbox: Started;

beforeAll(async () => {
  sandbox = await startSandbox();
});
beforeEach(() => sandbox.control('DELETE', '/sandbox'));
afterAll(() => sandbox.close());

test.each([
  [{ amount: '' }, 'amount', 'parameter_missing'],
  [{ amount: '1e3' }, 'amount', 'parameter_invalid_integer'],
  [{ amount: '19.5' }, 'amount', 'parameter_invalid_integer'],
  [{ amount: '9007199254740993' }, 'amount', 'parameter_invalid_integer'],
  [{ amount: '-100' }, 'amount', 'parameter_invalid_integer'],
  [{ amount: '0' }, 'amount', 'parameter_invalid_integer'],
  [{ amount: '49' }, 'amount', 'amount_too_small'],
  [{ amount: '100000000' }, 'amount', 'amount_too_large'],
  [{ currency: '' }, 'currency', 'parameter_missing'],
  [{ currency: 'zzz' }, 'currency', undefined],
  [{ confirm: 'yes' }, 'confirm', undefined],
  [{ payment_method: '' }, 'payment_method', 'parameter_missing'],
  [{ customer: 'cus_no' }, 'customer', 'resource_missing'],
  [{ return_url: 'javascript:alert(1)' }, 'return_url', 'url_invalid'],
  [{ return_url: '/back' }, 'return_url', 'url_invalid'],
  [{ setup_future_usage: 'always' }, 'setup_future_usage', undefined],
  [{ amout: '1' }, 'amout', 'parameter_unknown'],
  [{ metadata: 'x' }, 'metadata', undefined],
  [{ 'metadata[a][b]': 'x' }, 'metadata', undefined],
])('%j is a 400 that names %s with the code %s', async (wrong, param, code) => {
  const response = await sandbox.post('/v1/payment_intents', chargeForm('pm_card_visa', wrong));
  const { error } = (await response.json()) as { error: { type: string; param: string; code?: string } };
  expect([response.status, error.type, error.param, error.code]).toEqual([400, 'invalid_request_error', param, code]);
  expect(await sandbox.charges()).toEqual([]);
});

test('a parameter sent twice, more than 300 of them, a body that is no form and more than 64 kB are refused', async () => {
  const send = (body: string, type = 'application/x-www-form-urlencoded'): Promise<Response> =>
    fetch(`${sandbox.url}/v1/payment_intents`, {
      method: 'POST',
      body,
      headers: { Authorization: 'Bearer sk_test_1', 'Content-Type': type },
    });
  expect((await send('amount=100&amount=1900&currency=usd')).status).toBe(400);
  expect((await send('{"amount":1900,"currency":"usd"}', 'application/json')).status).toBe(400);
  expect((await send(`description=${'x'.repeat(64 * 1024)}`)).status).toBe(413);
  const tooMany = await send(Array.from({ length: 301 }, (_, n) => `metadata[k${n}]=x`).join('&'));
  expect([tooMany.status, await tooMany.json()]).toMatchObject([400, { error: { message: 'More than 300 parameters.' } }]);
});

test('metadata is limited to 50 keys of 40 characters with values of 500', async () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`metadata[k${n}]`, 'x'.repeat(20)]));
  for (const wrong of [{ [`metadata[${'k'.repeat(41)}]`]: 'x' }, { 'metadata[k]': 'x'.repeat(501) }, many]) {
    expect((await sandbox.post('/v1/payment_intents', chargeForm('pm_card_visa', wrong))).status).toBe(400);
  }
  const most = { [`metadata[${'k'.repeat(40)}]`]: 'x'.repeat(500) };
  expect((await sandbox.post('/v1/payment_intents', chargeForm('pm_card_visa', most))).status).toBe(200);
});

test('metadata called __proto__ is plain data', async () => {
  const response = await sandbox.post('/v1/payment_intents', chargeForm('pm_card_visa', { 'metadata[__proto__]': 'x' }));
  expect(await response.text()).toContain('"__proto__":"x"');
  expect(Object.prototype).not.toHaveProperty('x');
});

test.each([
  ['no authorization', undefined],
  ['a live key', 'Bearer sk_live_1'],
  ['a publishable key', 'Bearer pk_test_1'],
  ['an empty key', 'Bearer '],
  ['a live key as a user name', `Basic ${btoa('sk_live_1:')}`],
])('%s is 401 in the shape of Stripe, on every route of the API', async (_name, authorization) => {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  for (const [method, path] of [
    ['POST', '/v1/payment_intents'],
    ['GET', '/v1/payment_intents'],
    ['GET', '/v1/balance'],
  ] as const) {
    const response = await fetch(`${sandbox.url}${path}`, { method, headers });
    expect(response.status).toBe(401);
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect(body).not.toContain('sk_live_1');
  }
});

test('a test key is taken as a user name too', async () => {
  const response = await fetch(`${sandbox.url}/v1/balance`, { headers: { Authorization: `Basic ${btoa('sk_test_1:')}` } });
  expect(response.status).toBe(200);
  expect(
    await libraryFor(sandbox.url, 'sk_live_1')
      .balance.retrieve()
      .catch((error: unknown) => error),
  ).toMatchObject({ statusCode: 401 });
});
