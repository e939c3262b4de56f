import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { percentile } from '../test/overload/open-loop.js';
import { openArms, type Arm } from './arms.js';
import { ratio, table, type Result } from './figures.js';
import { openHouse } from './house.js';
import { processorTimeUs } from './processor-time.js';

/**
 * What a subscribe costs beside what others do for the same: each arm is run in each round, forwards and backwards in turn, so that whatever else the
 * machine does meets all of them. What counts is the ratio within a round and the median of these.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    callers: { type: 'string', default: '64' },
    'gateway-ms': { type: 'string', default: '0' },
    replay: { type: 'boolean', default: false },
  },
});
const [rounds, seconds, callers, gatewayMs] = [values.rounds, values.seconds, values.callers, values['gateway-ms']].map(Number) as [
  number,
  number,
  number,
  number,
];
const WARM_UP_ROUNDS = 2;

const house = await openHouse(gatewayMs);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  const { arms, missing } = await openArms(house, { callers, seconds, replay: values.replay });
  for (let times = 0; times < WARM_UP_ROUNDS; times += 1) for (const arm of arms) await measured(arm);
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes first finds the machine as the last one left it.
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) arm.results.push(await measured(arm));
  }
  report(arms, missing);
  for (const arm of arms) process.stdout.write(`${arm.name}: ${await arm.checkBooks()}\n`);
} finally {
  await house.close();
}

async function measured(arm: Arm): Promise<Result> {
  await arm.prepare();
  const pids = [house.postgresPid, house.redisPid, ...(arm.pid === null ? [] : [arm.pid])];
  const before = await Promise.all(pids.map(processorTimeUs));
  const ran = await arm.run();
  const after = await Promise.all(pids.map(processorTimeUs));
  const count = ran.latenciesMs.length;
  if (ran.statuses['201'] !== count) throw new Error(`${arm.name}: ${JSON.stringify(ran.statuses)}`);
  process.stderr.write(`${arm.name}: ${count} in ${ran.seconds.toFixed(1)} s\n`);
  const [postgresUs, redisUs, serviceUs] = after.map((us, at) => (us - (before[at] as number)) / count) as [number, number, number?];
  return {
    perSecond: count / ran.seconds,
    p50: percentile(ran.latenciesMs, 0.5),
    p99: percentile(ran.latenciesMs, 0.99),
    serviceUs: serviceUs ?? null,
    postgresUs,
    redisUs: serviceUs === undefined ? null : redisUs,
  };
}

function report(arms: Arm[], missing: string[]): void {
  const [service, lean] = arms as [Arm, Arm];
  const [floor, replay] = ['floor', 'replay'].map((name) => arms.find((arm) => arm.name === name));
  const lines = [
    `${callers} callers, ${seconds} s in a round, ${rounds} rounds, gateway ${gatewayMs} ms, ${availableParallelism()} cores`,
    ...missing,
    ...table(arms),
    ratio('service : lean, requests/s', service, lean, 'perSecond'),
    ratio('service : lean, p50', service, lean, 'p50'),
    ratio('service : lean, CPU of the service', service, lean, 'serviceUs'),
    ratio('service : floor, requests/s', service, floor, 'perSecond'),
    ratio('replay : service, requests/s', replay, service, 'perSecond'),
  ];
  process.stdout.write(`${lines.filter((text) => text !== '').join('\n')}\n`);
}
