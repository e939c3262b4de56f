import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { PaymentGateway } from '../../src/gateways/payment-gateway.js';
import { newKey, newUser } from '../kit/names.js';
import { SECRET, Shop } from '../kit/shop.js';
import { captureLog } from './captured-log.js';
import { BODIES, bearer, json, routesOf, send, type Sent } from './walk.js';

/** Said in every place where somebody might say a secret. */
const CANARY = `canary${randomBytes(8).toString('hex')}`;
const WEBHOOK_SECRET = `whsec_${randomBytes(16).toString('hex')}`;

/** A gateway whose library throws what libraries throw: the whole request, credentials included. */
class TalkativeGateway extends PaymentGateway {
  readonly name = 'stripe';
  readonly abilities = { idempotency: { ttlMs: 86_400_000 }, settleDelayMs: 0 } as never;

  charge(): Promise<never> {
    const error = Object.assign(new Error('Request failed with status code 500'), {
      config: { headers: { Authorization: `Bearer ${CANARY}` }, data: `card=${CANARY}` },
      request: { _header: `Authorization: Basic ${CANARY}` },
      response: { data: CANARY },
      cause: Object.assign(new Error(`connect to https://user:${CANARY}@gateway.example`), { headers: { cookie: CANARY } }),
    });
    return Promise.reject(error);
  }

  find(): Promise<never> {
    return this.charge();
  }

  cancel(): Promise<never> {
    return this.charge();
  }

  refund(): Promise<never> {
    return this.charge();
  }

  findRefund(): Promise<never> {
    return this.charge();
  }

  createCustomer(): Promise<never> {
    return this.charge();
  }

  keepCard(): Promise<never> {
    return this.charge();
  }

  close(): void {}

  readEvent(): never {
    throw Object.assign(new Error('no signature fits'), { secret: CANARY, payload: CANARY });
  }
}

const { log, lines } = captureLog();
const answers: Sent[] = [];
let shop: Shop;
let talkative: Shop;
let admin: string;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET }, log });
  talkative = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' }, log, ports: { gateway: new TalkativeGateway() } });
  admin = await bearer('admin_1', ['admin']);
});
afterAll(async () => {
  await shop?.close();
  await talkative?.close();
});

describe('a secret is not written down', () => {
  test('that comes in a header, a query, a path or a body of any route', async () => {
    const headers = {
      cookie: CANARY,
      'x-api-key': CANARY,
      'stripe-signature': CANARY,
      'proxy-authorization': `Basic ${CANARY}`,
      'user-agent': CANARY,
      referer: CANARY,
    };
    for (const { name, method, path } of await routesOf(shop)) {
      const body = BODIES[name];
      const filled = path.replaceAll(/\{\w+\}/g, CANARY);
      for (const authorization of [admin, `Bearer ${CANARY}`, `Basic ${CANARY}`, `${admin}${CANARY}`]) {
        const texts = body && JSON.stringify({ ...body, password: CANARY, token: CANARY, ...('reason' in body ? { reason: CANARY } : {}) });
        answers.push(
          await send(shop, method, `${filled}?token=${CANARY}`, { ...json(authorization, `${CANARY}-${newKey()}`), ...headers }, texts),
        );
      }
    }
    expect(answers.length).toBeGreaterThan(80);
  });

  test('that a statement of the database was given when it failed', async () => {
    await shop.sql(`create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'refused' using detail = new.reason, hint = new.reason, errcode = '23514', constraint = 'no_secrets'; end $$`);
    await shop.sql(`create trigger refuse before insert on audit for each row execute function refuse()`);
    const plan = { ...BODIES['POST /v1/admin/plans'], id: newUser(), name: CANARY, reason: `because of ${CANARY}` };
    const failed = await send(shop, 'POST', '/v1/admin/plans', json(admin, `${CANARY}-${newKey()}`), JSON.stringify(plan));
    answers.push(failed);
    expect(failed.status).toBe(500);
    const told = lines.filter((line) => line.includes('QueryFailedError')).map((line) => JSON.parse(line) as { err: object });
    expect(told.map(({ err }) => err)).toEqual([expect.objectContaining({ code: '23514', constraint: 'no_secrets' })]);
  });

  test('that a library hangs onto its errors', async () => {
    const user = await bearer(newUser());
    const sent = await send(talkative, 'PUT', '/v1/me/subscription', json(user), JSON.stringify(BODIES['PUT /v1/me/subscription']));
    const event = await send(talkative, 'POST', '/v1/webhooks/stripe', { 'content-type': 'application/json' }, '{}');
    answers.push(sent, event);
    expect([sent.status, JSON.parse(sent.text).status, event.status]).toEqual([202, 'unknown', 500]);
    expect(lines.filter((line) => line.includes('the gateway adapter failed'))).toHaveLength(1);
  });

  test('or is one that the service itself was given', () => {
    const all = lines.join('') + answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('');
    for (const secret of [SECRET, WEBHOOK_SECRET, 'sk_test_sandbox', admin.replace('Bearer ', '')]) expect(all).not.toContain(secret);
  });

  test('not once, in no log line and no answer about something else', () => {
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => line.includes(CANARY))).toEqual([]);
    expect(answers.filter(({ status, text }) => status >= 400 && text.includes(CANARY))).toEqual([]);
    expect(answers.filter(({ headers }) => JSON.stringify([...headers]).includes(CANARY))).toEqual([]);
  });
});

describe('a line stays one line', () => {
  const FORGED = '\r\n{"level":"error","message":"forged"}\n\u001b[31mred\u001b[0m\u2028\u0085\u0000';

  test('whatever is said in a body, a path, a query, a header or a token', async () => {
    const before = lines.length;
    const encoded = encodeURIComponent(FORGED);
    await send(shop, 'GET', `/v1/admin/users/${encoded}`, { authorization: admin });
    await send(shop, 'GET', `/nothing/${encoded}?${encoded}=${encoded}`, { authorization: admin });
    await send(shop, 'GET', `/v1/admin/operations?q=${encoded}`, { authorization: admin });
    for (const [name, body] of Object.entries(BODIES)) {
      const [method = '', path = ''] = name.split(' ');
      const spoiled = Object.fromEntries(Object.keys(body).map((member) => [member, FORGED]));
      await send(shop, method, path.replace('{id}', encoded), json(admin), JSON.stringify({ ...spoiled, [FORGED]: FORGED }));
    }
    await send(shop, 'GET', '/v1/me/operations', { authorization: await bearer(FORGED) });
    const written = lines.slice(before);
    expect(written.length).toBeGreaterThan(10);
    for (const line of written) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line).not.toMatch(/[\r\u001b\u0000\u0085]/);
      expect((JSON.parse(line) as { message: string }).message).not.toBe('forged');
    }
  });
});
