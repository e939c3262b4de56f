/** A process that holds one lease, acquires it again whenever it is lost, and says so line by line. Its argument is a HolderTask as JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { Leases } from '../../src/leases/leases.js';
import { PostgresLeases } from '../../src/leases/postgres-leases.js';
import { RedlockLeases } from '../../src/leases/redlock-leases.js';

export interface HolderTask {
  key: string;
  ttlMs: number;
  store: { redisUrls: string[] } | { postgresUrl: string };
}

const { key, ttlMs, store } = JSON.parse(process.argv[2] ?? '') as HolderTask;
const leases = open();
// Leases hold no process open by their timers; what a server's listening socket does, this does here.
setInterval(() => undefined, 60_000);
for (;;) {
  const acquisition = await leases.acquire(key);
  if (acquisition.kind === 'acquired') {
    console.log('held');
    const { lost } = acquisition.lease;
    if (!lost.aborted) await new Promise((resolve) => lost.addEventListener('abort', resolve));
    console.log('lost');
  }
  await sleep(20);
}

function open(): Leases {
  const holder = `holder:${process.pid}`;
  if ('redisUrls' in store) return new RedlockLeases({ urls: store.redisUrls, ttlMs, holder });
  const pool = new Pool({ connectionString: store.postgresUrl });
  pool.on('error', () => undefined);
  return new PostgresLeases({ pool, ttlMs, holder });
}
