import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { ISO_DURATION, ServiceClock, type ClockWish } from '../../src/platform/database/service-clock.js';
import { createDatabase, type TestDatabase } from '../kit/databases.js';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let source: DataSource;
let clock: ServiceClock;
beforeEach(async () => {
  database = await createDatabase();
  source = await opened(database.url);
  clock = new ServiceClock(source);
});
afterEach(async () => {
  await source.destroy();
  await database.drop();
});

function opened(url: string): Promise<DataSource> {
  return createDataSource({ url, poolSize: 4, entities: [], onPoolError: () => undefined }).initialize();
}

async function move(wish: ClockWish, by = clock): Promise<Date> {
  const moved = await by.inHand(async (hands) => {
    const at = await hands.momentOf(wish);
    await hands.moveTo(at);
    return at;
  });
  return moved?.result as Date;
}

describe('the clock of business', () => {
  test('is the database’s own until it is moved', async () => {
    const { now, aheadMs } = await clock.read();
    expect(aheadMs).toBe(0);
    expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(60_000);
  });

  test('runs on from where it was moved to', async () => {
    const at = await move({ by: 'P31D' });
    const { now, aheadMs } = await clock.read();
    expect(now.getTime()).toBeGreaterThanOrEqual(at.getTime());
    expect(aheadMs).toBeGreaterThan(31 * DAY_MS - 60_000);
    expect(aheadMs).toBeLessThanOrEqual(31 * DAY_MS);
  });

  test('is moved for a statement that another connection has prepared, at once and whatever plan it keeps', async () => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    const prepared = async (): Promise<Date> => (await other.query({ name: 'now', text: 'select service_now() as now' })).rows[0].now;
    // Postgres keeps a generic plan from the sixth time on; this one is kept from the first.
    await other.query('set plan_cache_mode = force_generic_plan');
    for (let times = 0; times < 8; times += 1) expect((await prepared()).getTime()).toBeLessThan(Date.now() + 60_000);
    const at = await move({ by: 'P1Y' });
    expect((await prepared()).getTime()).toBeGreaterThanOrEqual(at.getTime());
    await other.end();
  });

  test('is what rows are dated with', async () => {
    const at = await move({ by: 'P2D' });
    await source.query(`insert into plans (id, name, price_amount, price_currency, "interval") values ('p', 'P', 1, 'USD', 'month')`);
    const [plan] = await source.query('select created_at from plans');
    expect(plan.created_at.getTime()).toBeGreaterThanOrEqual(at.getTime());
  });

  test('goes forwards only', async () => {
    const first = await move({ by: 'P31D' });
    await move({ to: new Date(first.getTime() - 10 * DAY_MS).toISOString() });
    expect((await clock.read()).now.getTime()).toBeGreaterThanOrEqual(first.getTime());
  });

  test('moves a month of the calendar, in UTC, whatever the session speaks', async () => {
    await move({ to: '2031-01-31T22:30:00Z' });
    await source.query(`set time zone 'Pacific/Auckland'`);
    const at = await move({ by: 'P1M' });
    expect(at.toISOString()).toMatch(/^2031-02-28T22:30:/);
  });

  test('is in one hand at a time, in any process, and free again afterwards', async () => {
    const elsewhere = await opened(database.url);
    const other = new ServiceClock(elsewhere);
    const refused = await clock.inHand(() => other.inHand(async () => 'had it'));
    expect(refused).toEqual({ result: null });
    await expect(clock.inHand(() => Promise.reject(new Error('broke')))).rejects.toThrow('broke');
    expect(await other.inHand(async () => 'has it')).toEqual({ result: 'has it' });
    await elsewhere.destroy();
  });

  test('survives everything but the database', async () => {
    await move({ by: 'P31D' });
    const later = await opened(database.url);
    expect((await new ServiceClock(later).read()).aheadMs).toBeGreaterThan(30 * DAY_MS);
    await later.destroy();
  });

  test('is not moved further than ten years at once', async () => {
    await expect(move({ by: 'P10Y1D' })).rejects.toMatchObject({ code: 'validation-failed', extras: { errors: [{ pointer: '/by' }] } });
    await expect(move({ to: '2500-01-01T00:00:00Z' })).rejects.toMatchObject({ extras: { errors: [{ pointer: '/to' }] } });
    expect((await clock.read()).aheadMs).toBe(0);
  });

  test('is refused to a role that does not own it, and says so', async () => {
    const role = `visitor_${new URL(database.url).pathname.slice(1, 25)}`;
    await source.query(`create role ${role} login password 'of the tests'; grant select on all tables in schema public to ${role}`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'of the tests'];
    const visitor = await opened(url.href);
    const moving = move({ by: 'P1D' }, new ServiceClock(visitor));
    await expect(moving).rejects.toMatchObject({ code: 'clock-not-movable', row: { status: 409, charged: 'no' } });
    await visitor.destroy();
    await source.query(`drop owned by ${role}; drop role ${role}`);
  });
});

describe('a clock that was moved', () => {
  test('is refused where real cards are charged', async () => {
    await expect(clock.refuseMoved()).resolves.toBeUndefined();
    await move({ by: 'PT1S' });
    await expect(clock.refuseMoved()).rejects.toThrow('The clock of this database was moved');
  });

  test('is not asked for in a database that is not migrated yet', async () => {
    await source.query('drop function service_now() cascade');
    await expect(clock.refuseMoved()).resolves.toBeUndefined();
  });
});

describe('a duration', () => {
  test('is what ISO 8601 says, and Postgres reads it', async () => {
    for (const text of ['P1D', 'P31D', 'P1M', 'P1Y', 'P1Y2M3W4DT5H6M7S', 'PT1H', 'PT90M', 'P0D', 'P2W']) {
      expect(text).toMatch(ISO_DURATION);
      await expect(move({ by: text })).resolves.toBeInstanceOf(Date);
    }
  });

  test('is nothing else', () => {
    const others = [
      '',
      'P',
      'PT',
      'P1',
      '31D',
      'P-1D',
      '-P1D',
      'P1.5D',
      'P1H',
      'PT1D',
      'p1d',
      'P1D ',
      ' P1D',
      'P1D\n',
      '1 day',
      'P100000D',
      "P1D'",
    ];
    expect(others.filter((text) => ISO_DURATION.test(text))).toEqual([]);
  });
});
