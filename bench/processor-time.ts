import { readdir, readFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second for programs (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_US = 10_000;

/** What a process has taken of the processors, its children included, in microseconds. */
export async function processorTimeUs(pid: number): Promise<number> {
  const stats = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(read));
  const own = stats.find((stat) => stat?.pid === pid);
  const children = stats.filter((stat) => stat?.parent === pid);
  return [own, ...children].reduce((sum, stat) => sum + (stat ? stat.ticks : 0), own?.ticksOfTheEnded ?? 0) * TICK_US;
}

async function read(pid: string) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name of the program stands in parentheses and may hold anything.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent, user, system, userOfEnded, systemOfEnded] = [1, 11, 12, 13, 14].map((at) => fields[at] ?? 0) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { pid: Number(pid), parent, ticks: user + system, ticksOfTheEnded: userOfEnded + systemOfEnded };
}
