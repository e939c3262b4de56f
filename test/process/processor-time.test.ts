import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openServiceArms } from '../../bench/arms.js';
import { ratiosOf } from '../../bench/figures.js';
import { openHouse, type House } from '../../bench/house.js';
import { LEAN_TABLES } from '../../bench/lean-sql.js';
import { openProgramArm } from '../../bench/program-arm.js';
import { runRounds } from '../../bench/rounds.js';
import { percentile } from '../overload/open-loop.js';

/**
 * What a subscribe may cost the service in processor time, as a multiple of what the same costs the lean program of the benchmarks: about twice what
 * it costs today (docs/performance.md), because that is more than a busy machine moves the median of a few rounds, and less than a slip in the hot path.
 */
const MOST_TIMES_LEAN = 2.6;
/** Counted and not timed: a machine that is busy with other things takes longer, and compiles the same code as often. */
const COURSE = { callers: 64, seconds: 0, requests: 24, replay: false, processes: 1, roles: 'api', peers: false };
/** The compiler is at work on the service for its first ten thousand subscribes. */
const [ROUNDS, WARM_UP_ROUNDS] = [5, 5];
/** On a machine that is busy with other things; on an idle one it takes some seconds. */
const TIMEOUT_MS = 600_000;
/** Processor time is counted by Linux alone in a way that is read here. */
const isCounted = existsSync('/proc/self/stat');

let house: House;

beforeAll(async () => {
  if (isCounted) house = await openHouse(0);
});

afterAll(async () => {
  await house?.close();
});

if (isCounted) {
  test(
    'a subscribe takes no more processor time than the lean program’s allows',
    async () => {
      const { fresh } = await openServiceArms(house, COURSE);
      const lean = await openProgramArm(house, COURSE, { name: 'lean', file: './lean.ts', tables: LEAN_TABLES });
      await runRounds(house, [fresh, lean], ROUNDS, WARM_UP_ROUNDS);
      await fresh.checkBooks();
      await lean.checkBooks();
      const ratios = ratiosOf(fresh, lean, 'serviceUs');
      process.stderr.write(`service : lean, processor time: ${ratios.map((each) => each.toFixed(2)).join(' ')}\n`);
      expect(percentile(ratios, 0.5)).toBeLessThan(MOST_TIMES_LEAN);
    },
    TIMEOUT_MS,
  );
} else test.todo('a subscribe’s processor time is measured where there is /proc');
