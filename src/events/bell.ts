/** For whom there may be more events; `everybody` where rings may have been missed. */
export type Rung = ReadonlySet<string> | 'everybody';

/**
 * Tells every process for whom something has become true, after the commit that made it so. A ring says nothing but "look": it may be lost
 * and may come twice, and whoever hears it reads the outbox.
 */
export abstract class Bell {
  /** To be called after the commit, never within a transaction. There is nothing to wait for, and it never throws. */
  abstract ring(userIds: Iterable<string>): void;

  /** Calls `heard` for the rings of every process, those of this one at once. */
  abstract listen(heard: (rung: Rung) => void): void;

  /** Begins to hear other processes. */
  abstract start(): void;

  /** Whether other processes are heard at present. While they are not, whoever waits for news looks more often. */
  abstract readonly hears: boolean;

  abstract close(): Promise<void>;
}
