import { type Deadline, within } from './deadline.js';
import type { Acquisition, Lease } from './leases.js';

/** The port promises 500 ms; the rest is for a busy event loop. */
export const ANSWER_WITHIN_MS = 400;
/** A lease is extended every third of its TTL, so that two extensions may fail before it runs out. */
const EXTENSIONS_PER_TTL = 3;
/** How often the held leases are looked at. A failed extension is tried again at the next look. */
const LOOKS_PER_TTL = 12;

/** People look at them: a call to the gateway at its longest has fewer with the usual TTL. */
const MAX_EXTENSIONS_KEPT = 20;

/** `gone`: the store says that it is no longer ours. `unanswered`: it may still be. */
export type Extension = 'extended' | 'gone' | 'unanswered';

/** What an adapter does with leases that this process holds. `Grip` is whatever it needs to name one of them to its store. */
export interface Keeper<Grip> {
  /** Milliseconds. */
  readonly ttlMs: number;
  /** One promise per grip; none rejects. */
  extend(grips: Grip[]): Promise<Extension>[];
  /** Releases only what is still ours. May reject. */
  release(grip: Grip): PromiseLike<unknown>;
}

/** The leases that this process holds: one timer extends them all while they are held and notices those that are lost. */
export class HeldLeases<Grip> {
  readonly #held = new Set<Held<Grip>>();
  readonly #releases = new Set<Promise<unknown>>();
  readonly #keeper: Keeper<Grip>;
  #looking: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(keeper: Keeper<Grip>) {
    this.#keeper = keeper;
  }

  /**
   * Takes over what the store has granted to an attempt that began at `startedAtMs` (of performance.now()).
   * What was granted too late is given back: to a caller who has gone, after closing, or after the event loop stood still for a TTL.
   */
  hold(key: string, grip: Grip, startedAtMs: number, deadline: Deadline): Acquisition {
    const validUntilMs = startedAtMs + validityMs(this.#keeper.ttlMs);
    if (deadline.passed || this.#closed || performance.now() >= validUntilMs) {
      void this.#release(grip);
      return { kind: 'unavailable', why: 'the lease was granted too late' };
    }
    const held = new Held(grip, startedAtMs + this.#keeper.ttlMs / EXTENSIONS_PER_TTL, validUntilMs);
    this.#held.add(held);
    this.#looking ??= setInterval(() => this.#look(), this.#keeper.ttlMs / LOOKS_PER_TTL).unref();
    return { kind: 'acquired', lease: this.#leaseOf(key, held) };
  }

  /** Stops extending and waits for releases on their way. What is still held counts as lost and runs out by itself. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const held of this.#held) this.#lose(held, 'the leases were closed');
    await Promise.all(this.#releases);
  }

  #leaseOf(key: string, held: Held<Grip>): Lease {
    let released: Promise<void> | undefined;
    return {
      key,
      // Made where somebody asks for it: nobody does for a lease that is held for the milliseconds of a charge.
      get lost() {
        return held.lost.signal;
      },
      extendedAtMs: held.extendedAtMs,
      release: () => {
        this.#forget(held);
        return (released ??= this.#release(held.grip));
      },
    };
  }

  #look(): void {
    const nowMs = performance.now();
    const nextLookMs = nowMs + this.#keeper.ttlMs / LOOKS_PER_TTL;
    const due: Held<Grip>[] = [];
    for (const held of this.#held) {
      // Counted as lost one look early, so that its holder knows before a successor can have it.
      if (nextLookMs >= held.validUntilMs) this.#lose(held, 'the lease could not be extended in time');
      else if (nowMs >= held.dueAtMs && !held.extending) due.push(held);
    }
    if (due.length > 0) this.#extend(due, nowMs);
  }

  #extend(due: Held<Grip>[], startedAtMs: number): void {
    const extensions = this.#keeper.extend(due.map((held) => held.grip));
    due.forEach((held, index) => {
      held.extending = true;
      void extensions[index]?.then((extension) => {
        held.extending = false;
        this.#extended(held, extension, startedAtMs);
      });
    });
  }

  #extended(held: Held<Grip>, extension: Extension, startedAtMs: number): void {
    if (!this.#held.has(held)) return;
    if (extension === 'gone') this.#lose(held, 'the store no longer knows the lease as ours');
    if (extension !== 'extended') return;
    held.dueAtMs = startedAtMs + this.#keeper.ttlMs / EXTENSIONS_PER_TTL;
    held.validUntilMs = startedAtMs + validityMs(this.#keeper.ttlMs);
    held.extendedAtMs.push(performance.now());
    if (held.extendedAtMs.length > MAX_EXTENSIONS_KEPT) held.extendedAtMs.shift();
  }

  #lose(held: Held<Grip>, why: string): void {
    this.#forget(held);
    held.lost.abort(new Error(why));
  }

  #forget(held: Held<Grip>): void {
    this.#held.delete(held);
    if (this.#held.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #release(grip: Grip): Promise<void> {
    const over = () => void this.#releases.delete(release);
    const release = within<unknown>(
      ANSWER_WITHIN_MS,
      () => this.#keeper.release(grip),
      () => undefined,
    ).then(over, over);
    this.#releases.add(release);
    return release;
  }
}

class Held<Grip> {
  readonly lost = new AbortController();
  readonly extendedAtMs: number[] = [];
  extending = false;

  constructor(
    readonly grip: Grip,
    public dueAtMs: number,
    public validUntilMs: number,
  ) {}
}

/** The TTL less what two clocks may drift apart meanwhile: 1 % and 2 ms, as in Redlock. */
function validityMs(ttlMs: number): number {
  return ttlMs - Math.round(ttlMs * 0.01) - 2;
}
