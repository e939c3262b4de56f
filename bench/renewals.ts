import { parseArgs } from 'node:util';
import type { ServerProcess } from '../test/kit/processes.js';
import { percentile } from '../test/overload/open-loop.js';
import { openHouse } from './house.js';
import { looksOfTimeMs } from './looks.js';
import { processorTimeUs } from './processor-time.js';

/**
 * Whether what time asks for is worked off as fast as what customers ask for, and what looking costs when there is nothing to do. Fresh subscribes and due
 * renewals take turns, each with a service of its own on the same machine; what counts is the median of the ratios of each round.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    due: { type: 'string', default: '100000' },
    callers: { type: 'string', default: '64' },
    requests: { type: 'string', default: '128' },
    idle: { type: 'string', default: '1000000' },
  },
});
const [rounds, due, callers, requests, idle] = [values.rounds, values.due, values.callers, values.requests, values.idle].map(Number) as [
  number,
  number,
  number,
  number,
  number,
];

interface Pace {
  perSecond: number;
  /** Of the service, for each operation, in µs. */
  serviceUs: number;
}

const PLAN = 'monthly';
const LOOK_MS = 500;

/** Subscribers whose month is over this moment, and whose card is kept. */
const SUBSCRIPTION_COLUMNS = `id, user_id, plan_id, seated, status, price_amount, price_currency, "interval", period_start, period_end, anchor_day,
  payment_method, customer, next_at`;
const DUE_SQL = `
insert into subscriptions (${SUBSCRIPTION_COLUMNS})
select gen_random_uuid(), 'due_' || gen_random_uuid(), $2, false, 'active', 1900, 'USD', 'month', now() - interval '1 month', now(),
  extract(day from now() at time zone 'UTC'), 'pm_card_visa', 'cus_bench', now()
from generate_series(1, $1::int)`;
const IDLE_SQL = `
insert into subscriptions (${SUBSCRIPTION_COLUMNS})
select gen_random_uuid(), 'idle_' || n, $2, false, 'active', 1900, 'USD', 'month', now(), now() + interval '1 month', 1,
  'pm_card_visa', 'cus_bench', now() + interval '1 day' + n * interval '2 s'
from generate_series(1, $1::int) n`;

const house = await openHouse(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  await house.openPlans([PLAN], null);
  const paces: { fresh: Pace; renewals: Pace }[] = [];
  await fresh();
  for (let round = 0; round < rounds; round += 1) paces.push({ fresh: await fresh(), renewals: await renewals() });
  const each = paces.map(({ fresh: a, renewals: b }) => b.perSecond / a.perSecond);
  const middle = (of: (pace: (typeof paces)[number]) => number) => percentile(paces.map(of), 0.5).toFixed(0);
  say(`fresh subscribes: ${middle(({ fresh: a }) => a.perSecond)}/s, ${middle(({ fresh: a }) => a.serviceUs)} µs of CPU each`);
  say(`due renewals:     ${middle(({ renewals: b }) => b.perSecond)}/s, ${middle(({ renewals: b }) => b.serviceUs)} µs of CPU each`);
  say(`renewals : fresh  ${percentile(each, 0.5).toFixed(2)}  (${each.map((ratio) => ratio.toFixed(2)).join(' ')})`);
  await checkBooks();
  if (idle > 0) await idleSweep();
} finally {
  await house.close();
}

async function fresh(): Promise<Pace> {
  return serving('api', async (service) => {
    const { seconds, latenciesMs, statuses } = await house.run({ urls: [service.url] }, { plans: [PLAN], callers, requests });
    if (statuses['201'] !== latenciesMs.length) throw new Error(JSON.stringify(statuses));
    // Whose cards are to be kept is no part of what follows.
    await house.database.query(`update subscriptions set customer = 'cus_bench' where customer is null`);
    return { count: latenciesMs.length, seconds };
  });
}

async function renewals(): Promise<Pace> {
  return serving('recovery,renewals', async () => {
    const before = await house.charges();
    await house.database.query(DUE_SQL, [due, PLAN]);
    // None is seen before all are committed.
    const startedAt = performance.now();
    while ((await overdue()) > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const charged = (await house.charges()) - before;
    if (charged !== due) throw new Error(`${charged} charges for ${due} renewals`);
    return { count: due, seconds: (performance.now() - startedAt) / 1_000 };
  });
}

async function serving(roles: string, work: (service: ServerProcess) => Promise<{ count: number; seconds: number }>): Promise<Pace> {
  const service = await house.serve(true, { ROLES: roles });
  try {
    const before = await processorTimeUs(service.pid);
    const { count, seconds } = await work(service);
    const serviceUs = ((await processorTimeUs(service.pid)) - before) / count;
    process.stderr.write(`${roles}: ${count} in ${seconds.toFixed(1)} s\n`);
    return { perSecond: count / seconds, serviceUs };
  } finally {
    service.signal('SIGTERM');
    await service.ended;
  }
}

async function overdue(): Promise<number> {
  const { rows } = await house.database.query('select count(*)::int as due from subscriptions where next_at <= service_now()');
  return (rows[0] as { due: number }).due;
}

/** What the database does for one look that finds nothing, by its own account. */
async function idleSweep(): Promise<void> {
  await house.database.query(IDLE_SQL, [idle, PLAN]);
  await house.database.query('vacuum analyze subscriptions');
  const [, , p50, p99] = (await looksOfTimeMs(house.database)) as [number, number, number, number];
  say(`a look over ${idle} subscriptions of which none is due: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, planning included`);
}

/** A measurement of something that went wrong is none. */
async function checkBooks(): Promise<void> {
  const { rows } = await house.database.query(`
    select (select count(*)::int from operations where status <> 'succeeded') as others,
      (select count(*)::int from operations) as operations,
      (select count(*)::int from (select subscription_id, period_start from operations where kind = 'renew' group by 1, 2 having count(*) > 1) t) as twice`);
  const { others, operations, twice } = rows[0] as Record<string, number>;
  const charged = await house.charges();
  say(`${operations} operations, ${charged} charged, ${others} not succeeded, ${twice} periods renewed twice`);
  if (operations !== charged || others !== 0 || twice !== 0) throw new Error('the books do not agree');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
