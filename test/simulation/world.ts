import type { Faults } from './faults.js';
import { Heap, type Happening } from './heap.js';
import type { SimulatedProcess } from './process.js';
import type { Random } from './random.js';

/** A wait of a loop that has nothing to do: it goes on when there is something, and is skipped until then. */
interface Idle {
  at: number;
  of: SimulatedProcess;
  /** When there is something to do; Infinity while there is nothing. */
  readyAt: () => number;
  wake: () => void;
}

/** More than any seed needs; beyond it something turns in circles. */
const MAX_STEPS = 200_000;

/** Ids, and references that are made of them. */
const RANDOM = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?:cf|rf|cu)_[0-9a-f]{40}/g;

/** One time and one order for everything that happens in a seed. */
export class World {
  nowMs = 0;
  steps = 0;
  /** What happened, line by line, where somebody wants to read it. */
  readonly trace: string[] | null;
  /** What was come across that leaves no row. */
  readonly met = new Set<string>();
  private readonly heap = new Heap();
  private readonly idle = new Set<Idle>();
  private readonly labels = new Map<string, string>();
  private order = 0;
  private foreground = 0;

  constructor(
    readonly random: Random,
    readonly faults: Faults,
    traced: boolean,
  ) {
    this.trace = traced ? [] : null;
  }

  /** Plans something. `of`: it happens in that process and not at all once that is dead. */
  after(ms: number, run: () => void, of: SimulatedProcess | null = null, background = false): Happening {
    const happening = { at: this.nowMs + Math.max(0, ms), order: (this.order += 1), of, run, canceled: false, background };
    this.plan(happening);
    return happening;
  }

  cancel(happening: Happening): void {
    if (happening.canceled) return;
    happening.canceled = true;
    if (!happening.background) this.foreground -= 1;
  }

  /** The same thing at another time. */
  move(happening: Happening, at: number): Happening {
    this.cancel(happening);
    const moved = { ...happening, at: Math.max(at, this.nowMs), order: (this.order += 1), canceled: false };
    this.plan(moved);
    return moved;
  }

  whenReady(idle: Idle): void {
    this.idle.add(idle);
  }

  /** Lets the next thing happen. False when nothing is left to happen. */
  step(): boolean {
    this.steps += 1;
    if (this.steps > MAX_STEPS) throw new Error(`it does not come to rest within ${MAX_STEPS} steps`);
    for (;;) {
      const next = this.nextPlanned();
      const idle = this.nextIdle();
      if (idle && idle.at < (next?.at ?? Infinity)) {
        this.idle.delete(idle.idle);
        this.nowMs = Math.max(this.nowMs, idle.at);
        idle.idle.wake();
        return true;
      }
      if (!next || (this.foreground === 0 && !idle)) return false;
      this.heap.pop();
      if (next.of?.alive && next.of.pausedUntil > next.at) {
        Object.assign(next, { at: next.of.pausedUntil, order: (this.order += 1) });
        this.heap.push(next);
        continue;
      }
      this.cancel(next);
      if (next.of && !next.of.alive) continue;
      this.nowMs = next.at;
      next.run();
      return true;
    }
  }

  note(what: () => string): void {
    if (!this.trace) return;
    this.trace.push(`${(this.nowMs / 1000).toFixed(3).padStart(10)}  ${this.named(what())}`);
  }

  /** Ids in order of their appearance, so that two runs of a seed read the same. */
  private named(text: string): string {
    return text.replace(RANDOM, (id) => {
      const label = this.labels.get(id) ?? `#${this.labels.size + 1}`;
      this.labels.set(id, label);
      return label;
    });
  }

  private plan(happening: Happening): void {
    if (!happening.background) this.foreground += 1;
    this.heap.push(happening);
  }

  private nextPlanned(): Happening | undefined {
    while (this.heap.next?.canceled) this.heap.pop();
    return this.heap.next;
  }

  /** The loop that is the first to have something to do. */
  private nextIdle(): { idle: Idle; at: number } | null {
    let first: { idle: Idle; at: number } | null = null;
    for (const idle of this.idle) {
      if (!idle.of.alive) {
        this.idle.delete(idle);
        continue;
      }
      const at = Math.max(idle.at, idle.readyAt(), idle.of.pausedUntil);
      if (at < (first?.at ?? Infinity)) first = { idle, at };
    }
    return first;
  }
}
