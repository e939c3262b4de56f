import { Controller, Get, Post, Req, Body } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { carriesCardData, refuseCardData } from '../../src/api/card-numbers.js';
import { listen, type ListeningApp } from './listening-app.js';

const CARD = '4242424242424242';
let handled = 0;

@Controller()
class Rooms {
  @Post('things')
  post(@Body() body: unknown) {
    handled += 1;
    return { body };
  }

  @Get('things/:id')
  get(@Req() request: FastifyRequest) {
    handled += 1;
    return request.params;
  }
}

let app: ListeningApp;
beforeAll(async () => {
  app = await listen({
    controllers: [Rooms],
    prepare: (fastify) => {
      refuseCardData(fastify);
      fastify.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    },
  });
});
afterAll(() => app.close());

async function expectRefused(path: string, init: RequestInit = {}) {
  handled = 0;
  app.logged.length = 0;
  const response = await fetch(app.url + path, init);
  const text = await response.text();
  expect([response.status, (JSON.parse(text) as { code: string }).code]).toEqual([422, 'card-number-refused']);
  expect(text.replace(/\D/g, '')).not.toContain(CARD);
  expect(JSON.stringify([...response.headers, app.logged])).not.toContain(CARD);
  expect(handled).toBe(0);
}

function post(body: string | Buffer, headers: Record<string, string> = {}) {
  return { method: 'POST', body: body as string, headers: { 'content-type': 'application/json', ...headers } };
}

describe('a request is refused without echo and before it is handled when a card number is', () => {
  test.each([
    ['in a member', { paymentMethod: CARD }],
    ['deep inside', { a: [{ b: { c: `note: ${CARD}` } }] }],
    ['a JSON number', { paymentMethod: Number(CARD) }],
    ['the name of a member', { [CARD]: 1 }],
    ['alone in an array', [CARD]],
    ['in groups', { x: '4242 4242 4242 4242' }],
  ])('%s', (_, body) => expectRefused('/things', post(JSON.stringify(body))));

  test('the whole body', () => expectRefused('/things', post(`"${CARD}"`)));
  test('in raw bytes', () => expectRefused('/things', post(Buffer.from(`x=${CARD}`), { 'content-type': 'application/octet-stream' })));
  test('in the path', () => expectRefused(`/things/${CARD}`));
  test('in a path that does not exist', () => expectRefused(`/nothing/${CARD}`));
  test('in the query', () => expectRefused(`/things/1?q=${CARD}`));
  test('in the query with plus signs, or percent-encoded', async () => {
    await expectRefused('/things/1?q=4242+4242+4242+4242');
    await expectRefused('/things/1?q=%34242%204242%204242%204242');
  });
  test.each(['idempotency-key', 'x-request-id', 'user-agent', 'cookie', 'x-anything'])('in the header %s', (name) =>
    expectRefused('/things/1', { headers: { [name]: `key-${CARD}` } }),
  );
});

describe('a request is refused for the name of a field', () => {
  test.each(['cvc', 'CVV', 'cvv2', 'security_code', 'cardNumber', 'card-number', 'PAN', 'primaryAccountNumber', 'track2'])(
    '%s',
    async (name) => {
      await expectRefused('/things', post(JSON.stringify({ card: { [name]: '123' } })));
      await expectRefused(`/things/1?${name}=123`);
    },
  );
});

describe('let through', () => {
  test.each([
    { planId: 'pro', paymentMethod: 'pm_card_visa' },
    { checks: { cvc_check: 'pass' }, last4: '4242', exp_month: 12, number: 7 },
    { id: 'op_01h455vb4pex5vsknk084sn02q', at: '2026-11-05T10:00:00.000Z', created: 1793872800, ms: 1793872800123 },
    null,
  ])('%j', (value) => expect(carriesCardData(value)).toBeNull());

  test('tokens, signatures and trace ids, which are full of digits', async () => {
    const headers = {
      authorization: `Bearer ${CARD}`,
      'stripe-signature': `t=${CARD}`,
      traceparent: `00-${CARD}${CARD}-${CARD}-01`,
      'x-datadog-trace-id': CARD,
    };
    expect((await fetch(`${app.url}/things/1`, { headers })).status).toBe(200);
  });
});

describe('the place', () => {
  test('is named by a JSON pointer', () => {
    expect(carriesCardData({ a: [{ 'b/c~d': CARD }] })).toBe('/a/0/b~1c~0d');
    expect(carriesCardData({ card: { cvc: null } })).toBe('/card/cvc');
    expect(carriesCardData(CARD)).toBe('');
  });

  test('of a card number that is a name is the member around it', () => {
    expect(carriesCardData({ a: { [CARD]: 1 } })).toBe('/a');
  });
});

describe('limits', () => {
  test('a body that is nested 30,000 times is refused without a word about cards', async () => {
    const response = await fetch(`${app.url}/things`, post(`${'['.repeat(30_000)}${']'.repeat(30_000)}`));
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'validation-failed']);
  });

  test('64 levels are looked through, and 50,000 values', () => {
    const nested = (depth: number): unknown => (depth === 0 ? CARD : [nested(depth - 1)]);
    expect(carriesCardData(nested(64))).toBe('/0'.repeat(64));
    expect(() => carriesCardData(nested(65))).toThrow(/nested/);
    expect(carriesCardData([...Array.from({ length: 49_990 }, () => 1), CARD])).toBe('/49990');
    expect(() => carriesCardData(Array.from({ length: 50_000 }, () => 1))).toThrow(/too many/);
  });
});
