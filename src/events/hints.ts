import type { Bell, Rung } from './bell.js';

/** Look again: at what is about these users, and at everything where there is `more`. */
export interface Hint {
  userIds: string[];
  more: boolean;
}

/** Rings come hundreds of times a second under load, and nobody looks as often. */
const GATHERED_MS = 250;
/** Whoever would look at more users than these looks at everything. */
const MAX_USERS = 100;
/** While the rings of other processes are not heard, somebody has to look without one. */
const LOOK_UNHEARD_MS = 3_000;

/**
 * Tells whoever looks at all users when it is worth a look, and nothing else: there is no order across users in which events could be told (decision 20).
 * While nobody listens a ring costs nothing.
 */
export class Hints {
  private readonly listeners = new Set<(hint: Hint) => void>();
  private readonly rungFor = new Set<string>();
  private wereRingsMissed = false;
  private nextHint: NodeJS.Timeout | undefined;
  private looks: NodeJS.Timeout | undefined;

  constructor(private readonly bell: Bell) {
    bell.listen((rung) => this.hear(rung));
  }

  /** Tells of what is rung for from now on, and first that what was rung for before may have been missed. Answers what ends it. */
  listen(told: (hint: Hint) => void): () => void {
    this.listeners.add(told);
    this.looks ??= setInterval(() => this.bell.hears || this.hear('everybody'), LOOK_UNHEARD_MS).unref();
    told({ userIds: [], more: true });
    return () => this.leave(told);
  }

  private hear(rung: Rung): void {
    if (this.listeners.size === 0) return;
    if (rung === 'everybody') this.wereRingsMissed = true;
    // One more than are named, so that it is known that there are more.
    else for (const userId of rung) if (this.rungFor.size <= MAX_USERS) this.rungFor.add(userId);
    this.nextHint ??= setTimeout(() => this.tell(), GATHERED_MS).unref();
  }

  private tell(): void {
    const userIds = this.wereRingsMissed ? [] : [...this.rungFor].slice(0, MAX_USERS);
    const more = this.wereRingsMissed || this.rungFor.size > MAX_USERS;
    this.forget();
    for (const told of this.listeners) told({ userIds, more });
  }

  private leave(told: (hint: Hint) => void): void {
    this.listeners.delete(told);
    if (this.listeners.size > 0) return;
    this.forget();
    clearInterval(this.looks);
    this.looks = undefined;
  }

  private forget(): void {
    this.rungFor.clear();
    this.wereRingsMissed = false;
    clearTimeout(this.nextHint);
    this.nextHint = undefined;
  }
}
