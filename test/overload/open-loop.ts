import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const GENERATOR = fileURLToPath(new URL('./generator.ts', import.meta.url));

export interface Orders {
  url: string;
  /** What the server's tokens are signed with. */
  secret: string;
  /** Of these customers; part of their keys. */
  name: string;
  perSecond: number;
  seconds: number;
  headers?: Record<string, string>;
}

/** What one customer saw. Status 0: no answer. */
export interface Arrival {
  key: string;
  /** How much later than it was due it came, because the generator had to wait for the processor. */
  lateMs: number;
  /** From when it came to the end of its answer. */
  latencyMs: number;
  status: number;
  code?: string;
  error?: string;
  retryAfter?: number;
}

/** Sends customers at a fixed rate from a process of its own. `begin` starts them and resolves when the last one has its answer. */
export async function openLoop(orders: Orders): Promise<{ begin(): Promise<Arrival[]>; kill(): void }> {
  const child = fork(GENERATOR, [JSON.stringify(orders)], { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return {
    begin: async () => {
      child.send('go');
      const [arrivals] = (await once(child, 'message')) as [Arrival[]];
      return arrivals;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** The value that this share of them does not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
