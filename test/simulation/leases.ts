import { Leases, type Acquisition, type Lease, type LeaseNode, type LiveLease } from '../../src/leases/leases.js';
import type { SimulatedProcess } from './process.js';

const ANSWER_WITHIN_MS = 500;
const LOST = new Error('the lease was lost');

/** Where leases are kept: it may forget all of them, and be away. */
export class LeaseServer {
  readonly held = new Map<string, { token: number; until: number; holder: SimulatedProcess }>();
  /** Leases that somebody still extends. */
  readonly kept = new Set<{ key: string; holder: SimulatedProcess }>();
  awayUntil = 0;
  private tokens = 0;

  constructor(
    readonly ttlMs: number,
    private readonly nowMs: () => number,
  ) {}

  get isAway(): boolean {
    return this.awayUntil > this.nowMs();
  }

  acquire(key: string, holder: SimulatedProcess): number | null {
    const held = this.held.get(key);
    if (held && held.until > this.nowMs()) return null;
    this.tokens += 1;
    this.held.set(key, { token: this.tokens, until: this.nowMs() + this.ttlMs, holder });
    return this.tokens;
  }

  extend(key: string, token: number): boolean {
    const held = this.held.get(key);
    if (held?.token !== token || held.until <= this.nowMs()) return false;
    held.until = this.nowMs() + this.ttlMs;
    return true;
  }

  release(key: string, token: number): void {
    if (this.held.get(key)?.token === token) this.held.delete(key);
  }
}

/** The leases of one process. */
export class SimulatedLeases extends Leases {
  readonly name = 'simulated';

  constructor(private readonly process: SimulatedProcess) {
    super();
  }

  async acquire(key: string): Promise<Acquisition> {
    const { world, leaseServer, alive } = this.process;
    const { random, faults } = world;
    if (!alive) return new Promise(() => undefined);
    const [there, back] = [random.between(0.2, 2), random.between(0.2, 2)];
    const lost = leaseServer.isAway || random.chance(faults.of('leaseUnavailable'));
    // Of an answer that is lost nobody knows whether the lease was taken.
    const reaches = !leaseServer.isAway && (!lost || random.chance(0.5));
    return new Promise((resolve) => {
      let token: number | null = null;
      if (reaches) world.after(there, () => (token = leaseServer.acquire(key, this.process)));
      const answer = () => {
        const acquisition: Acquisition = lost
          ? { kind: 'unavailable', why: 'no answer' }
          : token === null
            ? { kind: 'taken' }
            : { kind: 'acquired', lease: this.leaseOf(key, token) };
        world.note(() => `${this.process.name} lease of ${key}: ${acquisition.kind}`);
        resolve(acquisition);
      };
      world.after(lost ? ANSWER_WITHIN_MS : there + back, answer, this.process);
    });
  }

  list(): Promise<LiveLease[]> {
    return Promise.resolve([]);
  }

  find(): Promise<LiveLease | null> {
    return Promise.resolve(null);
  }

  nodes(): Promise<LeaseNode[]> {
    return Promise.resolve([]);
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private leaseOf(key: string, token: number): Lease {
    const { process } = this;
    const { world, leaseServer } = process;
    const lost = new AbortController();
    const kept = { key, holder: process };
    let released = false;
    leaseServer.kept.add(kept);
    const extend = () => {
      if (released) return;
      if (world.random.chance(world.faults.of('leaseLost'))) leaseServer.release(key, token);
      if (!leaseServer.isAway && !leaseServer.extend(key, token)) {
        world.note(() => `${process.name} lost its lease of ${key}`);
        leaseServer.kept.delete(kept);
        return lost.abort(LOST);
      }
      process.timer(leaseServer.ttlMs / 3, extend, true);
    };
    process.timer(leaseServer.ttlMs / 3, extend, true);
    return {
      key,
      lost: lost.signal,
      extendedAtMs: [],
      release: async () => {
        released = true;
        leaseServer.kept.delete(kept);
        if (!process.alive || world.random.chance(world.faults.of('leaseUnavailable'))) return;
        world.after(world.random.between(0.2, 2), () => leaseServer.release(key, token));
      },
    };
  }
}
