import type { KeyUse } from '../../src/operations/keys.js';
import { CardStore, type KeptCard } from '../../src/operations/cards/card-store.js';
import { etagOf, holds, type EtagCondition } from '../../src/platform/etag.js';
import { Problem } from '../../src/platform/problems/problem.js';
import type { Subscription } from '../../src/subscriptions/subscription.entity.js';
import type { StoreClient } from './store-client.js';
import type { SimulatedStore } from './store.js';

/** Cards and customers in memory, beside the operations. Every method is done before it returns, as a commit of its own. */
export class SimulatedCards extends CardStore {
  constructor(private readonly database: SimulatedStore) {
    super();
  }

  async subscriptionOf(userId: string): Promise<Subscription | null> {
    return this.database.state.liveOf(userId);
  }

  async customerOf(userId: string): Promise<string | null> {
    return this.database.state.customers.get(userId) ?? null;
  }

  async addCustomer(userId: string, _gateway: string, customer: string): Promise<string> {
    const first = this.database.state.customers.get(userId) ?? customer;
    this.database.state.customers.set(userId, first);
    return first;
  }

  async replaceCustomer(userId: string, gateway: string, lost: string, customer: string): Promise<string> {
    if (this.database.state.customers.get(userId) === lost) this.database.state.customers.set(userId, customer);
    return this.addCustomer(userId, gateway, customer);
  }

  async withCardToKeep(after: string, limit: number): Promise<Subscription[]> {
    return this.database.state
      .cardsToKeep()
      .filter(({ id }) => id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  async kept(subscriptionId: string, paymentMethod: string, as: KeptCard): Promise<Subscription | null> {
    const subscription = this.database.state.subscriptions.get(subscriptionId);
    if (!subscription || subscription.status === 'canceled' || subscription.paymentMethod !== paymentMethod) return null;
    return this.database.state.put(subscription, as);
  }

  async isReplay({ userId, key, fingerprint }: KeyUse): Promise<boolean> {
    const known = this.database.state.key(userId, key);
    if (known && known.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused');
    return known !== undefined;
  }

  async replace(use: KeyUse, as: KeptCard, ifMatch: EtagCondition | null): Promise<Subscription | null> {
    const { state } = this.database;
    if (await this.isReplay(use)) return null;
    const subscription = state.liveOf(use.userId);
    if (!subscription) throw new Problem('not-subscribed');
    if (ifMatch && !holds(ifMatch, etagOf(subscription.version))) throw new Problem('subscription-changed');
    const now = this.database.now();
    state.putKey(use.userId, use.key, null, use.fingerprint, now.getTime());
    state.holds.delete(subscription.id);
    const nextAt = subscription.status === 'past_due' ? now : subscription.nextAt;
    return state.put(subscription, { ...as, nextAt, version: subscription.version + 1 });
  }
}

/** … as one process sees them: every method is a message there and an answer back, and either may be lost. */
export class CardClient extends CardStore {
  constructor(
    private readonly client: StoreClient,
    private readonly cards: SimulatedCards,
  ) {
    super();
  }

  subscriptionOf(userId: string) {
    return this.client.send('subscriptionOf', () => this.cards.subscriptionOf(userId));
  }

  customerOf(userId: string) {
    return this.client.send('customerOf', () => this.cards.customerOf(userId));
  }

  addCustomer(userId: string, gateway: string, customer: string) {
    return this.client.send('addCustomer', () => this.cards.addCustomer(userId, gateway, customer), customer);
  }

  replaceCustomer(userId: string, gateway: string, lost: string, customer: string) {
    return this.client.send('replaceCustomer', () => this.cards.replaceCustomer(userId, gateway, lost, customer), customer);
  }

  withCardToKeep(after: string, limit: number) {
    return this.client.send('withCardToKeep', () => this.cards.withCardToKeep(after, limit));
  }

  kept(subscriptionId: string, paymentMethod: string, as: KeptCard) {
    return this.client.send('kept', () => this.cards.kept(subscriptionId, paymentMethod, as), as);
  }

  isReplay(use: KeyUse) {
    return this.client.send('isReplay', () => this.cards.isReplay(use));
  }

  replace(use: KeyUse, as: KeptCard, ifMatch: EtagCondition | null) {
    return this.client.send('replace', () => this.cards.replace(use, as, ifMatch), as);
  }
}
