import type { PastDue, SubscriptionChange } from './subscription.entity.js';

/** What becomes of a subscription whose renewals are declined to the end. */
export type DunningEnd = 'cancel' | 'pause';

/** When declined renewals are tried again. */
export interface DunningPolicy {
  /** Milliseconds from the first decline, ascending; may be empty. */
  scheduleMs: readonly number[];
  end: DunningEnd;
}

/** The policy and how far it has come, as they were when a renewal was recorded. */
export interface Dunning extends DunningPolicy {
  pastDue: PastDue | null;
}

/**
 * Declines after which the same card is not asked again, because no time will make it pay: Stripe, "Decline codes" (do not retry), and Visa's and
 * Mastercard's rules on retries, which fine those who do.
 */
const HARD_DECLINES: ReadonlySet<string> = new Set([
  'card_not_supported',
  'expired_card',
  'fraudulent',
  'incorrect_number',
  'invalid_account',
  'invalid_number',
  'lost_card',
  'merchant_blacklist',
  'no_such_payment_method',
  'pickup_card',
  'restricted_card',
  'revocation_of_all_authorizations',
  'revocation_of_authorization',
  'stolen_card',
  'stop_payment_order',
  'transaction_not_allowed',
]);

export function isHardDecline(declineCode: string): boolean {
  return HARD_DECLINES.has(declineCode);
}

/**
 * What a declined renewal makes of a subscription at `at`: past due until the next time of the schedule that is yet to come, or ended where there is none.
 * After a hard decline nothing is tried before the schedule's end, unless the card is another by then.
 */
export function afterDecline({ scheduleMs, end, pastDue }: Dunning, card: string | null, hard: boolean, at: Date): SubscriptionChange {
  const since = pastDue ? new Date(pastDue.since) : at;
  const toCome = scheduleMs.map((ms) => new Date(since.getTime() + ms)).filter((time) => time > at);
  const nextAt = hard ? toCome.at(-1) : toCome[0];
  if (!nextAt) return ended(end);
  const declines = (pastDue?.declines ?? 0) + 1;
  const dead = hard && card !== null ? { deadCard: card } : {};
  return { status: 'past_due', nextAt, pastDue: { since: since.toISOString(), declines, ...dead } };
}

/** How long a customer who has not authenticated the last try can still pay in another way. */
const LAST_WORD_MS = 3_600_000;

/** What a renewal that its customer did not authenticate makes of a subscription: a decline, but once it is not the end, so that they can pay with another card instead. */
export function afterNoAnswer(dunning: Dunning, card: string | null, at: Date): SubscriptionChange {
  const change = afterDecline(dunning, card, false, at);
  const { scheduleMs, pastDue } = dunning;
  const declines = (pastDue?.declines ?? 0) + 1;
  if (change.status === 'past_due' || declines > scheduleMs.length + 1) return change;
  return {
    status: 'past_due',
    nextAt: new Date(at.getTime() + LAST_WORD_MS),
    pastDue: { since: pastDue?.since ?? at.toISOString(), declines },
  };
}

/** The end of the schedule: the seat is free again. */
export function ended(end: DunningEnd): SubscriptionChange {
  return { status: end === 'cancel' ? 'canceled' : 'paused', nextAt: null, pendingChange: null };
}
