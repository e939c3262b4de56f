import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';

const CANARY = 'canary-'.repeat(6);

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ env: { ROLES: 'api', MIGRATE: 'check', STRIPE_WEBHOOK_SECRET: `whsec_${CANARY}` } });
});
afterAll(() => shop?.close());

const read = async (of = shop) => (await of.as('viewer_1', ['viewer']).get('/v1/admin/system')).body;

describe('the system', () => {
  test('is shown with its versions, its migrations and every part of it', async () => {
    const body = await read();
    expect(body).toMatchObject({
      object: 'system',
      clockAheadSeconds: 0,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.versions.node,
      process: expect.stringMatching(`:${process.pid}$`),
      notes: [],
      database: { state: 'up', version: expect.stringMatching(/^\d+/), migrations: { pending: [] } },
      leases: { keptIn: 'redlock', state: 'up', nodes: [{ version: expect.any(String), answeredInMs: expect.any(Number), why: null }] },
      gateway: { state: 'unknown', calls: 0, silent: 0, lastCallAt: null, lastAnswered: null },
    });
    expect(body.database.migrations.applied.length).toBeGreaterThan(2);
  });

  test('says which migrations are pending', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    await own.sql('delete from migrations where id = (select max(id) from migrations)');
    const { database } = await read(own);
    expect([database.state, database.migrations.pending.length]).toEqual(['degraded', 1]);
    await own.close();
  });

  test('has leases that are down where their nodes do not answer, and says which and why', async () => {
    const blind = await Shop.open({ leases: 'redlock', env: { ROLES: 'api', REDIS_URLS: 'redis://user:secret@127.0.0.1:1' } });
    const { leases, notes } = await read(blind);
    expect(leases).toEqual({
      keptIn: 'redlock',
      state: 'down',
      nodes: [{ address: '127.0.0.1:1', version: null, answeredInMs: null, why: expect.stringMatching(/./) }],
    });
    expect(notes).toContainEqual(expect.stringContaining('Leases cannot be had'));
    await blind.close();
  });

  test('knows its gateway by how the latest calls went', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    await own.as(newUser()).subscribe('pro');
    expect((await read(own)).gateway).toMatchObject({ name: 'stripe', state: 'up', calls: 1, silent: 0, lastAnswered: true });
    await own.as(newUser()).subscribe('pro', { paymentMethod: 'pm_sandbox_500_charged' });
    expect((await read(own)).gateway).toMatchObject({ state: 'degraded', calls: 2, silent: 1, lastAnswered: false });
    await own.close();
  });

  test('shows background work that nobody does, whose role it is, and that it is not done here', async () => {
    const own = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    await own.as(newUser()).subscribe('pro', { paymentMethod: 'pm_sandbox_500_charged' });
    await own.as(newUser()).subscribe('basic');
    const before = (await read(own)).chores as { name: string; state: string; doneHere: boolean }[];
    expect(before.map(({ name, state, doneHere }) => [name, state, doneHere])).toEqual([
      ['recovery', 'on_time', false],
      ['gateway_events', 'on_time', false],
      ['invoices', 'on_time', false],
      ['renewals', 'on_time', false],
    ]);
    await own.sql(`update operations set next_check_at = now() - interval '5 minutes' where status = 'unknown'`);
    await own.sql(`update operations set settled_at = now() - interval '5 minutes' where status = 'succeeded'`);
    await own.sql(`update subscriptions set next_at = now() - interval '5 minutes'`);
    await own.sql(
      `insert into gateway_events (gateway, event_id, type, next_attempt_at) values ('stripe', 'evt_1', 'x', now() - interval '5 minutes')`,
    );
    const after = (await read(own)).chores as { name: string; state: string; overdue: number; oldestAt: string }[];
    for (const { state, overdue, oldestAt } of after) {
      expect([state, overdue]).toEqual(['behind', 1]);
      expect(Date.now() - Date.parse(oldestAt)).toBeGreaterThan(299_000);
    }
    await own.close();
  });

  test('shows settings under the names of their variables, and no secret is among them', async () => {
    const body = await read();
    const settings = Object.fromEntries(body.settings.map(({ name, value }: { name: string; value: string }) => [name, value]));
    expect(settings).toMatchObject({
      ROLES: 'api',
      GATEWAY: 'sandbox',
      LEASE_TTL_MS: '5000',
      RECOVERY_SCHEDULE: '10s, 30s, 2m, 10m, 1h, 6h, 1d',
      AUTH_JWT_SECRET: 'set',
      AUTH_JWKS_URL: 'not set',
      AUTH_ISSUER: 'not set',
      STRIPE_API_KEY: 'set, for test cards',
      STRIPE_WEBHOOK_SECRET: 'set, 1',
      REDIS_URLS: '1 of them',
    });
    const said = JSON.stringify(body);
    for (const secret of [CANARY, 'secret of the tests', 'sk_test_', 'postgres://', 'redis://']) expect(said).not.toContain(secret);
  });

  test('is seen by viewers, and by nobody who has no role', async () => {
    expect((await shop.as(newUser()).get('/v1/admin/system')).body.code).toBe('forbidden');
  });
});
