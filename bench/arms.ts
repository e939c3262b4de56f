import type { Ran } from './callers.js';
import type { Measured } from './figures.js';
import { openFloor } from './floor.js';
import { SECRET, type Gateway, type House } from './house.js';
import { LEAN_TABLES } from './lean-sql.js';

/** One of those that are compared. */
export interface Arm extends Measured {
  /** Of the program before the database; null where there is none. */
  pid: number | null;
  /** What must have happened before the clock runs. */
  prepare(): Promise<unknown>;
  run(): Promise<Ran>;
  /** Says what it did; throws where that does not agree with what it answered: no arm is fast because it is wrong. */
  checkBooks(): Promise<string>;
}

export interface Course {
  callers: number;
  seconds: number;
  replay: boolean;
}

/** The plan has any number of seats, as the lean program counts none. */
const PLAN = 'open';
/** As many connections as the service has where nothing else is said. */
const POOL_SIZE = 16;
/** More than anybody answers in a second here: the time ends a run, and not the number of customers. */
const MAX_PER_SECOND = 3_000;
const REPLAYS_PER_SECOND = 20_000;
/** What is repeated is fresh from a second before. */
const SECONDS_TO_REPEAT = 1;

/** Service and lean come first; what could not be had is said in a sentence. */
export async function openArms(house: House, course: Course): Promise<{ arms: Arm[]; missing: string[] }> {
  const [service, lean, floor] = [await serviceArms(house, course), await leanArm(house, course), await floorArm(house, course)];
  const arms = [service.fresh, lean, ...(floor ? [floor] : []), ...(course.replay ? [service.replay] : [])];
  return { arms, missing: floor ? [] : ['floor: left out, no pgbench in /usr/lib/postgresql/*/bin or in the path'] };
}

async function serviceArms(house: House, { callers, seconds }: Course): Promise<{ fresh: Arm; replay: Arm }> {
  const server = await house.serve(true);
  await house.openPlans([PLAN], null);
  let [answered, repeated] = [0, 0];
  const orders = { plans: [PLAN], callers, requests: requestsOf(seconds, callers) };
  const serve = async (forSeconds: number): Promise<Ran> => {
    const ran = await house.run(server, { ...orders, seconds: forSeconds });
    answered += ran.statuses['201'] ?? 0;
    return ran;
  };
  const books = (): Promise<string> => checked(house, 'public', answered, house);
  const fresh: Arm = { name: 'service', results: [], pid: server.pid, prepare: nothing, run: () => serve(seconds), checkBooks: books };
  const replay: Arm = {
    ...fresh,
    name: 'replay',
    results: [],
    prepare: () => serve(SECONDS_TO_REPEAT),
    run: async () => {
      const requests = Math.ceil((seconds * REPLAYS_PER_SECOND) / callers);
      const ran = await house.run(server, { ...orders, requests, seconds, replay: true });
      repeated += ran.latenciesMs.length;
      return ran;
    },
    checkBooks: async () => `${repeated} replays, and still ${await books()}`,
  };
  return { fresh, replay };
}

async function leanArm(house: House, { callers, seconds }: Course): Promise<Arm> {
  await openSchema(house, 'lean');
  const gateway = await house.openGateway();
  const url = new URL(house.databaseUrl);
  url.searchParams.set('options', '-c search_path=lean');
  const env = { DATABASE_URL: url.href, REDIS_URL: house.redisUrl, GATEWAY_URL: gateway.url, SECRET, POOL_SIZE: `${POOL_SIZE}` };
  const server = await house.start('./lean.ts', env);
  let answered = 0;
  return {
    name: 'lean',
    results: [],
    pid: server.pid,
    prepare: nothing,
    run: async () => {
      const ran = await house.run(server, { plans: [PLAN], callers, requests: requestsOf(seconds, callers), seconds });
      answered += ran.statuses['201'] ?? 0;
      return ran;
    },
    checkBooks: () => checked(house, 'lean', answered, gateway),
  };
}

async function floorArm(house: House, { callers, seconds }: Course): Promise<Arm | null> {
  const floor = await openFloor(house.databaseUrl, 'floor', callers);
  if (floor === null) return null;
  await openSchema(house, 'floor');
  let answered = 0;
  return {
    name: 'floor',
    results: [],
    pid: null,
    prepare: nothing,
    run: async () => {
      const ran = await floor.run(seconds);
      answered += ran.latenciesMs.length;
      return ran;
    },
    checkBooks: async () => `${floor.clients} clients, ${await checked(house, 'floor', answered, null)}`,
  };
}

async function openSchema(house: House, name: string): Promise<void> {
  await house.database.query(`create schema ${name}; set search_path = ${name}; ${LEAN_TABLES}; reset search_path`);
}

async function checked(house: House, schema: string, answered: number, gateway: Pick<Gateway, 'charges'> | null): Promise<string> {
  const { rows } = await house.database.query(`
    select (select count(*)::int from ${schema}.operations) as operations,
      (select count(*)::int from ${schema}.operations where status = 'succeeded') as succeeded,
      (select count(distinct user_id)::int from ${schema}.subscriptions where status = 'active') as subscribed`);
  const { operations, succeeded, subscribed } = rows[0] as Record<string, number>;
  const charged = gateway === null ? answered : await gateway.charges();
  const said = `${answered} answered, ${operations} operations, ${succeeded} succeeded, ${subscribed} subscribed${gateway === null ? '' : `, ${charged} charged`}`;
  if (new Set([answered, operations, succeeded, subscribed, charged]).size > 1)
    throw new Error(`${schema}: the books do not agree: ${said}`);
  return said;
}

function requestsOf(seconds: number, callers: number): number {
  return Math.ceil((seconds * MAX_PER_SECOND) / callers);
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
