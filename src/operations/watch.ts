import type { Bell, Rung } from '../events/bell.js';
import type { Clock } from '../platform/clock.js';
import type { OperationStore } from './store/operation-store.js';
import type { Operation } from './operation.entity.js';

/** How soon a change made by another process is seen without a ring. One query for all who wait, however many they are. */
const POLL_MS = 100;
/** While rings are heard, a look finds only what a process did whose ring was lost. */
const POLL_WHILE_HEARD_MS = 1_000;

interface Watcher {
  id: string;
  userId: string;
  version: number;
  wake: () => void;
}

/** Lets requests wait for an operation to move, whichever process moves it. */
export class OperationWatch {
  private readonly watchers = new Set<Watcher>();
  private readonly rungFor = new Set<string>();
  private polling = false;
  private looking = false;

  /** Without a bell everything is found by looking. */
  constructor(
    private readonly store: OperationStore,
    private readonly clock: Clock,
    private readonly bell?: Bell,
  ) {
    bell?.listen((rung) => this.hear(rung));
  }

  /** Resolves as soon as the operation has another version, after `ms` milliseconds, or when `signal` aborts. */
  async changed({ id, userId, version }: Pick<Operation, 'id' | 'userId' | 'version'>, ms: number, signal?: AbortSignal): Promise<void> {
    const over = new AbortController();
    const watcher: Watcher = { id, userId, version, wake: () => over.abort() };
    this.watchers.add(watcher);
    signal?.addEventListener('abort', watcher.wake, { once: true });
    void this.poll();
    await this.clock.sleep(signal?.aborted ? 0 : Math.max(0, ms), over.signal);
    signal?.removeEventListener('abort', watcher.wake);
    this.watchers.delete(watcher);
  }

  /** Told by whoever moved an operation in this process, so that its neighbours need not wait for the next look. */
  announce(id: string, version: number): void {
    for (const watcher of this.watchers) if (watcher.id === id && watcher.version !== version) watcher.wake();
  }

  private hear(rung: Rung): void {
    for (const { userId } of this.watchers) if (rung === 'everybody' || rung.has(userId)) this.rungFor.add(userId);
    if (!this.looking) void this.lookUntilQuiet();
  }

  /** One look at a time; it takes everybody with it who was rung for during the one before. */
  private async lookUntilQuiet(): Promise<void> {
    this.looking = true;
    while (this.rungFor.size > 0) {
      const userIds = new Set(this.rungFor);
      this.rungFor.clear();
      await this.look((watcher) => userIds.has(watcher.userId));
    }
    this.looking = false;
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    while (this.watchers.size > 0) {
      await this.clock.sleep(this.bell?.hears ? POLL_WHILE_HEARD_MS : POLL_MS);
      await this.look(() => true);
    }
    this.polling = false;
  }

  private async look(of: (watcher: Watcher) => boolean): Promise<void> {
    const ids = [...new Set([...this.watchers].filter(of).map(({ id }) => id))];
    if (ids.length === 0) return;
    const versions = await this.store.versions(ids).catch(() => new Map<string, number>());
    for (const [id, version] of versions) this.announce(id, version);
  }
}
