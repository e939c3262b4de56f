import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { CustomerOutcome, KeepCardOutcome, PaymentGateway } from '../../gateways/payment-gateway.js';
import type { Clock } from '../../platform/clock.js';
import { assertNoTransaction } from '../../platform/database/transaction.js';
import { toPublicId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Metrics } from '../../platform/telemetry/metrics.js';
import type { Subscription } from '../../subscriptions/subscription.entity.js';
import type { CardStore, KeptCard } from './card-store.js';
import { answeredInTime } from '../gateway-caller.js';
import { customerReferenceOf } from '../intent.js';
import type { SightedUse } from '../keys.js';

export interface SavedCardsParts {
  store: CardStore;
  gateway: PaymentGateway;
  clock: Clock;
  metrics: Metrics;
  log: Logger;
  /** One gateway call, in milliseconds. */
  gatewayTimeoutMs: number;
  /** How often cards that are not kept yet are looked for, in milliseconds. */
  intervalMs: number;
}

/** Cards that are being kept at one time, and looked up in one look. */
const MAX_AT_WORK = 16;
const MAX_FOUND = 64;
/** After a gateway that did not say, so many intervals are let go by. */
const INTERVALS_OF_DOUBT = 10;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Keeps the card of a successful charge at the gateway, for the charges that time brings. It is done behind the charge and off its way: a subscription that
 * names a card without a customer is the note that it is still to be done, whoever crashes. No money moves, so doubt is asked again.
 */
export class SavedCards {
  private readonly limit = pLimit(MAX_AT_WORK);
  private readonly stopping = new AbortController();
  private loop: Promise<void> | null = null;
  private after = FIRST_ID;

  constructor(private readonly parts: SavedCardsParts) {}

  start(): void {
    this.loop ??= this.sweepUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** One look at the cards that are to be kept, going round. Resolves with how many are kept now, and how many are in doubt. */
  async sweep(): Promise<{ kept: number; inDoubt: number }> {
    const found = await this.parts.store.withCardToKeep(this.after, MAX_FOUND);
    this.after = found.length === MAX_FOUND ? (found.at(-1)?.id ?? FIRST_ID) : FIRST_ID;
    const subscriptions = await Promise.all(found.map((subscription) => this.limit(() => this.keep(subscription))));
    const kept = subscriptions.filter(({ customer }) => customer !== null).length;
    return { kept, inDoubt: found.length - kept };
  }

  /** The subscription with its card kept, or as it was where the gateway did not say. A card that is refused stays with its subscription: its next charge will tell. The log names the request. */
  async keep(subscription: Subscription, requestId?: string): Promise<Subscription> {
    const { id, paymentMethod, customer } = subscription;
    if (paymentMethod === null || customer !== null) return subscription;
    const whose = whoseOf(subscription, requestId);
    const outcome = await this.keepFor(whose, paymentMethod);
    if (outcome.kind === 'unknown' || outcome.kind === 'no_customer') return subscription;
    const as = outcome.kind === 'kept' ? outcome.card : { customer: outcome.customer, paymentMethod };
    if (outcome.kind === 'refused') this.parts.log.warn({ ...whose.logIds, declineCode: outcome.declineCode }, 'a card cannot be kept');
    return (await this.parts.store.kept(id, paymentMethod, as)) ?? this.asItIs(subscription);
  }

  /**
   * Another card for all that comes, at the wish of the user. `fresh` is false where the same request did it before. The log names the request. Throws `not-subscribed`,
   * `payment-declined`, `payment-method-invalid`, `subscription-changed`, and `gateway-unavailable` where the gateway did not say: nothing has changed then.
   */
  async change(paymentMethod: string, use: SightedUse, requestId?: string): Promise<{ subscription: Subscription; fresh: boolean }> {
    const { store } = this.parts;
    const before = await this.liveOf(use.userId);
    if (await store.isReplay(use)) return { subscription: before, fresh: false };
    const outcome = await this.keepFor(whoseOf(before, requestId), paymentMethod);
    if (outcome.kind === 'refused') {
      const { problem, declineCode } = outcome;
      throw new Problem(problem, { detail: `The gateway refused the card: ${declineCode}.`, charged: 'no', declineCode });
    }
    if (outcome.kind !== 'kept')
      throw new Problem('gateway-unavailable', { detail: 'The gateway did not say whether the card is good. Nothing has changed.' });
    const replaced = await store.replace(use, outcome.card, use.ifMatch ?? null);
    return { subscription: replaced ?? (await this.liveOf(use.userId)), fresh: replaced !== null };
  }

  /** Somebody else kept the card meanwhile, or another one. */
  private async asItIs(subscription: Subscription): Promise<Subscription> {
    const now = await this.parts.store.subscriptionOf(subscription.userId);
    return now?.id === subscription.id ? now : subscription;
  }

  private async liveOf(userId: string): Promise<Subscription> {
    const subscription = await this.parts.store.subscriptionOf(userId);
    if (!subscription) throw new Problem('not-subscribed');
    return subscription;
  }

  private async keepFor(whose: Whose, paymentMethod: string): Promise<Kept> {
    const customer = await this.customerOf(whose);
    const kept = await this.keepAt(customer, paymentMethod, whose);
    if (kept.kind !== 'no_customer') return kept;
    // Somebody deleted the customer at the gateway. Without another one this user could never pay again.
    this.parts.log.warn({ ...whose.logIds, customer: kept.customer }, 'the gateway has lost a customer; another is made');
    return this.keepAt(await this.customerInsteadOf(kept.customer, whose), paymentMethod, whose);
  }

  private async keepAt(customer: string | null, paymentMethod: string, whose: Whose): Promise<Kept> {
    if (customer === null) return { kind: 'unknown' };
    const { gateway } = this.parts;
    const outcome = await this.ask('keep_card', whose, (signal) => gateway.keepCard({ customer, paymentMethod }, signal));
    if (outcome.kind === 'kept') return { kind: 'kept', card: { customer, paymentMethod: outcome.paymentMethod } };
    return outcome.kind === 'unknown' ? { kind: 'unknown' } : { ...outcome, customer };
  }

  /** Made once: a crash between the gateway and the database is mended by the gateway's own memory of the reference, two at once by the first that is written down. */
  private async customerOf(whose: Whose): Promise<string | null> {
    const { store, gateway } = this.parts;
    const { userId } = whose;
    const known = await store.customerOf(userId, gateway.name);
    if (known !== null) return known;
    const made = await this.createCustomer(customerReferenceOf(userId), whose);
    return made === null ? null : store.addCustomer(userId, gateway.name, made);
  }

  /** Its reference follows from the one that was lost: the gateway would answer the old reference with that again for a day. */
  private async customerInsteadOf(lost: string, whose: Whose): Promise<string | null> {
    const { store, gateway } = this.parts;
    const { userId } = whose;
    const made = await this.createCustomer(customerReferenceOf(userId, lost), whose);
    return made === null ? null : store.replaceCustomer(userId, gateway.name, lost, made);
  }

  private async createCustomer(reference: string, whose: Whose): Promise<string | null> {
    const { gateway } = this.parts;
    const customer = { reference, userId: whose.userId };
    const outcome = await this.ask('create_customer', whose, (signal) => gateway.createCustomer(customer, signal));
    return outcome.kind === 'created' ? outcome.customer : null;
  }

  private async ask<T extends CustomerOutcome | KeepCardOutcome>(
    call: string,
    { logIds }: Whose,
    send: (signal: AbortSignal) => Promise<T>,
  ) {
    assertNoTransaction('the gateway was called');
    const { clock, metrics, log, gateway } = this.parts;
    const startedAt = clock.monotonicMs();
    const answer = answeredInTime(send, this.parts);
    const outcome = await answer.catch((error: unknown) => {
      log.error({ err: error, call, ...logIds }, 'the gateway adapter failed');
      return { kind: 'unknown' as const, why: 'the gateway adapter failed' };
    });
    metrics.gatewayCalls.observe({ gateway: gateway.name, call, outcome: outcome.kind }, (clock.monotonicMs() - startedAt) / 1000);
    return outcome;
  }

  private async sweepUntilStopped(): Promise<void> {
    const { clock, log, intervalMs } = this.parts;
    while (!this.stopping.signal.aborted) {
      const { kept, inDoubt } = await this.sweep().catch((error: unknown) => {
        log.warn({ err: error }, 'cards not swept');
        return { kept: 0, inDoubt: 1 };
      });
      if (kept > 0 && inDoubt === 0) continue;
      await clock.sleep(inDoubt > 0 ? intervalMs * INTERVALS_OF_DOUBT : intervalMs, this.stopping.signal);
    }
  }
}

/** The user whose card is kept, and by which the lines about it are found. */
interface Whose {
  userId: string;
  logIds: { subscriptionId: string; requestId: string | undefined };
}

function whoseOf({ id, userId }: Subscription, requestId: string | undefined): Whose {
  return { userId, logIds: { subscriptionId: toPublicId('sub', id), requestId } };
}

type Kept =
  | { kind: 'kept'; card: KeptCard }
  | { kind: 'refused'; customer: string; problem: 'payment-declined' | 'payment-method-invalid'; declineCode: string }
  | { kind: 'no_customer'; customer: string }
  | { kind: 'unknown' };
