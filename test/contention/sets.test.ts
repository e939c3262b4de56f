import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Operation } from '../../src/operations/operation.entity.js';
import { poolOf, sqlState } from '../../src/platform/database/named-statement.js';
import { subscribing, success } from '../contracts/drafts.js';
import { expectInvariants } from '../kit/invariants.js';
import { newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';
import { atOnce, eventually } from '../kit/waiting.js';
import { storeOf } from '../operations/abandoned.js';

const USERS = 48;
const PLANS = 4;
const ROUNDS = 4;

let shop: Shop;
let other: Shop;
/** What Postgres refused, of all statements of both services. */
let refused: (string | undefined)[];
/** Items in each statement that takes sets. */
let sizes: number[];

beforeAll(async () => {
  // Nobody keeps cards or numbers invoices: whoever waits for a lock is one of the requests.
  shop = await Shop.open({ leases: 'none', env: { ROLES: 'api' } });
  other = await shop.another();
  for (const one of [shop, other]) watch(one);
});
afterAll(() => shop?.close());
beforeEach(() => {
  [refused, sizes] = [[], []];
});

/** Notes what becomes of every statement that a service sends. One that is sent again is there twice. */
function watch({ service }: Shop): void {
  const pool = poolOf(service.app.get(DataSource));
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const watched = async (...args: unknown[]): Promise<unknown> => {
    const { name = '', values = [] } = args[0] as { name?: string; values?: unknown[] };
    if (/^operations\.(record|settle)\./.test(name)) sizes.push((JSON.parse(values[0] as string) as unknown[]).length);
    try {
      return await query(...args);
    } catch (error) {
      refused.push(sqlState(error));
      throw error;
    }
  };
  Object.assign(pool, { query: watched });
}

async function openPlans(): Promise<string[]> {
  const ids = Array.from({ length: PLANS }, () => `room-${randomUUID().slice(0, 8)}`);
  const sql = `insert into plans (id, name, price_amount, price_currency, "interval", capacity) select id, id, 2500, 'USD', 'month', 1000 from unnest($1::text[]) id`;
  await shop.sql(sql, [ids]);
  return ids;
}

const statusesOf = (answers: Answer[]): number[] => [...new Set(answers.map(({ status }) => status))].sort((a, b) => a - b);

test('sets of two services that move users between plans in every direction take their locks in one order: none is a deadlock', async () => {
  const plans = await openPlans();
  const users = Array.from({ length: USERS }, newUser);
  const at = (index: number): Shop => (index % 2 === 0 ? shop : other);
  const move = (round: number) =>
    atOnce(USERS, (index) => {
      // Those at one service go up as those at the other go down.
      const step = index % 2 === 0 ? round : -round;
      const plan = plans[((((index >> 1) + step) % PLANS) + PLANS) % PLANS] as string;
      return at(index)
        .as(users[index] as string)
        .subscribe(plan, { effective: 'now' });
    });
  expect(statusesOf(await move(0))).toEqual([201]);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const release = await locked(plans.toSorted().at(-1) as string);
    const moved = move(round);
    // Sets of both services meet, with what they have locked so far.
    await waiting(2);
    await release();
    expect(statusesOf(await moved)).toEqual([200]);
  }
  expect(Math.max(...sizes)).toBeGreaterThan(1);
  expect(refused).toEqual([]);
  await expectInvariants(shop);
});

test('a record and a settle of one user that wait for each other are parted by the database and sent again: both have their answer', async () => {
  const [from, to] = (await openPlans()) as [string, string];
  const user = newUser();
  expect((await shop.as(user).subscribe(from)).status).toBe(201);
  const [seen] = await storeOf(shop).look([{ userId: user, key: '', reference: '' }]);
  const change = { userId: user, turn: 2, kind: 'change_plan', seat: true, subscriptionId: seen?.subscription?.id as string } as const;
  const release = await locked(from);
  // Decided before the user's next operation was known, it waits for the plan with a view of before that.
  const stale = storeOf(other).record([subscribing(from, change)]);
  await waiting(1);
  const [recorded] = await storeOf(shop).record([subscribing(to, change)]);
  const { operation } = recorded as { operation: Operation };
  const settling = storeOf(shop).settle([{ ...success(operation), change: { planId: to } }]);
  await waiting(2);
  await release();
  expect(await stale).toEqual([{ kind: 'overtaken' }]);
  expect(await settling).toMatchObject([{ operation: { status: 'succeeded' }, subscription: { planId: to } }]);
  expect(refused).toEqual(['40P01']);
});

/** Locks a plan until it is released. */
async function locked(plan: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: shop.databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select from plans where id = $1 for update', [plan]);
  return () => client.end();
}

/** Resolves when at least so many statements of the services wait for a lock. */
const waiting = (count: number) =>
  eventually(
    () => shop.sql("select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
    (waiters) => waiters.length >= count,
  );
