import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { HolderTask } from '../leases/holder.js';

/** A process of its own that holds a lease, and says what becomes of it, a line each. */
export function spawnHolder(task: HolderTask) {
  const script = new URL('../leases/holder.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaints = '';
  child.stderr.on('data', (chunk) => (complaints += chunk));
  return {
    process: child,
    nextLine: async () => (await lines.next()).value as string,
    complaints: () => complaints,
  };
}
