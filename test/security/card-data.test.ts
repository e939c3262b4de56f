import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { newKey, newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { captureLog } from './captured-log.js';
import { BODIES, bearer, everyRow, json, routesOf, send, type Sent } from './walk.js';

/** Published test numbers; no account is behind them. */
const NUMBERS = {
  Visa: '4242424242424242',
  Mastercard: '5555555555554444',
  'American Express': '378282246310005',
  Discover: '6011111111111117',
  'UnionPay of 19 digits': '6205500000000000004',
};
const WRITTEN: Record<string, (number: string) => string> = {
  'in one piece': (number) => number,
  'with spaces': (number) => number.replace(/(.{4})(?=.)/g, '$1 '),
  'with dashes': (number) => number.replace(/(.{4})(?=.)/g, '$1-'),
  'in Arabic digits': (number) => number.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
  'in wide digits': (number) => number.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  'within words': (number) => `card ${number}, please`,
};
const CARDS = Object.entries(NUMBERS).flatMap(([brand, number]) =>
  Object.entries(WRITTEN).map(([how, write]) => ({ what: `${brand} ${how}`, card: write(number) })),
);
const IN_HEADERS = CARDS.filter(({ card }) => /^[\x20-\x7e]+$/.test(card));
const WEBHOOK_SECRET = 'whsec_of_the_card_tests';

const { log, lines } = captureLog();
/** Everything that was answered, for the search at the end. */
const answers: Sent[] = [];
let shop: Shop;
let admin: string;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET }, log });
  admin = await bearer('admin_1', ['admin']);
  await shop.as(newUser()).subscribe('pro');
});
afterAll(() => shop?.close());

async function expectRefused(method: string, path: string, headers: Record<string, string>, body?: string): Promise<void> {
  const sent = await send(shop, method, path, headers, body);
  answers.push(sent);
  const where = `${method} ${path} ${body ?? ''}`;
  expect([where, sent.status, JSON.parse(sent.text)]).toEqual([
    where,
    422,
    expect.objectContaining({ code: 'card-number-refused', charged: 'no' }),
  ]);
}

describe('a card number is refused before anything else looks at the request', () => {
  test.each(Object.keys(BODIES))('in every text of a body: %s', async (name) => {
    const [method = '', path = ''] = name.split(' ');
    const before = await everyRow(shop);
    const headers = json(admin);
    for (const spoil of textsIn({ ...BODIES[name], anything: 'x' })) {
      await Promise.all(CARDS.map(({ card }) => expectRefused(method, path.replace('{id}', 'x'), headers, JSON.stringify(spoil(card)))));
    }
    expect(await everyRow(shop)).toEqual(before);
  });

  test('as a number, as a name and wherever the name alone tells', async () => {
    const bodies = [
      '4242424242424242',
      '{"x":4242424242424242}',
      '{"4242424242424242":1}',
      '{"planId":"pro","cvc":"123"}',
      '{"card":{"number":["4242 4242 4242 4242"]}}',
    ];
    for (const body of bodies) await expectRefused('PUT', '/v1/me/subscription', json(admin), body);
  });

  test('in the query and in the path of every route', async () => {
    const routes = await routesOf(shop);
    for (const { method, path } of routes) {
      const filled = path.replaceAll(/\{\w+\}/g, NUMBERS.Visa);
      for (const { card } of CARDS.filter((_, index) => index % 7 === 0))
        await expectRefused(method, `${filled}?any=${encodeURIComponent(card)}`, { authorization: admin });
      if (path !== filled) await expectRefused(method, filled, { authorization: admin });
    }
    await expectRefused('GET', '/v1/plans?cvv=123', {});
    await expectRefused('GET', `/no/such/path/${NUMBERS.Visa}`, {});
  });

  test.each([
    'idempotency-key',
    'prefer',
    'if-match',
    'if-none-match',
    'user-agent',
    'cookie',
    'x-request-id',
    'x-forwarded-for',
    'referer',
    'x-anything',
  ])('in the header %s', async (name) => {
    const before = await everyRow(shop);
    for (const { card } of IN_HEADERS) {
      await expectRefused(
        'PUT',
        '/v1/me/subscription',
        { ...json(admin), [name]: card },
        JSON.stringify(BODIES['PUT /v1/me/subscription']),
      );
    }
    expect(await everyRow(shop)).toEqual(before);
  });

  test('in an event of the gateway, even one whose signature fits', async () => {
    const before = await everyRow(shop);
    for (const { card } of CARDS) {
      const body = JSON.stringify({
        id: 'evt_card',
        object: 'event',
        type: 'x',
        livemode: false,
        data: { object: { object: 'x', description: card } },
      });
      await expectRefused('POST', '/v1/webhooks/stripe', { 'content-type': 'application/json', 'stripe-signature': signature(body) }, body);
    }
    expect(await everyRow(shop)).toEqual(before);
  });
});

test('an event whose signature does not fit is refused for that: strangers cannot have it searched for card numbers', async () => {
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature('{}') };
  const sent = await send(shop, 'POST', '/v1/webhooks/stripe', headers, JSON.stringify({ description: NUMBERS.Visa }));
  expect(JSON.parse(sent.text)).toMatchObject({ code: 'webhook-signature' });
  expect(sent.text).not.toContain(NUMBERS.Visa);
});

describe('a card number where it cannot be refused as such', () => {
  test.each<[string, Record<string, string>, string]>([
    ['JSON that ends too soon', {}, `{"planId":"${NUMBERS.Visa}"`],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, `card=${NUMBERS.Visa}`],
    ['another encoding', { 'content-encoding': 'gzip' }, `{"planId":"${NUMBERS.Visa}"}`],
    ['a token that is none', { authorization: `Bearer ${NUMBERS.Visa}` }, '{}'],
  ])('goes nowhere: %s', async (_, headers, body) => {
    const sent = await send(shop, 'PUT', '/v1/me/subscription', { ...json(admin), ...headers }, body);
    answers.push(sent);
    expect(sent.status).toBeGreaterThanOrEqual(400);
  });
});

test('none of them is in any answer, log line, row or metric afterwards', async () => {
  const metrics = await send(shop, 'GET', '/metrics', {});
  const places: Record<string, string> = {
    answers: answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n'),
    log: lines.join(''),
    database: JSON.stringify(await everyRow(shop)),
    metrics: metrics.text,
  };
  expect(answers.length).toBeGreaterThan(500);
  expect(lines.length).toBeGreaterThan(answers.length);
  for (const [place, text] of Object.entries(places)) {
    const found = CARDS.filter(
      ({ card }) => text.includes(card) || text.includes(encodeURIComponent(card)) || text.includes(JSON.stringify(card).slice(1, -1)),
    );
    expect([place, found]).toEqual([place, []]);
  }
});

test('the search would find one', async () => {
  await shop.sql(`insert into gateway_events (gateway, event_id, type) values ('stripe', $1, 'x')`, [NUMBERS.Visa]);
  expect(JSON.stringify(await everyRow(shop))).toContain(NUMBERS.Visa);
});

/** The body with one of its texts replaced, for each of its texts, however deep. */
function textsIn(body: unknown): ((text: string) => unknown)[] {
  if (typeof body === 'string') return [(text) => text];
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, inner]) =>
    textsIn(inner).map((spoil) => (text: string) => (Array.isArray(body) ? [spoil(text)] : { ...body, [name]: spoil(text) })),
  );
}

function signature(body: string): string {
  const at = Math.floor(Date.now() / 1_000);
  return `t=${at},v1=${createHmac('sha256', WEBHOOK_SECRET).update(`${at}.${body}`).digest('hex')},${newKey()}`;
}
