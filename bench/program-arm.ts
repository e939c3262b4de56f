import type { Arm, Course } from './arms.js';
import { checkedBooks } from './books.js';
import type { Orders } from './callers.js';
import { SECRET, type House } from './house.js';

export interface Program {
  /** Also of its schema. */
  name: string;
  file: string;
  /** What is in its schema before it starts; nothing where it makes its tables itself. */
  tables?: string;
  env?: Record<string, string>;
}

/** The plan has any number of seats, as the other programs count none. */
export const PLAN = 'open';
/** As many connections as the service has where nothing else is said. */
const POOL_SIZE = 16;
/** More than anybody answers in a second here: the time ends a run, and not the number of customers. */
const MAX_PER_SECOND = 3_000;

/** A program of the benchmarks with a schema and a gateway of its own. */
export async function openProgramArm(house: House, course: Course, { name, file, tables = '', env = {} }: Program): Promise<Arm> {
  const schema = name.replaceAll('-', '_');
  await openSchema(house, schema, tables);
  const gateway = await house.openGateway();
  const url = new URL(house.databaseUrl);
  url.searchParams.set('options', `-c search_path=${schema}`);
  const server = await house.start(file, {
    DATABASE_URL: url.href,
    DATABASE_SCHEMA: schema,
    REDIS_URL: house.redisUrl,
    GATEWAY_URL: gateway.url,
    SECRET,
    POOL_SIZE: `${POOL_SIZE}`,
    ...env,
  });
  let answered = 0;
  return {
    name,
    results: [],
    pids: [server.pid],
    prepare: () => Promise.resolve(),
    run: async (atLeast = 0) => {
      const ran = await house.run({ urls: [server.url] }, ordersOf({ ...course, callers: Math.max(course.callers, atLeast) }));
      answered += ran.statuses['201'] ?? 0;
      return ran;
    },
    checkBooks: () => checkedBooks(house.database, schema, answered, gateway),
  };
}

export async function openSchema(house: House, name: string, tables: string): Promise<void> {
  await house.database.query(`create schema ${name}; set search_path = ${name}; ${tables}; reset search_path`);
}

/** What the callers are asked for in one round. */
export function ordersOf({ callers, seconds, requests }: Course): Omit<Orders, 'urls' | 'secret'> {
  const orders = { plans: [PLAN], callers };
  return requests === undefined
    ? { ...orders, requests: Math.ceil((seconds * MAX_PER_SECOND) / callers), seconds }
    : { ...orders, requests };
}
