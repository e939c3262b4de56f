import type { Clock } from '../platform/clock.js';
import type { OperationStore } from './operation-store.js';

/** How soon a change made by another process is seen. One query for all who wait, however many they are. */
const POLL_MS = 100;

interface Watcher {
  id: string;
  version: number;
  wake: () => void;
}

/** Lets requests wait for an operation to move, whichever process moves it. */
export class OperationWatch {
  private readonly watchers = new Set<Watcher>();
  private polling = false;

  constructor(
    private readonly store: OperationStore,
    private readonly clock: Clock,
  ) {}

  /** Resolves as soon as the operation has another version, after `ms` milliseconds, or when `signal` aborts. */
  async changed(id: string, version: number, ms: number, signal?: AbortSignal): Promise<void> {
    const over = new AbortController();
    const watcher: Watcher = { id, version, wake: () => over.abort() };
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

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    while (this.watchers.size > 0) {
      await this.clock.sleep(POLL_MS);
      const ids = [...new Set([...this.watchers].map((watcher) => watcher.id))];
      const versions = await this.store.versions(ids).catch(() => new Map<string, number>());
      for (const [id, version] of versions) this.announce(id, version);
    }
    this.polling = false;
  }
}
