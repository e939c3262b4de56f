import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { expectInvariants, type ChargeFact } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const BUYERS = 400;
const SEATS = 40;
/** Short leases and early checks, so that what the killed process left is found while the test watches. */
const SHORT = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,3s,10s,1h', RECOVERY_INTERVAL_MS: '100' };
const SETTLED_WITHIN_MS = 60_000;

describe(`${BUYERS} buyers for ${SEATS} seats at two servers, a third of the cards declined`, () => {
  let around: Surroundings;
  let database: pg.Pool;
  let servers: ServerProcess[];
  beforeAll(async () => {
    around = await surroundings();
    const env = { ...around.env, ...SHORT, REDIS_URLS: process.env['TEST_REDIS_URL'] as string };
    servers = await Promise.all([0, 1].map(async () => startServer({ dataDir: await newDataDir(), env })));
    database = new pg.Pool({ connectionString: around.env['DATABASE_URL'] as string, max: 2 });
    await database.query(
      `insert into plans (id, name, price_amount, price_currency, "interval", capacity) values ('hall', 'Hall', 2500, 'USD', 'month', ${SEATS})`,
    );
  }, 150_000);
  afterAll(async () => {
    await database?.end();
    await endServers();
    await around?.close();
  });

  const hall = async (): Promise<{ held: number; taken: number }> =>
    (await database.query(`select seats_held as held, seats_taken as taken from plans where id = 'hall'`)).rows[0];
  const scene = {
    sql: async (text: string, values: unknown[] = []) => (await database.query(text, values)).rows,
    charges: async () => ((await around.gateway('GET', '/sandbox/charges')) as { data: ChargeFact[] }).data,
  };

  /** At one server and, when that is gone, at the other: with the same key until there is an answer that is one. */
  async function press(index: number, user: string, paymentMethod: string): Promise<ProcessAnswer> {
    const key = newKey();
    for (let tried = index; ; tried += 1) {
      const server = servers[tried % 2] as ServerProcess;
      const sent = server.send(user, 'PUT', '/v1/me/subscription', { planId: 'hall', paymentMethod }, { 'idempotency-key': key });
      const answer = await sent.catch(() => null);
      if (answer && answer.status !== 202 && answer.status !== 503) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Buyers whose card is declined leave; those who find it full come again while a seat is held that may become free. */
  async function buyer(index: number): Promise<'served' | 'declined' | 'sold out'> {
    const [user, declined] = [newUser(), index % 3 === 0];
    for (;;) {
      const { status } = await press(index, user, declined ? 'pm_card_chargeDeclined' : 'pm_card_visa');
      if (status === 201) return 'served';
      if (status === 402) return 'declined';
      expect(status).toBe(409);
      if ((await hall()).taken === SEATS) return 'sold out';
    }
  }

  test(`one of which is killed half way: exactly ${SEATS} are sold and charged, and no seat stays held`, async () => {
    const buyers = Array.from({ length: BUYERS }, (_, index) => buyer(index));
    await eventually(hall, ({ taken }) => taken >= SEATS / 2, SETTLED_WITHIN_MS);
    servers[0]?.signal('SIGKILL');
    const outcomes = await Promise.all(buyers);
    await expectInvariants(scene, { settleWithinMs: SETTLED_WITHIN_MS });
    expect(await hall()).toEqual({ held: 0, taken: SEATS });
    expect(outcomes.filter((outcome) => outcome === 'served')).toHaveLength(SEATS);
    expect(outcomes.filter((outcome, index) => outcome === 'declined' && index % 3 !== 0)).toEqual([]);
    expect(await around.charges()).toHaveLength(SEATS);
  }, 240_000);
});
