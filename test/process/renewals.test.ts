import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { ServiceClock } from '../../src/platform/database/service-clock.js';
import { expectInvariants, type ChargeFact } from '../kit/invariants.js';
import { endServers, newDataDir, startServer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const SUBSCRIBERS = 1_000;
/** Short leases and early checks, so that what the killed process left is found while the test watches. */
const SHORT = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,3s,10s,1h', RECOVERY_INTERVAL_MS: '100' };
const RENEWED_WITHIN_MS = 150_000;

describe(`${SUBSCRIBERS} subscriptions whose period ends at the same moment, at two schedulers`, () => {
  let around: Surroundings;
  let database: pg.Pool;
  let schedulers: ServerProcess[];
  beforeAll(async () => {
    around = await surroundings();
    schedulers = await Promise.all([start(), start()]);
    database = new pg.Pool({ connectionString: around.env['DATABASE_URL'] as string, max: 2 });
    await database.query(
      `insert into plans (id, name, price_amount, price_currency, "interval") values ('club', 'Club', 700, 'USD', 'month')`,
    );
  }, 150_000);
  afterAll(async () => {
    await database?.end();
    await endServers();
    await around?.close();
  });

  async function start(): Promise<ServerProcess> {
    const env = { ...around.env, ...SHORT, ROLES: 'renewals,recovery', REDIS_URLS: process.env['TEST_REDIS_URL'] as string };
    return startServer({ dataDir: await newDataDir(), env });
  }

  const sql = async (text: string, values: unknown[] = []) => (await database.query(text, values)).rows;
  const charges = async () => ((await around.gateway('GET', '/sandbox/charges')) as { data: (ChargeFact & { customer: string })[] }).data;
  const renewed = async (): Promise<number> =>
    (await sql('select count(*)::int from subscriptions where period_start > created_at and next_at = period_end'))[0].count;

  /** What a crashed scheduler holds is let go after a minute: the minute is over now. */
  async function aMinuteLater(): Promise<void> {
    const source = await createDataSource({
      url: around.env['DATABASE_URL'] as string,
      poolSize: 1,
      entities: [],
      onPoolError: () => undefined,
    }).initialize();
    await new ServiceClock(source).inHand(async (hands) => hands.moveTo(await hands.momentOf({ by: 'PT61S' })));
    await source.destroy();
  }

  test('one of which is killed and comes back: each period is charged once, and nothing stays behind', async () => {
    // At version 0, because nothing was told of them yet.
    await sql(
      `insert into subscriptions (id, version, user_id, plan_id, seated, status, price_amount, price_currency, "interval", period_start, period_end, anchor_day,
         payment_method, next_at, created_at)
       select gen_random_uuid(), 0, 'user_' || n, 'club', false, 'active', 700, 'USD', 'month', t.at - interval '1 month', t.at,
         extract(day from t.at at time zone 'UTC'), 'pm_card_visa', t.at, t.at - interval '1 month'
       from generate_series(1, $1) n, (select date_trunc('milliseconds', service_now()) as at) t`,
      [SUBSCRIBERS],
    );
    await eventually(renewed, (count) => count >= SUBSCRIBERS / 4, RENEWED_WITHIN_MS);
    schedulers[0]?.signal('SIGKILL');
    await schedulers[0]?.ended;
    expect(await renewed()).toBeLessThan(SUBSCRIBERS);
    schedulers.push(await start());
    await aMinuteLater();
    await eventually(renewed, (count) => count === SUBSCRIBERS, RENEWED_WITHIN_MS);
    await expectInvariants({ sql, charges }, { settleWithinMs: RENEWED_WITHIN_MS });

    const paid = (await charges()).filter(({ status }) => status === 'succeeded');
    const operations = await sql(`select reference, user_id, status from operations where kind = 'renew'`);
    expect(paid).toHaveLength(SUBSCRIBERS);
    expect(new Set(paid.map(({ customer }) => customer)).size).toBe(SUBSCRIBERS);
    expect(new Set(paid.map(({ reference }) => reference))).toEqual(new Set(operations.map(({ reference }) => reference)));
    expect(operations).toHaveLength(SUBSCRIBERS);
    expect(new Set(operations.map(({ user_id: user }) => user)).size).toBe(SUBSCRIBERS);
    const { data } = (await around.gateway('GET', '/sandbox/customers')) as { data: unknown[] };
    expect(data).toHaveLength(SUBSCRIBERS);
    expect(
      await sql(`select id from subscriptions where status <> 'active' or past_due is not null or claimed_until > service_now()`),
    ).toEqual([]);
    expect(await sql('select id from operations where settled_at is null')).toEqual([]);
  }, 360_000);
});
