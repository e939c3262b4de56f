import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Lock } from 'redlock';
import { newId } from '../platform/ids.js';
import { Ballot, ExtensionBallot } from './ballot.js';
import { type Deadline, within } from './deadline.js';
import { ANSWER_WITHIN_MS, type Extension, HeldLeases } from './held-leases.js';
import { type Acquisition, Leases, type LeaseNode, type LiveLease } from './leases.js';
import { askQuorum, connect, firstTry, look, watchQuorum } from './redis-nodes.js';
import { findRedisLease, listRedisLeases } from './redis-lease-list.js';

const KEY_PREFIX = 'counterfoil:lease:';
const PING_KEY = 'counterfoil:ping';
const PING_TTL_MS = 1;
/** Rivals that split the nodes among them give back what they won and vote again, each after a random pause, as the Redlock algorithm asks. */
const MAX_VOTES = 3;
const MAX_PAUSE_AFTER_SPLIT_MS = 40;
const CONNECTED_WITHIN_MS = 1_000;

export interface RedlockOptions {
  /** Independent Redis nodes: 1, 3 or 5. */
  urls: string[];
  /** Milliseconds. */
  ttlMs: number;
  /** How this process names itself to admins: host:pid. */
  holder: string;
  /** Called when a quorum of the nodes becomes connected or ceases to be; for the log. */
  onChange?: (available: boolean) => void;
}

/** Leases by the Redlock algorithm (https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/) over independent Redis nodes. */
export class RedlockLeases extends Leases {
  readonly name = 'redlock';
  readonly #nodes: Redis[];
  readonly #ttlMs: number;
  readonly #holder: string;
  readonly #held: HeldLeases<Lock>;
  #closing: Promise<void> | undefined;

  constructor({ urls, ttlMs, holder, onChange }: RedlockOptions) {
    super();
    this.#nodes = connect(urls);
    this.#ttlMs = ttlMs;
    this.#holder = holder;
    this.#held = new HeldLeases({
      ttlMs,
      extend: (locks: Lock[]) => locks.map((lock) => this.#extend(lock)),
      release: (lock: Lock) => lock.unlock(),
    });
    watchQuorum(this.#nodes, (available) => {
      if (!this.#closing) onChange?.(available);
    });
  }

  /** Resolves when every node has been reached or has failed once, after a second in any case. A start waits for it. */
  connected(): Promise<void> {
    const firstTries = async () => void (await Promise.all(this.#nodes.map(firstTry)));
    return within(CONNECTED_WITHIN_MS, firstTries, () => undefined);
  }

  acquire(key: string): Promise<Acquisition> {
    if (this.#closing) return Promise.resolve({ kind: 'unavailable', why: 'the leases are closed' });
    return within(
      ANSWER_WITHIN_MS,
      (deadline) => this.#acquire(key, deadline),
      () => ({ kind: 'unavailable', why: `no answer within ${ANSWER_WITHIN_MS} ms` }),
    );
  }

  list(limit: number): Promise<LiveLease[]> {
    return listRedisLeases(this.#nodes, KEY_PREFIX, limit);
  }

  find(key: string): Promise<LiveLease | null> {
    return findRedisLease(this.#nodes, KEY_PREFIX, key);
  }

  nodes(): Promise<LeaseNode[]> {
    return Promise.all(this.#nodes.map((node) => look(node, (each) => each.set(PING_KEY, '', 'PX', PING_TTL_MS))));
  }

  /** Writes, as leases do: a node that is read-only or full answers a mere PING all the same. */
  async ping(): Promise<void> {
    await askQuorum(this.#nodes, (node) => node.set(PING_KEY, '', 'PX', PING_TTL_MS));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#held.close();
    for (const node of this.#nodes) node.disconnect();
  }

  async #acquire(key: string, deadline: Deadline): Promise<Acquisition> {
    for (let votes = 1; ; votes += 1) {
      const startedAtMs = performance.now();
      const ballot = new Ballot(this.#nodes, `${this.#holder} ${newId()}`);
      const lock = await ballot.elect(KEY_PREFIX + key, this.#ttlMs);
      if (lock) return this.#held.hold(key, lock, startedAtMs, deadline);
      if (!ballot.split) return ballot.refused ? { kind: 'taken' } : { kind: 'unavailable', why: ballot.why };
      if (votes === MAX_VOTES || deadline.passed) return { kind: 'taken' };
      await ballot.over();
      await sleep(Math.random() * MAX_PAUSE_AFTER_SPLIT_MS);
    }
  }

  async #extend(lock: Lock): Promise<Extension> {
    const ballot = new ExtensionBallot(this.#nodes, lock.value);
    try {
      await ballot.extend(lock, this.#ttlMs);
      return 'extended';
    } catch {
      // Redlock rejects whenever a vote is not won; why is in the ballot.
      return ballot.refused ? 'gone' : 'unanswered';
    }
  }
}
