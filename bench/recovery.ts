import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Pool } from 'pg';
import { openHouse } from './house.js';
import { machine, openPrinter } from './print.js';
import { processorTimeUs } from './processor-time.js';
import { PLAN } from './program-arm.js';

/**
 * How fast recovery works off what a dead process left: so many operations that were recorded and never charged, all of them due, and a process that does
 * nothing but recover. Each must end with one charge and one subscription.
 */
const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '100000' },
    'interval-ms': { type: 'string', default: '1000' },
    markdown: { type: 'boolean', default: false },
  },
});
const [operations, intervalMs] = [values.operations, values['interval-ms']].map(Number) as [number, number];
const LOOK_MS = 250;

const print = openPrinter(values.markdown);
const house = await openHouse(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  await house.openPlans([PLAN], null);
  await subscribeOnce();
  await leaveOpen(house.database, operations);
  const looksBefore = await looks();
  const service = await house.serve(true, { ROLES: 'recovery', RECOVERY_INTERVAL_MS: `${intervalMs}` });
  const pids = [service.pid, house.postgresPid, house.redisPid];
  const before = await Promise.all(pids.map(processorTimeUs));
  const startedAt = performance.now();
  // Asking the gateway costs the database nothing.
  while ((await house.charges()) <= operations) await sleep(LOOK_MS);
  while ((await open()) > 0) await sleep(LOOK_MS);
  const seconds = (performance.now() - startedAt) / 1_000;
  const spent = (await Promise.all(pids.map(processorTimeUs))).map((us, at) => ((us - (before[at] as number)) / operations).toFixed(0));
  print.line(`${operations} operations left open and due, a sweep each ${intervalMs} ms: ${machine()}. CPU in µs for each operation.`);
  print.table([
    ['recovered', 'operations/s', 'sweeps/s', 'CPU program', 'CPU Postgres', 'CPU Redis'],
    [
      `${operations} in ${seconds.toFixed(1)} s`,
      (operations / seconds).toFixed(0),
      ((await looks()) / seconds - looksBefore / seconds).toFixed(1),
      ...spent,
    ],
  ]);
  await checkBooks();
} finally {
  await house.close();
}

/** Whatever a recorded operation looks like is taken from one. */
async function subscribeOnce(): Promise<void> {
  const service = await house.serve(true);
  const { statuses } = await house.run({ urls: [service.url] }, { plans: [PLAN], callers: 1, requests: 1 });
  if (statuses['201'] !== 1) throw new Error(JSON.stringify(statuses));
  service.signal('SIGTERM');
  await service.ended;
}

/** As they were when they were recorded, each of a user of its own, with its key and its seat. */
async function leaveOpen(database: Pool, count: number): Promise<void> {
  const left: Record<string, string> = {
    id: `md5('operation ' || n)::uuid`,
    user_id: `'left_' || n`,
    subscription_id: `md5('subscription ' || n)::uuid`,
    intent: `md5('intent ' || n)`,
    reference: `'cf_' || md5('reference ' || n)`,
    status: `'pending'`,
    version: '1',
    gateway_reference: 'null',
    next_check_at: 'now()',
    settled_at: 'null',
    invoiced: 'false',
    timeline: `jsonb_build_array(t.timeline->0)`,
  };
  const { rows } = await database.query(`select column_name as name from information_schema.columns where table_name = 'operations'`);
  const columns = (rows as { name: string }[]).map(({ name }) => name);
  const chosen = columns.map((name) => left[name] ?? `t.${name}`);
  await database.query(
    `insert into operations (${columns.join(', ')}) select ${chosen.join(', ')} from (select * from operations limit 1) t, generate_series(1, $1::int) n`,
    [count],
  );
  await database.query(`insert into operation_keys (user_id, idempotency_key, operation_id, fingerprint)
    select user_id, 'left', id, 'left' from operations where status = 'pending'`);
  await database.query(
    `update plans p set seats_held = (select count(*) from operations o where o.seat_plan_id = p.id and o.status = 'pending')`,
  );
  await database.query('vacuum analyze');
}

async function open(): Promise<number> {
  const { rows } = await house.database.query(`select count(*)::int as open from operations where status = 'pending'`);
  return (rows[0] as { open: number }).open;
}

/** Sweeps and nobody else read this index. */
async function looks(): Promise<number> {
  const { rows } = await house.database.query(
    `select idx_scan::int as scans from pg_stat_user_indexes where indexrelname = 'operations_due'`,
  );
  return (rows[0] as { scans: number }).scans;
}

/** A measurement of something that went wrong is none. */
async function checkBooks(): Promise<void> {
  const { rows } = await house.database.query(`
    select (select count(*)::int from operations where status = 'succeeded') as succeeded,
      (select count(distinct user_id)::int from subscriptions where status = 'active') as subscribed,
      (select coalesce(sum(seats_held), 0)::int from plans) as held`);
  const { succeeded, subscribed, held } = rows[0] as Record<string, number>;
  const charged = await house.charges();
  process.stderr.write(`${succeeded} succeeded, ${subscribed} subscribed, ${charged} charged, ${held} seats held\n`);
  if (new Set([succeeded, subscribed, charged, operations + 1]).size > 1 || held !== 0) throw new Error('the books do not agree');
}
