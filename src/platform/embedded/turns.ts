import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './error-code.js';
import { isAlive, ownIdentity, pidOf } from './process-identity.js';

/** Longer than the slowest first start; whoever waits longer waits for a frozen process. */
const TURN_TIMEOUT_MS = 120_000;
const LOOK_AGAIN_MS = 15;
const FREE = 'free';

/**
 * Does `work` while no other process works in the same folder. A process that dies in its turn loses it at once.
 *
 * Turns are numbered files that name their holder, and the highest number is never removed: to take the turn of a dead
 * process is to create the next number, which only one can. A single lock file would have to be deleted first, and the
 * second one to find it stale would delete the first one's new lock.
 */
export async function inTurn<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const turn = await takeTurn(folder);
  try {
    return await work();
  } finally {
    await place(folder, FREE, (draft) => rename(draft, turn));
  }
}

async function takeTurn(folder: string): Promise<string> {
  const me = await ownIdentity();
  const giveUpAt = performance.now() + TURN_TIMEOUT_MS;
  for (;;) {
    const latest = await latestNumber(folder);
    const holder = latest === 0 ? FREE : await readFile(turnFile(folder, latest), 'utf8').catch(() => null);
    if (holder === FREE || (holder !== null && !(await isAlive(holder)))) {
      const mine = turnFile(folder, latest + 1);
      if (await create(folder, mine, me)) {
        if ((await latestNumber(folder)) === latest + 1) return mine;
        // Others went on meanwhile and had already tidied this number away.
        await rm(mine, { force: true });
      }
    }
    if (performance.now() > giveUpAt)
      throw new Error(`Process ${pidOf(holder ?? '0')} has been at work in ${folder} for too long; end it.`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Removes what lies below the highest, which nobody looks at any more. */
async function latestNumber(folder: string): Promise<number> {
  const names = await readdir(folder);
  const numbers = names.filter((name) => name.startsWith('turn.')).map((name) => Number(name.slice('turn.'.length)));
  const latest = Math.max(0, ...numbers);
  await Promise.all(numbers.filter((number) => number < latest).map((number) => rm(turnFile(folder, number), { force: true })));
  return latest;
}

function turnFile(folder: string, number: number): string {
  return join(folder, `turn.${number}`);
}

async function create(folder: string, turn: string, holder: string): Promise<boolean> {
  try {
    await place(folder, holder, (draft) => link(draft, turn));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A file must never be seen half written. */
async function place(folder: string, content: string, put: (draft: string) => Promise<void>): Promise<void> {
  const draft = join(folder, `draft.${randomUUID()}`);
  await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
  try {
    await put(draft);
  } finally {
    await rm(draft, { force: true });
  }
}
