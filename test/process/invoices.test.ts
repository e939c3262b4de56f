import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { buildGate, whileGateIsClosed } from '../invoices/held.js';
import { expectInvoices } from '../kit/invoice-invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ServerProcess } from '../kit/processes.js';
import { atOnce, eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const START_TIMEOUT_MS = 150_000;
const SHORT = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,3s,1h', RECOVERY_INTERVAL_MS: '100' };

describe('of two servers that number invoices', () => {
  let around: Surroundings;
  let servers: ServerProcess[];
  let pool: pg.Pool;
  beforeEach(async () => {
    around = await surroundings();
    const env = { ...around.env, ...SHORT, REDIS_URLS: process.env['TEST_REDIS_URL'] as string };
    servers = await Promise.all([0, 1].map(async () => startServer({ dataDir: await newDataDir(), env })));
    pool = new pg.Pool({ connectionString: around.env['DATABASE_URL'], max: 2 });
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    await pool.end();
    await endServers();
    await around.close();
  });
  afterAll(endServers);

  const sql = async (text: string, values?: unknown[]) => (await pool.query(text, values)).rows;
  const subscribe = async (at: ServerProcess) => {
    const body = { planId: 'pro', paymentMethod: 'pm_card_visa' };
    return (await at.send(newUser(), 'PUT', '/v1/me/subscription', body, { 'idempotency-key': newKey() })).status;
  };
  const invoiced = async (): Promise<number> => (await sql('select count(*)::int as count from invoices'))[0].count;

  test.each([0, 1])(
    'one is killed while a number is taken and not committed: everybody is served meanwhile, and no number is missing or given twice (%s)',
    async (killed) => {
      await buildGate(sql);
      await whileGateIsClosed(around.env['DATABASE_URL'] as string, sql, async (waiting) => {
        const first = await atOnce(6, (n) => subscribe(servers[n % 2]!));
        expect(first).toEqual(Array.from({ length: 6 }, () => 201));
        await waiting(1);
        servers[killed]!.signal('SIGKILL');
        await servers[killed]!.ended;
        const later = await atOnce(4, () => subscribe(servers[1 - killed]!));
        expect(later).toEqual(Array.from({ length: 4 }, () => 201));
        expect(await invoiced()).toBe(0);
      });
      await eventually(invoiced, (count) => count === 10);
      await expectInvoices(sql);
    },
    START_TIMEOUT_MS,
  );
});
