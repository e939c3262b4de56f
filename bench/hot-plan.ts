import { parseArgs } from 'node:util';
import type { ServerProcess } from '../test/kit/processes.js';
import { percentile } from '../test/overload/open-loop.js';
import { ratio, table, type Result } from './figures.js';
import { openHouse } from './house.js';
import { machine, openPrinter } from './print.js';
import { processorTimeUs } from './processor-time.js';

/**
 * Whether many buyers of one plan are served as fast as many buyers of as many plans. All arms are run one after the other in each round, so that
 * whatever else the machine does meets all of them; what counts is the median of the ratios of each round.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    callers: { type: 'string', default: '64' },
    requests: { type: 'string', default: '32' },
    'gateway-ms': { type: 'string', default: '0' },
    markdown: { type: 'boolean', default: false },
    'without-sharing': { type: 'boolean', default: false },
  },
});
const [rounds, callers, requests, gatewayMs] = [values.rounds, values.callers, values.requests, values['gateway-ms']].map(Number) as [
  number,
  number,
  number,
  number,
];

interface Arm {
  name: string;
  service: ServerProcess;
  plans: string[];
  results: Result[];
}

const HOT = ['hot'];
const MANY = Array.from({ length: callers }, (_, n) => `plan-${n}`);

const house = await openHouse(gatewayMs);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  const arms = await armsOf();
  await house.openPlans([...HOT, ...MANY]);
  for (const arm of arms) for (let times = 0; times < 2; times += 1) await measured(arm);
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes first finds the machine as the last one left it.
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) arm.results.push(await measured(arm));
  }
  report(arms);
  await checkBooks();
} finally {
  await house.close();
}

async function armsOf(): Promise<Arm[]> {
  const arm = (name: string, service: ServerProcess, plans: string[]): Arm => ({ name, service, plans, results: [] });
  const sharing = await house.serve(true);
  const arms = [arm(`${callers} plans`, sharing, MANY), arm('1 plan', sharing, HOT)];
  if (!values['without-sharing']) return arms;
  const without = await house.serve(false);
  return [...arms, arm(`${callers} plans, without sharing`, without, MANY), arm('1 plan, without sharing', without, HOT)];
}

async function measured(arm: Arm): Promise<Result> {
  const processorTimes = () =>
    Promise.all([arm.service.pid, house.postgresPid, house.redisPid].map(processorTimeUs)) as Promise<[number, number, number]>;
  const before = await processorTimes();
  const { seconds, latenciesMs, statuses } = await house.run({ urls: [arm.service.url] }, { plans: arm.plans, callers, requests });
  const after = await processorTimes();
  const count = latenciesMs.length;
  if (statuses['201'] !== count) throw new Error(`${arm.name}: ${JSON.stringify(statuses)}\n${arm.service.output().slice(-2_000)}`);
  process.stderr.write(`${arm.name}: ${count} in ${seconds.toFixed(1)} s\n`);
  return {
    perSecond: count / seconds,
    p50: percentile(latenciesMs, 0.5),
    p99: percentile(latenciesMs, 0.99),
    serviceUs: (after[0] - before[0]) / count,
    postgresUs: (after[1] - before[1]) / count,
    redisUs: (after[2] - before[2]) / count,
  };
}

function report(arms: Arm[]): void {
  const [many, hot, manyWithout, hotWithout] = arms as [Arm, Arm, ...(Arm | undefined)[]];
  const print = openPrinter(values.markdown);
  print.line(`${callers} callers, ${requests} requests of each in a round, ${rounds} rounds, gateway ${gatewayMs} ms: ${machine()}`);
  print.table(table(arms));
  print.table([
    ['ratio', 'median', 'of each round'],
    ...ratio(`1 plan : ${callers} plans, requests/s`, hot, many, 'perSecond'),
    ...ratio(`sharing : without, ${callers} plans, requests/s`, many, manyWithout, 'perSecond'),
    ...ratio('sharing : without, 1 plan, requests/s', hot, hotWithout, 'perSecond'),
    ...ratio('sharing : without, 1 plan, p50', hot, hotWithout, 'p50'),
  ]);
}

/** A measurement of something that went wrong is none. */
async function checkBooks(): Promise<void> {
  const { rows } = await house.database.query(`
    select (select count(*)::int from operations) as operations,
      (select count(*)::int from operations where status = 'succeeded') as succeeded,
      (select sum(seats_taken)::int from plans) as taken, (select sum(seats_held)::int from plans) as held`);
  const { operations, succeeded, taken, held } = rows[0] as Record<string, number>;
  const charged = await house.charges();
  process.stdout.write(`${operations} operations, ${succeeded} succeeded, ${charged} charged, ${taken} seats taken, ${held} held\n`);
  if (new Set([operations, succeeded, charged, taken]).size > 1 || held !== 0) throw new Error('the books do not agree');
}
