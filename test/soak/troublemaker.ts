import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../simulation/random.js';
import type { History } from './history.js';
import type { Kind } from './kinds.js';

const PAUSE_MS = [1_000, 3_000] as const;
const LASTS_MS = [200, 4_000] as const;

/** Does something to the system every one to three seconds: each kind as often as it says, in an order that the seed gives, and then all over again. */
export class Troublemaker {
  private readonly busy = new Set<string>();
  private readonly underWay = new Set<Promise<void>>();
  private bag: Kind[] = [];
  /** What went wrong in making trouble itself. */
  readonly failures: string[] = [];

  constructor(
    private readonly kinds: Kind[],
    private readonly random: Random,
    private readonly history: History,
  ) {}

  /** Resolves when it was told to end and all is as it was before. */
  async until(end: AbortSignal): Promise<void> {
    while (!end.aborted) {
      await nap(this.random.between(...PAUSE_MS), end);
      if (end.aborted) break;
      const work = this.trouble(this.nextKind(), end).catch(
        (error: unknown) => void this.failures.push(`trouble failed: ${String(error)}`),
      );
      this.underWay.add(work);
      void work.then(() => this.underWay.delete(work));
    }
    await Promise.all(this.underWay);
  }

  private async trouble(kind: Kind, end: AbortSignal): Promise<void> {
    const lasts = (kind.leastMs ?? 0) + this.random.magnitude(...LASTS_MS);
    const free = kind.targets.filter((target) => !this.busy.has(target));
    const target = free.length > 0 ? this.random.pick(free) : undefined;
    // Whatever could be meant is in trouble: its turn comes with the next bag.
    if (target === undefined) return;
    this.busy.add(target);
    const from = Date.now();
    this.history.write('trouble', { kind: kind.name, target });
    const undo = await kind.begin(target, this.random);
    if (undo) await nap(lasts, end);
    await undo?.();
    this.history.troubles.push({ kind: kind.name, target, from, until: Date.now() });
    this.history.write('healed', { kind: kind.name, target, lastedMs: Date.now() - from });
    this.busy.delete(target);
  }

  private nextKind(): Kind {
    if (this.bag.length === 0) this.bag = this.kinds.flatMap((kind) => Array.from({ length: kind.often ?? 1 }, () => kind));
    const [kind] = this.bag.splice(this.random.whole(0, this.bag.length - 1), 1);
    return kind as Kind;
  }
}

async function nap(ms: number, end: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: end }).catch(() => undefined);
}
