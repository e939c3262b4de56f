import { parseArgs } from 'node:util';
import { runSeeds } from './batch.js';
import type { Seed } from './seed.js';

/** `--seeds 1000000 --from 1`, and with `--shard 1/2` the first half of the work: every second of them, beginning with the first. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    shard: { type: 'string', default: '1/1' },
  },
});
const TELL_EVERY_MS = 10_000;
const MAX_FAILURES = 20;

const [shard, shards] = values.shard.split('/').map(Number) as [number, number];
const [from, until] = [Number(values.from) + shard - 1, Number(values.from) + Number(values.seeds)];
const total = Math.ceil((until - from) / shards);
const startedAt = performance.now();
let toldAt = startedAt;
let done = 0;

function* numbers(): Generator<number> {
  for (let seed = from; seed < until; seed += shards) yield seed;
}

function onDone({ number }: Seed): void {
  done += 1;
  if (performance.now() - toldAt < TELL_EVERY_MS) return;
  toldAt = performance.now();
  const perSecond = done / ((toldAt - startedAt) / 1000);
  console.log(
    `${done} of ${total} seeds, ${perSecond.toFixed(0)} a second, ${((total - done) / perSecond / 60).toFixed(1)} min left, at ${number}`,
  );
}

void runSeeds(numbers(), { maxFailures: MAX_FAILURES, onDone }).then(({ seeds, steps, failures }) => {
  for (const { seed, broken } of failures) {
    console.error(`seed ${seed}: ${broken.join('; ')}\n  SEED=${seed} TRACE=1 npm test -- test/simulation/seeds`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${seeds} seeds, ${steps} steps, ${failures.length} broken, ${seconds.toFixed(0)} s`);
  process.exitCode = failures.length === 0 ? 0 : 1;
});
