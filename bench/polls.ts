import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../test/overload/open-loop.js';
import { processorTimeUs } from './processor-time.js';

/** What a screen that is left open asks for, again and again. */
const POLLS: Record<string, { path: string; screens: number }> = {
  'nobody looks': { path: '', screens: 0 },
  'figures, one screen': { path: '/v1/admin/stats', screens: 1 },
  'figures, twenty screens': { path: '/v1/admin/stats', screens: 20 },
  system: { path: '/v1/admin/system', screens: 1 },
  leases: { path: '/v1/admin/leases', screens: 1 },
  'one user': { path: '/v1/admin/users/filled_77', screens: 1 },
};
const ROUNDS = 8;
/** Longer than what is remembered of now. */
const GAP_MS = 1_200;

interface Poll {
  name: string;
  /** Milliseconds: of the first look of all, and of the others. */
  first: number;
  p50: number;
  /** Processor time in µs for each round, of the service and of Postgres. */
  service: number;
  postgres: number;
}

/** What it costs when screens are left open: all of a round ask at once. */
export async function pollsOf(url: string, token: string, pids: { service: number; postgres: number }): Promise<Poll[]> {
  const polls: Poll[] = [];
  for (const [name, { path, screens }] of Object.entries(POLLS)) {
    const look = async () => {
      const startedAt = performance.now();
      const looks = Array.from({ length: screens }, () => fetch(url + path, { headers: { authorization: `Bearer ${token}` } }));
      for (const answer of await Promise.all(looks)) {
        if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
        await answer.arrayBuffer();
      }
      return performance.now() - startedAt;
    };
    const first = await look();
    const took: number[] = [];
    const before = await Promise.all([processorTimeUs(pids.service), processorTimeUs(pids.postgres)]);
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(GAP_MS);
      took.push(await look());
    }
    const after = await Promise.all([processorTimeUs(pids.service), processorTimeUs(pids.postgres)]);
    const [service, postgres] = after.map((us, at) => (us - (before[at] as number)) / ROUNDS) as [number, number];
    polls.push({ name, first, p50: percentile(took, 0.5), service, postgres });
  }
  return polls;
}
