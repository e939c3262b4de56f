/** What is said of speed holds on a machine that is busy with other things too: ratios, tries, and limits that wait for who is late. */
import { expect } from '@jest/globals';

/** So much more text is read at once than in a part of it. */
const GROWTH = 8;
/** Reading the whole costs what reading its parts costs: once where reading is linear, eight times where it is quadratic. */
const MOST_RATIO = 3;
/** Whoever reads the whole many times in less does not look at each pair of characters. */
const UNMEASURABLE_MS = 5;
/** The least CPU of several rounds leaves out what the collector and the compiler took. */
const ROUNDS = 6;
const ROUND_MS = 10;
const MOST_REPEATS = 50;

/** Fails where the CPU that `read` takes grows faster than the text does. `textOf` makes texts of a kind, about as long as it is told. */
export function expectLinear(read: (text: string) => unknown, textOf: (size: number) => string, size: number): void {
  const [part, whole] = [textOf(Math.floor(size / GROWTH)), textOf(size)];
  read(part);
  const repeats = Math.ceil(Math.min(MOST_REPEATS, ROUND_MS / cpuMs(read, whole, 1)));
  let [ofParts, ofWhole] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    ofParts = Math.min(ofParts, cpuMs(read, part, GROWTH * repeats));
    ofWhole = Math.min(ofWhole, cpuMs(read, whole, repeats));
    if (ofWhole <= Math.max(UNMEASURABLE_MS, MOST_RATIO * ofParts)) return;
  }
  expect(ofWhole / ofParts).toBeLessThanOrEqual(MOST_RATIO);
}

/**
 * Runs `attempt` until it succeeds, `tries` times at most, and fails as the last one did. For what must happen within some moment:
 * a machine that stands still spoils one try, a defect spoils all.
 */
export async function inOneTryOf<T>(tries: number, attempt: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

const BEAT_MS = 10;
/** Timers of an idle machine come that late. */
const USUAL_MS = 2;
/** Whoever answers waits for the processor too, on both sides of a connection and in between. */
const WAITS_OF_AN_ANSWER = 3;

/** What `work` resolves to, which it must within `promisedMs`, and what this process had to wait for the processor meanwhile. */
export async function promptly<T>(promisedMs: number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let beatAt = startedAt;
  let lateMs = 0;
  const beat = (): void => {
    const now = performance.now();
    lateMs += Math.max(0, now - beatAt - BEAT_MS - USUAL_MS);
    beatAt = now;
  };
  const beating = setInterval(beat, BEAT_MS);
  try {
    const outcome = await work();
    const tookMs = performance.now() - startedAt;
    beat();
    expect(tookMs).toBeLessThan(promisedMs + WAITS_OF_AN_ANSWER * lateMs);
    return outcome;
  } finally {
    clearInterval(beating);
  }
}

function cpuMs(read: (text: string) => unknown, text: string, times: number): number {
  const start = process.cpuUsage();
  for (let time = 0; time < times; time += 1) read(text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
