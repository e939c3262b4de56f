import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { expectInvariants, type ChargeFact } from '../kit/invariants.js';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { atOnce } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const USERS = 8;
const TRANSFERS = 1_000;
const GRANTED = 2_000;
const MAX_AMOUNT = 900;
const REASON = 'something to play with';

interface Wish {
  from: string;
  to: string;
  amount: number;
  key: string;
  /** Sent to both servers at the same moment. */
  twice: boolean;
}

describe(`${TRANSFERS} transfers among ${USERS} users at two servers, half of them sent twice with the same key`, () => {
  let around: Surroundings;
  let database: pg.Pool;
  let servers: [ServerProcess, ServerProcess];
  const users = Array.from({ length: USERS }, newUser);
  beforeAll(async () => {
    around = await surroundings();
    const env = { ...around.env, REDIS_URLS: process.env['TEST_REDIS_URL'] as string };
    servers = (await Promise.all([0, 1].map(async () => startServer({ dataDir: await newDataDir(), env })))) as typeof servers;
    database = new pg.Pool({ connectionString: around.env['DATABASE_URL'] as string, max: 2 });
    const body = { amount: { amount: GRANTED, currency: 'USD' }, reason: REASON };
    for (const user of users) {
      const granted = await servers[0].send('admin_1', 'POST', `/v1/admin/users/${user}/credits`, body, { 'idempotency-key': newKey() });
      expect(granted.status).toBe(201);
    }
  }, 150_000);
  afterAll(async () => {
    await database?.end();
    await endServers();
    await around?.close();
  });

  const sql = async (text: string, values: unknown[] = []) => (await database.query(text, values)).rows;
  const charges = async () => ((await around.gateway('GET', '/sandbox/charges')) as { data: ChargeFact[] }).data;

  /** With the same key until there is an answer that is one: there are more than a server has room for. */
  async function send(server: ServerProcess, { from, to, amount, key }: Wish): Promise<ProcessAnswer> {
    const body = { toUserId: to, amount: { amount, currency: 'USD' } };
    for (;;) {
      const answer = await server.send(from, 'POST', '/v1/me/credits/transfers', body, { 'idempotency-key': key });
      if (answer.status !== 503) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('move each key exactly once or not at all, and leave sums and entries in agreement', async () => {
    const wishes = Array.from({ length: TRANSFERS }, (_, n) => wish(users, n));
    const answered = new Map<string, ProcessAnswer[]>(wishes.map(({ key }) => [key, []]));
    const sent = wishes.flatMap((each) => (each.twice ? [0, 1] : [Math.random() < 0.5 ? 0 : 1]).map((at) => ({ each, at })));
    await atOnce(sent.length, async (n) => {
      const { each, at } = sent[n] as (typeof sent)[number];
      answered.get(each.key)?.push(await send(servers[at] as ServerProcess, each));
    });

    const codes = [...answered.values()].flat().map(({ status, body }) => body.code ?? status);
    expect(new Set(codes)).toEqual(new Set([201, 'insufficient-credit']));
    const moved = new Map((await sql(MOVED)).map((row) => [row.key, row]));
    for (const { from, to, amount, key, twice } of wishes) {
      const answers = answered.get(key) as ProcessAnswer[];
      const served = answers.filter(({ status }) => status === 201);
      expect(answers).toHaveLength(twice ? 2 : 1);
      // Who was refused may have asked a moment before the other was served.
      expect(moved.has(key)).toBe(served.length > 0);
      if (served.length > 0) expect(moved.get(key)).toEqual({ key, from_user: from, to_user: to, amount, entries: 2 });
      expect(new Set(served.map(({ body }) => body.id)).size).toBeLessThanOrEqual(1);
    }
    expect(moved.size).toBeGreaterThan(TRANSFERS / 4);
    expect(moved.size).toBeLessThan(TRANSFERS);

    expect(await sql('select count(*)::int as n from credit_entries where kind = $1', ['transfer'])).toEqual([{ n: 2 * moved.size }]);
    const [{ total, least }] = await sql('select sum(balance)::int as total, min(balance)::int as least from credit_accounts');
    expect([total, least >= 0]).toEqual([USERS * GRANTED, true]);
    // One that was met and sent again would be answered well too.
    expect(await sql('select deadlocks::int from pg_stat_database where datname = current_database()')).toEqual([{ deadlocks: 0 }]);
    await expectInvariants({ sql, charges });
  }, 150_000);
});

/** Between any two, in any direction, of any amount; every other one twice. */
function wish(users: string[], n: number): Wish {
  const from = Math.floor(Math.random() * USERS);
  const to = (from + 1 + Math.floor(Math.random() * (USERS - 1))) % USERS;
  const amount = 1 + Math.floor(Math.random() * MAX_AMOUNT);
  return { from: users[from] as string, to: users[to] as string, amount, key: newKey(), twice: n % 2 === 0 };
}

/** What moved under each key, as the entries say. */
const MOVED = `
select k.idempotency_key as key, min(e.user_id) filter (where e.amount < 0) as from_user, min(e.user_id) filter (where e.amount > 0) as to_user,
  max(e.amount)::int as amount, count(*)::int as entries
from operation_keys k join credit_entries e on e.movement_id = k.movement_id
where e.kind = 'transfer' group by k.idempotency_key`;
