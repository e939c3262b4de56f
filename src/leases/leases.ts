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
  /** Releases only what is still ours. Never rejects: a lease that could not be released runs out. */
  release(): Promise<void>;
}

export interface LiveLease {
  key: string;
  /** The process that holds it, as it names itself (host:pid). */
  holder: string;
  /** Milliseconds until it runs out unless extended. */
  ttlMs: number;
}
