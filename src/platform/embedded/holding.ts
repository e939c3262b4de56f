import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, ownIdentity } from './process-identity.js';
import { inTurn } from './turns.js';

/** A server beside this process that any number of processes on one data folder share. Each verb runs while no other process is at it. */
export interface SharedServer<Facts> {
  /** The one that runs and can be used. `orphaned`: whoever used it is dead. What cannot be used is ended before answering null. */
  find(orphaned: boolean): Promise<Facts | null>;
  start(): Promise<Facts>;
  /** Ends whatever runs; nothing when nothing does. */
  stop(): Promise<void>;
}

export interface Held<Facts> {
  facts: Facts;
  /** It was running already. */
  adopted: boolean;
  release: () => Promise<void>;
}

export function runFolder(dataDir: string, name: string): string {
  return join(dataDir, 'run', name);
}

/**
 * Starts a server of a data folder or joins the running one. One rule decides who stops it: the last living process to let go.
 * So a second process is not cut off when the first one ends, and what a killed process left behind ends with its adopter.
 */
export async function hold<Facts>(dataDir: string, name: string, server: SharedServer<Facts>): Promise<Held<Facts>> {
  const folder = runFolder(dataDir, name);
  return inTurn(folder, async () => {
    const found = await server.find((await livingHolders(folder)) === 0);
    const facts = found ?? (await server.start());
    const holder = await register(folder);
    let released: Promise<void> | undefined;
    return { facts, adopted: found !== null, release: () => (released ??= release(folder, holder, server)) };
  });
}

async function livingHolders(folder: string): Promise<number> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('holder.'));
  const alive = await Promise.all(files.map((name) => isAlive(name.split('.')[1] ?? '')));
  await Promise.all(files.filter((_, index) => !alive[index]).map((name) => rm(join(folder, name), { force: true })));
  return alive.filter(Boolean).length;
}

/** One file per hold and not per process: a process may hold twice. */
async function register(folder: string): Promise<string> {
  const file = join(folder, `holder.${await ownIdentity()}.${randomUUID()}`);
  await writeFile(file, '', { flag: 'wx', mode: 0o600 });
  return file;
}

async function release<Facts>(folder: string, holder: string, server: SharedServer<Facts>): Promise<void> {
  await inTurn(folder, async () => {
    await rm(holder, { force: true });
    if ((await livingHolders(folder)) === 0) await server.stop();
  });
}
