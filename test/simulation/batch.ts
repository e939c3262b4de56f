import { Seed, type SeedOptions } from './seed.js';

export interface Failure {
  seed: number;
  broken: string[];
}

export interface Ran {
  seeds: number;
  steps: number;
  failures: Failure[];
  /** What the seeds came across, to see that they come across it. */
  seen: Map<string, number>;
}

/** Seeds share nothing, so many of them take one turn of the event loop together: that is where the speed comes from. */
const TOGETHER = 64;

/** Runs seeds, each to its end. Stops early at `maxFailures`. */
export async function runSeeds(
  numbers: Iterable<number>,
  { maxFailures = 5, onDone, ...options }: SeedOptions & { maxFailures?: number; onDone?: (seed: Seed) => void } = {},
): Promise<Ran> {
  const ran: Ran = { seeds: 0, steps: 0, failures: [], seen: new Map() };
  const waiting = numbers[Symbol.iterator]();
  let running: Seed[] = [];
  const { stackTraceLimit } = Error;
  // Nobody reads the stacks of errors that are part of the play, and they cost more than all else.
  Error.stackTraceLimit = 0;
  try {
    for (;;) {
      while (running.length < TOGETHER && ran.failures.length < maxFailures) {
        const next = waiting.next();
        if (next.done) break;
        running.push(new Seed(next.value, options));
      }
      if (running.length === 0) return ran;
      running = running.filter((seed) => turn(seed, ran, onDone));
      // Every promise that can be kept is kept before anything else happens.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** One seed with its trace. */
export async function replay(number: number, options: SeedOptions = {}): Promise<{ broken: string[]; trace: string[] }> {
  let trace: string[] = [];
  const ran = await runSeeds([number], { ...options, traced: true, onDone: (seed) => (trace = seed.world.trace ?? []) });
  return { broken: ran.failures[0]?.broken ?? [], trace };
}

/** The next step of a seed, or its end. */
function turn(seed: Seed, ran: Ran, onDone?: (seed: Seed) => void): boolean {
  let broken: string[];
  try {
    if (seed.step()) return true;
    broken = seed.broken();
  } catch (error) {
    broken = [String(error)];
  }
  ran.seeds += 1;
  ran.steps += seed.world.steps;
  for (const what of seenIn(seed)) ran.seen.set(what, (ran.seen.get(what) ?? 0) + 1);
  if (broken.length > 0) ran.failures.push({ seed: seed.number, broken });
  onDone?.(seed);
  return false;
}

function seenIn(seed: Seed): Set<string> {
  const operations = [...seed.store.state.operations.values()];
  const moves = operations.flatMap(({ kind, timeline, status }) => [
    `${kind} ${status}`,
    ...timeline.map(({ type, data }) =>
      type === 'settled' || type === 'taken_over' ? `${type} ${String(data['status'] ?? data['by'])}` : type,
    ),
  ]);
  return new Set([...moves, ...seed.world.met, ...seed.customers.heard.map(({ httpStatus }) => `heard ${httpStatus}`)]);
}
