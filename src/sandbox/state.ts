import type { Journal } from './journal.js';
import type { Card, Change, Customer, Intent, KeyRecord, Refund } from './records.js';

/** Stripe promises "at least 24 hours", https://docs.stripe.com/api/idempotent_requests; a test must not find more than the promise. */
export const KEY_TTL_MS = 24 * 3_600_000;
/** Objects in memory, about 1.5 GB at worst; more means that nobody ever empties the sandbox. */
const MAX_RECORDS = 750_000;

/** Everything that survives a restart. Records are replaced, never changed in place. */
export class State {
  readonly intents = new Map<string, Intent>();
  readonly refunds = new Map<string, Refund>();
  readonly customers = new Map<string, Customer>();
  readonly cards = new Map<string, Card>();
  readonly #keys = new Map<string, KeyRecord>();
  readonly #fired = new Map<string, number>();
  readonly #maps = [this.intents, this.refunds, this.customers, this.cards, this.#keys, this.#fired];
  readonly #journal: Journal | null;
  readonly #now: () => number;

  /** Throws when the journal is damaged. Without a journal it lives as long as the process. */
  constructor(journal: Journal | null, now: () => number) {
    this.#journal = journal;
    this.#now = now;
    for (const changes of journal?.replay() ?? []) this.#apply(changes);
  }

  get full(): boolean {
    return this.#maps.reduce((sum, { size }) => sum + size, 0) >= MAX_RECORDS;
  }

  /** All or nothing, on file before in memory. Throws when the file cannot be written. */
  commit(changes: Change[]): void {
    if (changes.length === 0) return;
    this.#journal?.append(changes);
    this.#apply(changes);
    this.#forgetExpired();
  }

  key(id: string): KeyRecord | undefined {
    const record = this.#keys.get(id);
    return record !== undefined && this.#isAlive(record.createdAt) ? record : undefined;
  }

  hasFired(id: string): boolean {
    const firedAt = this.#fired.get(id);
    return firedAt !== undefined && this.#isAlive(firedAt);
  }

  clear(): void {
    this.#journal?.clear();
    for (const map of this.#maps) map.clear();
  }

  close(): void {
    this.#journal?.close();
  }

  #apply(changes: Change[]): void {
    for (const change of changes) {
      if ('intent' in change) this.intents.set(change.intent.id, change.intent);
      else if ('refund' in change) this.refunds.set(change.refund.id, change.refund);
      else if ('customer' in change) this.customers.set(change.customer.id, change.customer);
      else if ('card' in change) this.cards.set(change.card.id, change.card);
      else if ('key' in change) this.#keys.set(change.key.id, change.key);
      else this.#fired.set(change.fired.id, change.fired.createdAt);
    }
  }

  /** Maps keep the order of insertion, so the oldest come first and the walk ends at the first that is alive. */
  #forgetExpired(): void {
    for (const [id, record] of this.#keys) {
      if (this.#isAlive(record.createdAt)) break;
      this.#keys.delete(id);
    }
    for (const [id, firedAt] of this.#fired) {
      if (this.#isAlive(firedAt)) break;
      this.#fired.delete(id);
    }
  }

  #isAlive(createdAt: number): boolean {
    return this.#now() - createdAt < KEY_TTL_MS;
  }
}
