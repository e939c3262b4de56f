import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'keeper-'));
const program = join(folder, 'program.mjs');
// Says who it is, and ends with 7 when it is asked to in an orderly way.
writeFileSync(program, `process.on('SIGTERM', () => process.exit(7)); console.log('pid', process.pid); setInterval(() => {}, 1000);`);

const kept: ChildProcess[] = [];
const programs: number[] = [];
afterEach(() => {
  for (const child of kept.splice(0)) child.kill('SIGKILL');
  for (const pid of programs.splice(0)) tryKill(pid);
});
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

test('a program that was killed is started again, and one that ends by itself is not', async () => {
  const { child, nextPid } = keep();
  const ended = once(child, 'exit');
  const first = await nextPid();
  process.kill(first, 'SIGKILL');
  const second = await nextPid();
  expect(second).not.toBe(first);
  process.kill(second, 'SIGTERM');
  expect(await ended).toEqual([7, null]);
});

test('a signal to the keeper reaches the program, and its end is the keeper’s', async () => {
  const { child, nextPid } = keep();
  const ended = once(child, 'exit');
  await nextPid();
  child.kill('SIGTERM');
  expect(await ended).toEqual([7, null]);
});

/** `keepRunning` in a process of its own. */
function keep() {
  const source = resolve('src/platform/embedded/keeper.ts');
  const code = `import { keepRunning } from ${JSON.stringify(source)}; process.exit(await keepRunning(${JSON.stringify(program)}, process.env, () => {}));`;
  const starter = join(folder, 'starter.mts');
  writeFileSync(starter, code);
  const child = spawn(process.execPath, ['--import', 'tsx', starter], { stdio: ['ignore', 'pipe', 'inherit'] });
  kept.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextPid = async (): Promise<number> => {
    const pid = Number(/^pid (\d+)$/.exec((await lines.next()).value ?? '')?.[1]);
    programs.push(pid);
    return pid;
  };
  return { child, nextPid };
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
