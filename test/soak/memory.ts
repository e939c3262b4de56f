import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Member } from './member.js';

const run = promisify(execFile);
const LOOKS_EVERY_MS = 2_000;
/** Code that is compiled and pools that fill take a while; a leak takes more with every minute. */
const MOST_GROWTH = 1.5;
const SLACK_BYTES = 96 * 1_024 * 1_024;

/** What the processes had resident, from beginning to end. */
export class Memory {
  private readonly seen = new Map<string, number[]>();

  constructor(private readonly members: Member[]) {}

  async until(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      for (const { name, pid } of this.members) {
        const bytes = pid === null ? null : await residentBytes(pid);
        if (bytes !== null) this.seen.set(name, [...(this.seen.get(name) ?? []), bytes]);
      }
      await sleep(LOOKS_EVERY_MS, undefined, { signal: end }).catch(() => undefined);
    }
  }

  /** The most in the first and in the second half, by process. */
  halves(): { name: string; first: number; second: number }[] {
    return [...this.seen].map(([name, bytes]) => {
      const half = Math.ceil(bytes.length / 2);
      return { name, first: Math.max(...bytes.slice(0, half)), second: Math.max(...bytes.slice(half), 0) };
    });
  }

  grown(): string[] {
    return this.halves()
      .filter(({ first, second }) => second > MOST_GROWTH * first + SLACK_BYTES)
      .map(({ name, first, second }) => `${name} grew from ${megabytes(first)} to ${megabytes(second)}`);
  }
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}

async function residentBytes(pid: number): Promise<number | null> {
  const printed = await run('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => null);
  const kilobytes = Number(printed?.stdout);
  return kilobytes > 0 ? kilobytes * 1_024 : null;
}
