import type { Redis } from 'ioredis';
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

/** Leases that a quorum of the nodes stores, at most `limit`, ordered by key. Values are `<holder> <unique>`. */
export async function listRedisLeases(nodes: Redis[], prefix: string, limit: number): Promise<LiveLease[]> {
  const found = await askQuorum(nodes, (node) => scan(node, `${prefix}*`, limit));
  const keys = [...new Set(found.flat())].sort();
  const byValue = new Map<string, Copy[]>();
  for (const copy of (await askQuorum(nodes, (node) => read(node, keys))).flat()) {
    byValue.set(copy.value, [...(byValue.get(copy.value) ?? []), copy]);
  }
  return [...byValue.values()].flatMap((copies) => leaseOf(copies, quorumOf(nodes.length), prefix)).slice(0, limit);
}

/** A lease lives as long as a quorum of its copies; fewer copies are no lease. */
function leaseOf(copies: Copy[], quorum: number, prefix: string): LiveLease[] {
  const last = copies.sort((a, b) => b.ttlMs - a.ttlMs)[quorum - 1];
  if (!last) return [];
  return [{ key: last.key.slice(prefix.length), holder: last.value.slice(0, last.value.lastIndexOf(' ')), ttlMs: last.ttlMs }];
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
