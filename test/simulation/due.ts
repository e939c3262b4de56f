import type { Subscription } from '../../src/subscriptions/subscription.entity.js';
import type { StoreState } from './store-state.js';

/** When there is something to do for the loops of the processes, in the world's time. Asked at every step, so it is looked for only where something was written. */
export class DueTimes {
  private operations = { written: '', at: Infinity };
  private renewals = { written: '', at: Infinity };
  private cards = { written: '', at: Infinity };

  constructor(
    private readonly state: StoreState,
    /** By how much the database's clock is ahead of the world's. */
    private readonly aheadMs: () => number,
    /** Time asks for nothing that is due later. */
    private readonly horizonMs: number,
  ) {}

  /** When recovery finds a row or an event. */
  ofRecovery(): number {
    const { changes, eventChanges } = this.state;
    const written = `${changes} ${eventChanges}`;
    if (this.operations.written !== written) this.operations = { written, at: this.firstRow() };
    return this.operations.at - this.aheadMs();
  }

  /** When a subscription is due and nobody holds it. */
  ofRenewals(): number {
    const { changes, subscriptionChanges } = this.state;
    const written = `${changes} ${subscriptionChanges} ${this.aheadMs()}`;
    if (this.renewals.written !== written) this.renewals = { written, at: this.firstRenewal() };
    return this.renewals.at - this.aheadMs();
  }

  /** Whether a card is to be kept. */
  ofCards(): number {
    const written = `${this.state.subscriptionChanges}`;
    if (this.cards.written !== written) this.cards = { written, at: this.state.cardsToKeep().length > 0 ? 0 : Infinity };
    return this.cards.at;
  }

  /** What time should have done something to by the end, and did not. */
  overdue(): string[] {
    return this.dueByTheEnd().map(({ id, status }) => `I7 subscription ${id} is ${status} and was due`);
  }

  private firstRow(): number {
    let first = Infinity;
    for (const { isOpen: open, nextCheckAt } of this.state.operations.values())
      if (open && nextCheckAt && nextCheckAt.getTime() < first) first = nextCheckAt.getTime();
    for (const { nextAttemptAt } of this.state.events.values()) if (nextAttemptAt !== null && nextAttemptAt < first) first = nextAttemptAt;
    return first;
  }

  private firstRenewal(): number {
    let first = Infinity;
    for (const subscription of this.dueByTheEnd()) {
      const at = Math.max((subscription.nextAt as Date).getTime(), this.state.holds.get(subscription.id) ?? 0);
      if (at < first && !this.waitsForSomebody(subscription)) first = at;
    }
    return first;
  }

  private dueByTheEnd(): Subscription[] {
    const end = this.horizonMs + this.aheadMs();
    return [...this.state.subscriptions.values()].filter(({ nextAt }) => nextAt !== null && nextAt.getTime() <= end);
  }

  /** It was tried, and there is no end of trying while an operation of the user waits for the customer, for the gateway or for a person. */
  private waitsForSomebody({ id, userId }: Subscription): boolean {
    const open = this.state.holds.has(id) ? this.state.openOf(userId) : null;
    return open !== null && open.status !== 'pending';
  }
}
