import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pino from 'pino';
import { DataSource } from 'typeorm';
import { issueToken } from '../../src/api/caller.js';
import { Invoicing } from '../../src/operations/invoicing/invoicing.js';
import { Recovery } from '../../src/operations/recovery.js';
import { Renewals } from '../../src/operations/due/renewals.js';
import { SavedCards } from '../../src/operations/cards/saved-cards.js';
import { TestClock, type TestClockParts } from '../../src/operations/due/test-clock.js';
import { Clock } from '../../src/platform/clock.js';
import { readConfig } from '../../src/platform/config.js';
import { ServiceClock } from '../../src/platform/database/service-clock.js';
import { startService } from '../../src/service.js';
import { expectInvariants } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { SECRET, Shop } from '../kit/shop.js';
import { advance, businessTime } from '../kit/test-clock.js';
import { atOnce } from '../kit/waiting.js';

const DAY_MS = 86_400_000;
/** Things that happen at a moment happen within the second, and a busy machine takes its time for them. */
const SOON_MS = 30_000;

const post = (shop: Shop, body: unknown, role: 'admin' | 'operator' | null = 'admin') =>
  shop.as(`${role}_1`, role ? [role] : []).send('POST', '/v1/test/clock/advance', body);

const renewalsOf = (shop: Shop, user: string) =>
  shop.sql(
    `select status, period_start as "periodStart", created_at as "createdAt", settled_at as "settledAt" from operations
     where user_id = $1 and kind = 'renew' order by turn`,
    [user],
  );

describe('the test clock', () => {
  let shop: Shop;
  beforeAll(async () => {
    // No loop of the service's own does what the clock is to do.
    shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', LEASE_TTL_MS: '1000' } });
  });
  afterAll(async () => {
    await expectInvariants(shop);
    await shop.close();
  });

  test('tells what time it is, and how far that is ahead', async () => {
    const { status, body } = await shop.as('admin_1', ['admin']).get('/v1/test/clock');
    expect([status, body.object, body.aheadSeconds]).toEqual([200, 'test_clock', 0]);
    expect(Math.abs(Date.parse(body.now) - Date.now())).toBeLessThan(SOON_MS);
  });

  test.each([
    [{}, '', 'must have either by or to'],
    [{ by: 'P1D', to: '2040-01-01T00:00:00Z' }, '', 'must have either by or to'],
    [{ by: '31 days' }, '/by', 'must be an ISO 8601 duration such as P31D, P1M or PT1H'],
    [{ by: '-P1D' }, '/by', 'must be an ISO 8601 duration such as P31D, P1M or PT1H'],
    [{ by: 'P11Y' }, '/by', 'must be no more than 10 years ahead'],
  ])('refuses %j and stays where it is', async (body, pointer, detail) => {
    const answer = await post(shop, body);
    expect([answer.status, answer.body.code, answer.body.errors]).toEqual([400, 'validation-failed', [{ pointer, detail }]]);
    expect(Math.abs((await businessTime(shop)).getTime() - Date.now())).toBeLessThan(SOON_MS);
  });

  test('is moved by admins alone', async () => {
    for (const role of ['operator', null] as const) expect((await post(shop, { by: 'P1D' }, role)).status).toBe(403);
  });

  test('lets a year of a monthly subscription happen in one call: twelve renewals, each at its own time', async () => {
    const user = await newSubscriber();
    const moved = await advance(shop, { by: 'P1Y' });
    expect(moved).toMatchObject({ object: 'test_clock', settled: true });
    expect(moved.renewals).toBeGreaterThanOrEqual(12);
    expect(Date.parse(moved.to) - Date.parse(moved.from)).toBeGreaterThanOrEqual(365 * DAY_MS);
    expect(Date.parse(moved.now)).toBeGreaterThanOrEqual(Date.parse(moved.to));
    const renewals = await renewalsOf(shop, user);
    expect(renewals.map(({ status }) => status)).toEqual(Array(12).fill('succeeded'));
    for (const { periodStart, createdAt, settledAt } of renewals) {
      expect(createdAt - periodStart).toBeGreaterThanOrEqual(0);
      expect(settledAt - periodStart).toBeLessThan(SOON_MS);
    }
    expect(new Set(renewals.map(({ periodStart }) => periodStart.getTime())).size).toBe(12);
  });

  test('asked for the same moment again it moves nothing, and nothing is renewed twice', async () => {
    const user = await newSubscriber();
    const to = new Date((await businessTime(shop)).getTime() + 45 * DAY_MS).toISOString();
    const first = await advance(shop, { to });
    const again = await advance(shop, { to });
    expect(Date.parse(again.now) - Date.parse(first.now)).toBeLessThan(SOON_MS);
    expect(again.renewals).toBe(0);
    expect(await renewalsOf(shop, user)).toHaveLength(1);
  });

  test('moved by several at once it is moved by one after the other', async () => {
    const user = await newSubscriber();
    const before = await businessTime(shop);
    const other = await shop.another();
    await atOnce(4, (index) => advance(index % 2 === 0 ? shop : other, { by: 'P31D' }));
    const movedMs = (await businessTime(shop)).getTime() - before.getTime();
    expect(movedMs).toBeGreaterThanOrEqual(4 * 31 * DAY_MS);
    expect(movedMs).toBeLessThan(4 * 31 * DAY_MS + 2 * SOON_MS);
    expect(await renewalsOf(shop, user)).toHaveLength(4);
  });

  test('in the hand of somebody who does not let go of it is not waited for without end', async () => {
    const waiting = new TestClock({ ...partsOf(shop), limitMs: 200 });
    const refused = await partsOf(shop).serviceClock.inHand(() =>
      waiting.advance({ by: 'P1D' }, new AbortController().signal).catch((error: unknown) => error),
    );
    expect(refused?.result).toMatchObject({ code: 'overloaded', extras: { charged: 'no', retryAfterSeconds: 1 } });
  });

  test('ends what was left open on the way: a charge whose answer was lost is found out about, and stays one', async () => {
    const user = newUser();
    await shop.gateway('POST', '/sandbox/faults', { next: ['reset_charged'] });
    const unknown = await shop.as(user).subscribe('pro');
    expect([unknown.status, unknown.body.status]).toEqual([202, 'unknown']);
    const moved = await advance(shop, { by: 'P1D' });
    expect(moved).toMatchObject({ settled: true });
    expect(moved.operations).toBeGreaterThanOrEqual(1);
    const { body } = await shop.as(user).get(`/v1/operations/${unknown.body.id}`);
    expect([body.status, body.charged]).toEqual(['succeeded', 'yes']);
    expect(Date.parse(body.settledAt) - Date.parse(body.createdAt)).toBeLessThan(2 * SOON_MS);
  });

  test('does not wait for customers who do not come: what they were to authenticate runs out', async () => {
    const user = newUser();
    const waiting = await shop.as(user).subscribe('pro', { paymentMethod: 'pm_card_authenticationRequired' });
    expect((await advance(shop, { by: 'PT30M' })).settled).toBe(true);
    expect((await shop.as(user).get(`/v1/operations/${waiting.body.id}`)).body.status).toBe('requires_action');
    expect((await advance(shop, { by: 'PT1H' })).settled).toBe(true);
    expect((await shop.as(user).get(`/v1/operations/${waiting.body.id}`)).body.status).toBe('canceled');
  });

  test('does not wait for people either: a charge that nobody can find out about is theirs', async () => {
    const user = newUser();
    // Enough for those of the other tests whose period ends in the same days of the calendar.
    await shop.gateway('POST', '/sandbox/faults', { next: Array(100).fill('500_uncharged') });
    const unknown = await shop.as(user).subscribe('pro');
    expect(await advance(shop, { by: 'P2D' })).toMatchObject({ settled: true });
    await shop.gateway('POST', '/sandbox/faults', { next: [] });
    expect((await shop.as(user).get(`/v1/operations/${unknown.body.id}`)).body.status).toBe('needs_review');
    await shop.as('admin_1', ['admin']).post(`/v1/admin/operations/${unknown.body.id}/resolve`, {
      outcome: 'not_charged',
      reason: 'the gateway was asked by telephone',
    });
  });

  test('a client is told to come back as soon as it would be without it', async () => {
    const user = newUser();
    await advance(shop, { by: 'P1D' });
    await shop.gateway('POST', '/sandbox/faults', { next: ['500_charged'] });
    const unknown = await shop.as(user).subscribe('pro');
    const seconds = Number(unknown.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(10);
    await advance(shop, { by: 'PT1M' });
  });

  async function newSubscriber(): Promise<string> {
    const user = newUser();
    expect((await shop.as(user).subscribe('pro')).status).toBe(201);
    return user;
  }
});

test('beside schedulers that are at work, in two processes, everything happens once and at its own moment all the same', async () => {
  const shop = await Shop.open({ leases: 'postgres', env: { RECOVERY_INTERVAL_MS: '50', LEASE_TTL_MS: '1000' } });
  await shop.another();
  const users = Array.from({ length: 10 }, newUser);
  for (const user of users) expect((await shop.as(user).subscribe('pro')).status).toBe(201);
  expect(await advance(shop, { by: 'P6M' })).toMatchObject({ settled: true, renewals: 60 });
  for (const user of users) {
    const renewals = await renewalsOf(shop, user);
    expect(renewals.map(({ status }) => status)).toEqual(Array(6).fill('succeeded'));
    for (const { periodStart, settledAt } of renewals) expect(settledAt - periodStart).toBeLessThan(SOON_MS);
  }
  expect(await shop.succeededCharges()).toHaveLength(70);
  await expectInvariants(shop);
  await shop.close();
});

describe('a gateway that hangs', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', LEASE_TTL_MS: '1000' } });
  });
  afterAll(async () => {
    await expectInvariants(shop);
    await shop.close();
  });

  const hold = () => shop.gateway('POST', '/sandbox/hold', { of: 'charge' });
  const held = () => shop.gateway('GET', '/sandbox/held?of=charge&atLeast=1');
  const release = () => shop.gateway('POST', '/sandbox/release', { of: 'charge' });

  test('holds up no call for as long: what does not move is not waited for, and the answer says so', async () => {
    const user = newUser();
    await hold();
    const started = await shop.as(user).subscribe('pro', { prefer: 'respond-async' });
    await held();
    const { status, body } = await post(shop, { by: 'PT1M' });
    expect([status, body.settled]).toEqual([202, false]);
    expect(Date.parse(body.now)).toBeGreaterThanOrEqual(Date.parse(body.to));
    await release();
    expect(await advance(shop, { to: body.to })).toMatchObject({ settled: true });
    expect((await shop.as(user).get(`/v1/operations/${started.body.id}`)).body.status).toBe('succeeded');
  });

  test('ends a call when its time is over, at the moment that it was at; the same moment asked for again goes on', async () => {
    const user = newUser();
    expect((await shop.as(user).subscribe('pro')).status).toBe(201);
    await hold();
    const hasty = new TestClock({ ...partsOf(shop), limitMs: 1_000 });
    const to = new Date((await businessTime(shop)).getTime() + 62 * DAY_MS).toISOString();
    const moving = hasty.advance({ to }, new AbortController().signal);
    await held();
    const moved = await moving;
    expect(moved.settled).toBe(false);
    expect(moved.to.getTime() - moved.now.getTime()).toBeGreaterThan(30 * DAY_MS);
    await release();
    expect(await advance(shop, { to })).toMatchObject({ settled: true });
    expect(await renewalsOf(shop, user)).toHaveLength(2);
  });

  test('and a caller who leaves end the call: nobody moves the clock for nobody', async () => {
    const user = newUser();
    expect((await shop.as(user).subscribe('pro')).status).toBe(201);
    await hold();
    const leaving = new AbortController();
    const to = new Date((await businessTime(shop)).getTime() + 62 * DAY_MS);
    const moving = shop.as('admin_1', ['admin']).send('POST', '/v1/test/clock/advance', { to }, {}, leaving.signal);
    await held();
    leaving.abort();
    await expect(moving).rejects.toThrow();
    await release();
    // The clock is in nobody's hand when it can be taken.
    await advance(shop, { by: 'P0D' });
    expect((await businessTime(shop)).getTime()).toBeLessThan(to.getTime() - 27 * DAY_MS);
  });
});

/** What the service's own clock is made of. */
function partsOf({ service: { app } }: Shop): TestClockParts {
  return {
    database: app.get(DataSource),
    serviceClock: app.get(ServiceClock),
    clock: app.get(Clock),
    recovery: app.get(Recovery),
    renewals: app.get(Renewals),
    cards: app.get(SavedCards),
    invoicing: app.get(Invoicing),
    patienceMs: 60_000,
  };
}

describe('a service that charges real cards', () => {
  const TOKEN = { secret: SECRET, userId: 'admin_1', issuer: null, audience: null, ttlSeconds: 600 };
  const real = { GATEWAY: 'stripe', STRIPE_API_KEY: 'sk_test_of_the_tests' };

  test('has no test clock, neither among its routes nor in its document', async () => {
    const shop = await Shop.open({ leases: 'postgres', env: real });
    for (const [method, path] of [
      ['GET', '/v1/test/clock'],
      ['POST', '/v1/test/clock/advance'],
    ] as const) {
      const authorization = `Bearer ${await issueToken({ ...TOKEN, roles: ['admin'] })}`;
      const body = method === 'POST' ? { body: JSON.stringify({ by: 'P31D' }) } : {};
      const answer = await fetch(`${shop.url}${path}`, { method, headers: { authorization, 'content-type': 'application/json' }, ...body });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'not-found']);
    }
    const document = (await (await fetch(`${shop.url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(document.paths).filter((path) => path.includes('test'))).toEqual([]);
    expect(Math.abs((await shop.sql('select extract(epoch from service_now() - now())::float8 as ahead'))[0].ahead)).toBe(0);
    await shop.close();
  });

  test('does not start on a database whose clock was moved', async () => {
    const sandbox = await Shop.open({ leases: 'postgres' });
    await advance(sandbox, { by: 'PT1H' });
    const { databaseUrl: DATABASE_URL, gatewayUrl: STRIPE_API_BASE } = sandbox;
    const env = { ...real, DATABASE_URL, STRIPE_API_BASE, STRIPE_WEBHOOK_SECRET: 'whsec_of_the_tests', AUTH_JWT_SECRET: SECRET };
    await expect(startService(readConfig(env), pino({ level: 'silent' }))).rejects.toThrow('The clock of this database was moved');
    await sandbox.close();
  });
});
