import { Redis } from 'ioredis';
import { quorumOf } from './ballot.js';
import type { LeaseNode } from './leases.js';

/** One command. A node that is down fails at once; this is for one that is silent. Two in a row still fit into the port's 500 ms. */
const COMMAND_TIMEOUT_MS = 200;
/** A node that stays silent this long is disconnected: from then on it fails at once instead of costing every caller a timeout. */
const SILENCE_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** How long a node may take to say goodbye; ioredis keeps the process alive for it, even when the node is gone already. */
const DISCONNECT_TIMEOUT_MS = 100;
/** How soon a node that came back is noticed, at the latest. */
const MAX_RECONNECT_DELAY_MS = 1_000;
const RECONNECT_STEP_MS = 50;
/** What a node says that was a primary when it was connected to; an older one says it in the middle of a script's error. */
const DEMOTED = /\bREADONLY\b/;

/**
 * Connects to every node and keeps reconnecting. Nothing is queued for a node that is not there. After a failover the connection to the
 * former primary may stay open for ever: it is left, for the node's address leads to the new one.
 */
export function connect(urls: string[]): Redis[] {
  return urls.map((url) => {
    let isLeft = false;
    const node = new Redis(url, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: true,
      // Once for each connection: all commands in flight are refused, and ioredis would leave it for each of them, a listener and a timer at a time.
      reconnectOnError: ({ message }) => !isLeft && (isLeft = DEMOTED.test(message)),
      retryStrategy: (attempt) => Math.min(attempt * RECONNECT_STEP_MS, MAX_RECONNECT_DELAY_MS),
    });
    // Every command fails with its own error; without a listener ioredis would print each failed connection.
    node.on('error', () => undefined).on('close', () => (isLeft = false));
    return node;
  });
}

/** Resolves when the node is ready or its first connection has failed. */
export function firstTry(node: Redis): Promise<unknown> {
  if (node.status === 'ready') return Promise.resolve();
  return new Promise((resolve) => node.once('ready', resolve).once('close', resolve));
}

/** Calls `changed` when a quorum of the nodes ceases to be connected, and when there is one again. That there is one from the start is no news. */
export function watchQuorum(nodes: Redis[], changed: (available: boolean) => void): void {
  let available = true;
  const look = (news: boolean) => () => {
    const hasQuorum = nodes.filter((node) => node.status === 'ready').length >= quorumOf(nodes.length);
    if (hasQuorum !== news || hasQuorum === available) return;
    available = hasQuorum;
    changed(available);
  };
  for (const node of nodes) node.on('ready', look(true)).on('close', look(false));
}

/** What `ask` gives for each node that answers. Rejects with the first failure when these are fewer than a quorum. */
export async function askQuorum<T>(nodes: Redis[], ask: (node: Redis) => Promise<T>): Promise<T[]> {
  const outcomes = await Promise.allSettled(nodes.map(ask));
  const answers = outcomes.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => outcome.value);
  if (answers.length >= quorumOf(nodes.length)) return answers;
  const cause = outcomes.find((outcome) => outcome.status === 'rejected')?.reason as Error;
  throw new Error(`${nodes.length - answers.length} of ${nodes.length} nodes failed: ${cause.message}`, { cause });
}

/** How one node is. Never rejects: a command that is not answered fails by itself. */
export async function look(node: Redis, write: (node: Redis) => Promise<unknown>): Promise<LeaseNode> {
  const { host, port, path } = node.options;
  const address = path ?? `${host}:${port}`;
  const startedAtMs = performance.now();
  try {
    await write(node);
    const answeredInMs = performance.now() - startedAtMs;
    const about = await node.info('server').catch(() => '');
    return { address, version: /^redis_version:(\S+)/m.exec(about)?.[1] ?? null, answeredInMs, why: null };
  } catch (error) {
    return { address, version: null, answeredInMs: null, why: error instanceof Error ? error.message : String(error) };
  }
}
