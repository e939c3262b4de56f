/**
 * The port to whatever keeps leases. A lease calms contention and tells recovery that an owner is alive.
 * It is never what correctness rests on: a paused process can outlive its lease, and a store of leases can forget.
 */
export abstract class Leases {
  /** For health and logs: `redlock` or `postgres`. */
  abstract readonly name: string;

  /**
   * One attempt, answered within 0.5 s whatever the store does. Never rejects.
   * While the lease is not released it is extended every third of its TTL.
   */
  abstract acquire(key: string): Promise<Acquisition>;

  /** Leases alive now, at most `limit`, for the admin's eyes. Rejects when the store cannot be reached. */
  abstract list(limit: number): Promise<LiveLease[]>;

  /** The lease on a key while somebody has it, for the admin's eyes. Rejects when the store cannot be reached. */
  abstract find(key: string): Promise<LiveLease | null>;

  /** The servers that keep them, each asked for itself, within 0.5 s; none where the database keeps them. Never rejects. */
  abstract nodes(): Promise<LeaseNode[]>;

  /** Resolves when a quorum of the store answers, rejects with the reason otherwise. */
  abstract ping(): Promise<void>;

  /** Stops extending, lets go of connections. Leases still held run out by themselves. */
  abstract close(): Promise<void>;
}

export type Acquisition =
  | { kind: 'acquired'; lease: Lease }
  /** Somebody else holds it, and is therefore alive or died less than a TTL ago. */
  | { kind: 'taken' }
  /** The store did not give a quorum; go on without. */
  | { kind: 'unavailable'; why: string };

export interface Lease {
  readonly key: string;
  /** Aborts when the lease could not be extended and may now be somebody else's. Changes no answer. */
  readonly lost: AbortSignal;
  /** When it was extended, of `performance.now()`, oldest first; the last few where that was often. */
  readonly extendedAtMs: readonly number[];
  /** Releases only what is still ours. Never rejects: a lease that could not be released runs out. */
  release(): Promise<void>;
}

export interface LiveLease {
  key: string;
  /** The process that holds it, as it names itself (host:pid). */
  holder: string;
  /** Milliseconds since it was given, as far as the clocks of two processes agree; null where the lease does not say. */
  heldForMs: number | null;
  /** Milliseconds until it runs out unless extended. */
  ttlMs: number;
}

/** One server of those that keep leases. */
export interface LeaseNode {
  /** host:port, without what it takes to get in. */
  address: string;
  version: string | null;
  /** Null when it did not answer. */
  answeredInMs: number | null;
  /** What it said instead. */
  why: string | null;
}
