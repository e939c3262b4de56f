/** What is used of redlock 4.2.0; the published types refuse ioredis 5. Members with an underscore are overridden in ballot.ts. */
declare module 'redlock' {
  import type { Redis } from 'ioredis';

  export interface Lock {
    readonly value: string;
    /** Milliseconds since the epoch by this process's wall clock, drift already taken off. */
    readonly expiration: number;
    /** Rejects unless a quorum of the nodes says that the lock was still ours. */
    unlock(): PromiseLike<void>;
  }

  type Answered = (error: Error | null, response?: unknown) => void;

  export default class Redlock {
    /** `retryCount` counts only here: the one given per call is ignored when it is 0. */
    constructor(nodes: Redis[], options: { retryCount: number });
    lock(resource: string, ttlMs: number): PromiseLike<Lock>;
    extend(lock: Lock, ttlMs: number): PromiseLike<Lock>;
    unlock(lock: Lock, done?: () => void): PromiseLike<void>;
    _random(): string;
    /** Called by the constructor. */
    _hashScript(script: string): string;
    _executeScript(node: Redis, name: 'lockScript' | 'extendScript' | 'unlockScript', args: unknown[], done: Answered): unknown;
  }
}
