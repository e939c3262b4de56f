import type { Redis } from 'ioredis';
import { madeAtMs } from '../platform/ids.js';
import { quorumOf } from './ballot.js';
import type { LiveLease } from './leases.js';
import { askQuorum } from './redis-nodes.js';

/** A node that is shared with other programs may hold millions of keys: at most 100 steps of about 1000 keys are looked through. */
const MAX_SCAN_STEPS = 100;
const KEYS_PER_SCAN_STEP = 1_000;

interface Copy {
  key: string;
  value: string;
  ttlMs: number;
}

/** Leases that a quorum of the nodes stores, at most `limit`, ordered by key. Values are `<holder> <UUIDv7>`. */
export async function listRedisLeases(nodes: Redis[], prefix: string, limit: number): Promise<LiveLease[]> {
  const found = await askQuorum(nodes, (node) => scan(node, `${prefix}*`, limit));
  const keys = [...new Set(found.flat())].sort();
  return (await leasesOf(nodes, prefix, keys)).slice(0, limit);
}

/** The lease on one key, where a quorum of the nodes stores it. */
export async function findRedisLease(nodes: Redis[], prefix: string, key: string): Promise<LiveLease | null> {
  return (await leasesOf(nodes, prefix, [prefix + key]))[0] ?? null;
}

async function leasesOf(nodes: Redis[], prefix: string, keys: string[]): Promise<LiveLease[]> {
  const byValue = new Map<string, Copy[]>();
  for (const copy of (await askQuorum(nodes, (node) => read(node, keys))).flat()) {
    byValue.set(copy.value, [...(byValue.get(copy.value) ?? []), copy]);
  }
  return [...byValue.values()].flatMap((copies) => leaseOf(copies, quorumOf(nodes.length), prefix));
}

/** A lease lives as long as a quorum of its copies; fewer copies are no lease. */
function leaseOf(copies: Copy[], quorum: number, prefix: string): LiveLease[] {
  const last = copies.sort((a, b) => b.ttlMs - a.ttlMs)[quorum - 1];
  if (!last) return [];
  const space = last.value.lastIndexOf(' ');
  const givenAtMs = madeAtMs(last.value.slice(space + 1));
  return [
    {
      key: last.key.slice(prefix.length),
      holder: last.value.slice(0, space),
      heldForMs: givenAtMs === null ? null : Math.max(0, Date.now() - givenAtMs),
      ttlMs: last.ttlMs,
    },
  ];
}

async function scan(node: Redis, match: string, limit: number): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  for (let step = 0; step < MAX_SCAN_STEPS && keys.length < limit; step += 1) {
    const [next, batch] = await node.scan(cursor, 'MATCH', match, 'COUNT', KEYS_PER_SCAN_STEP);
    keys.push(...batch);
    cursor = next;
    if (cursor === '0') break;
  }
  return keys.slice(0, limit);
}

async function read(node: Redis, keys: string[]): Promise<Copy[]> {
  const copies = keys.map(async (key) => {
    const [value, ttlMs] = await Promise.all([node.get(key), node.pttl(key)]);
    return { key, value, ttlMs };
  });
  return (await Promise.all(copies)).filter((copy): copy is Copy => copy.value !== null && copy.ttlMs > 0);
}
