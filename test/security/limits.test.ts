import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { newKey, newUser } from '../kit/names.js';
import { inOneTryOf } from '../kit/busy-machine.js';
import { Shop } from '../kit/shop.js';
import { bearer, json, send } from './walk.js';

const KIB = 1_024;

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

async function put(body: string, headers: Record<string, string> = {}) {
  const sent = await send(shop, 'PUT', '/v1/me/subscription', { ...json(await bearer(newUser())), ...headers }, body);
  return { status: sent.status, ...(JSON.parse(sent.text) as { code: string; charged: string; detail: string }) };
}

describe('a body', () => {
  test('of more than 64 kB is refused before it is parsed, and says that nothing is known of earlier ones', async () => {
    expect(await put('['.repeat(64 * KIB + 1))).toMatchObject({ status: 413, code: 'body-too-large', charged: 'unknown' });
  });

  test('of 64 kB is read', async () => {
    const frame = { planId: 'pro', paymentMethod: '' };
    const body = JSON.stringify({ ...frame, paymentMethod: 'x'.repeat(64 * KIB - JSON.stringify(frame).length) });
    expect(Buffer.byteLength(body)).toBe(64 * KIB);
    expect(await put(body)).toMatchObject({ status: 400, code: 'validation-failed' });
  });

  test('that only says that it is large is refused without waiting for it', async () => {
    const socket = await open();
    socket.write(`PUT /v1/me/subscription HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${65 * KIB}\r\n\r\n{`);
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*body-too-large/);
  });

  test('in chunks that says no length is counted as it comes', async () => {
    const socket = await open();
    socket.write('PUT /v1/me/subscription HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    socket.write(chunk.repeat(5));
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*body-too-large/);
  });

  test('of a webhook may have 256 kB and not one more', async () => {
    const post = (bytes: number) =>
      send(shop, 'POST', '/v1/webhooks/stripe', { 'content-type': 'application/json' }, `"${'x'.repeat(bytes - 2)}"`);
    const [within, beyond] = [await post(256 * KIB), await post(256 * KIB + 1)];
    expect([within.status, JSON.parse(within.text).code]).toEqual([400, 'webhook-signature']);
    expect([beyond.status, JSON.parse(beyond.text).code]).toEqual([413, 'body-too-large']);
  });

  test.each([
    ['10,000 arrays', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['10,000 objects', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['65 levels behind good members', `{"planId":"pro","x":${'['.repeat(65)}1${']'.repeat(65)}}`],
  ])('that is too deep is refused as such, before anything looks into it: %s', async (_, body) => {
    expect(await put(body)).toMatchObject({ status: 400, code: 'validation-failed', detail: expect.stringContaining('deeply nested') });
  });

  test.each([
    ['6,000 members', `{${Array.from({ length: 6_000 }, (_, n) => `"k${n}":1`).join()}}`],
    ['30,000 elements', `[${'1,'.repeat(30_000)}1]`],
  ])('that is very wide is refused quickly: %s', async (_, body) => {
    const startedAt = performance.now();
    expect(await put(body)).toMatchObject({ status: 400, code: 'validation-failed' });
    // Milliseconds where nobody else is at work; whoever compares each with each takes longer than this.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  test('with very many errors names 50 of them', async () => {
    const plan = {
      id: '',
      name: '',
      price: 1,
      interval: '',
      trialDays: -1,
      capacity: -1,
      family: '',
      reason: '',
      features: Array(50).fill(1),
    };
    const sent = await send(shop, 'POST', '/v1/admin/plans', json(await bearer('admin_1', ['admin'])), JSON.stringify(plan));
    expect(sent.status).toBe(400);
    expect(JSON.parse(sent.text).errors).toHaveLength(50);
  });
});

describe('a head', () => {
  test('of more than 16 kB is refused', async () => {
    const socket = await open();
    socket.write(`GET /v1/plans HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(16 * KIB)}\r\n\r\n`);
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*The headers are too large\./);
  });

  test('with a very long path is not found, and with a very long key malformed', async () => {
    const authorization = await bearer(newUser());
    expect((await send(shop, 'GET', `/v1/operations/${'x'.repeat(8_000)}`, { authorization })).status).toBe(404);
    const answer = await send(shop, 'PUT', '/v1/me/subscription', json(authorization, 'k'.repeat(4_000)), '{}');
    expect(JSON.parse(answer.text).code).toBe('idempotency-key-invalid');
  });

  test('that never ends holds up nobody else, and is given 10 s', async () => {
    const server: Server = shop.service.app.getHttpServer();
    expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 10_000]);
    // A machine on which twenty take 10 s by themselves shows nothing the first time; where they wait for the slow ones, it shows each time.
    await inOneTryOf(3, async () => {
      const slow = await Promise.all(Array.from({ length: 200 }, () => open()));
      for (const socket of slow) socket.write('PUT /v1/me/subscription HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      const half = await Promise.all(Array.from({ length: 50 }, () => open()));
      for (const socket of half)
        socket.write('PUT /v1/me/subscription HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
      const startedAt = performance.now();
      const answers = await Promise.all(Array.from({ length: 20 }, () => shop.as(newUser()).subscribe('basic')));
      for (const socket of [...slow, ...half]) socket.destroy();
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    });
  }, 90_000);
});

describe('how often', () => {
  const LIMITED = { ROLES: 'api', RATE_LIMIT_PER_MINUTE: '10' };
  let alone: Shop;

  beforeAll(async () => {
    alone = await Shop.open({ leases: 'postgres', env: LIMITED });
  });
  afterAll(() => alone?.close());

  /** Twelve requests, each of which says that it comes from elsewhere. */
  async function statusesOf(path: string, authorization: () => Promise<string>): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      const address = `203.0.113.${n}`;
      const claims = { 'x-forwarded-for': address, forwarded: `for=${address}`, 'x-real-ip': address, 'x-user-id': newUser() };
      statuses.push((await send(alone, 'GET', path, { authorization: await authorization(), ...claims })).status);
    }
    return statuses;
  }

  test('a user may ask is counted over all services on one Redis', async () => {
    const first = await Shop.open({ leases: 'redlock', env: LIMITED });
    const second = await first.another();
    const user = newUser();
    const answers = [];
    for (let n = 0; n < 12; n += 1) for (const service of [first, second]) answers.push(await service.as(user).get('/v1/me/operations'));
    const refused = answers.filter(({ status }) => status !== 200);
    // Each for itself would refuse four. A Redis that is too slow for once lets one more through, and refuses nobody.
    expect(refused.length).toBeGreaterThan(6);
    expect(refused.length).toBeLessThanOrEqual(14);
    for (const { status, body, headers } of refused) {
      expect([status, body]).toMatchObject([429, { code: 'rate-limited', charged: 'unknown' }]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await second.as(newUser()).get('/v1/me/operations')).status).toBe(200);
    await first.close();
  });

  test('a user may ask is not forgotten for whoever claims to come from elsewhere', async () => {
    const user = newUser();
    expect(await statusesOf('/v1/me/operations', () => bearer(user))).toEqual([...Array(10).fill(200), 429, 429]);
  });

  test('a token may be guessed is counted by the address of the socket, and locks out nobody who has a good one', async () => {
    const guesses = await statusesOf('/v1/me/operations', () => Promise.resolve(`Bearer guess.${newKey()}.x`));
    expect(guesses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await alone.as(newUser()).get('/v1/me/operations')).status).toBe(200);
  });

  test('somebody without a token may ask is counted by the address of the socket', async () => {
    expect(await statusesOf('/v1/plans', () => Promise.resolve(''))).toEqual([...Array(10).fill(200), 429, 429]);
  });

  test('probes and the gateway may ask is not counted: they come from few addresses', async () => {
    for (let n = 0; n < 25; n += 1) {
      expect((await send(alone, 'GET', '/livez', {})).status).toBe(200);
      const event = await send(alone, 'POST', '/v1/webhooks/stripe', { 'content-type': 'application/json' }, '{}');
      expect(JSON.parse(event.text).code).toBe('webhook-signature');
    }
  });
});

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(shop.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** What came until the other side ended the connection, or a body was complete. */
async function answerOn(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    if (length !== undefined && Buffer.byteLength(body) >= Number(length)) socket.destroy();
  });
  await once(socket, 'close');
  return text;
}
