import { percentile } from '../test/overload/open-loop.js';
import type { Arm } from './arms.js';
import type { Result } from './figures.js';
import type { House } from './house.js';
import { processorTimeUs } from './processor-time.js';

/** One caller alone makes so few requests that what is measured would be the compiler of a large program beside that of a small one. */
const WARM_UP_CALLERS = 64;

/** Each arm in each round, forwards and backwards in turn: whoever goes first finds the machine as the last one left it. Results go to the arms. */
export async function runRounds(house: House, arms: Arm[], rounds: number, warmUpRounds: number): Promise<void> {
  for (let times = 0; times < warmUpRounds; times += 1) for (const arm of arms) await measured(house, arm, WARM_UP_CALLERS);
  for (let round = 0; round < rounds; round += 1)
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) arm.results.push(await measured(house, arm));
}

async function measured(house: House, arm: Arm, callers?: number): Promise<Result> {
  await arm.prepare();
  const processorTimes = (): Promise<[number, number, number]> =>
    Promise.all(
      [house.postgresPid, house.redisPid].map(processorTimeUs).concat(Promise.all(arm.pids.map(processorTimeUs)).then(sum)),
    ) as never;
  const before = await processorTimes();
  const ran = await arm.run(callers);
  const after = await processorTimes();
  const count = ran.latenciesMs.length;
  if (ran.statuses['201'] !== count) throw new Error(`${arm.name}: ${JSON.stringify(ran.statuses)}`);
  process.stderr.write(`${arm.name}: ${count} in ${ran.seconds.toFixed(1)} s\n`);
  const [postgresUs, redisUs, serviceUs] = after.map((us, at) => (us - (before[at] as number)) / count) as [number, number, number];
  const hasProgram = arm.pids.length > 0;
  return {
    perSecond: count / ran.seconds,
    p50: percentile(ran.latenciesMs, 0.5),
    p99: percentile(ran.latenciesMs, 0.99),
    serviceUs: hasProgram ? serviceUs : null,
    postgresUs,
    redisUs: hasProgram ? redisUs : null,
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
