import type { Money } from '../platform/money.js';

/**
 * The port to a payment gateway. No method throws for what the gateway does or fails to do: every outcome is a value,
 * and whatever is not an explicit success or an explicit refusal is `unknown`.
 */
export abstract class PaymentGateway {
  abstract readonly name: string;
  abstract readonly abilities: GatewayAbilities;

  /**
   * One attempt, no retries inside. Safe to call again for the same charge: same reference, same parameters, at most one charge.
   * The card of a charge that succeeds may be charged again later, once it is kept for a customer.
   */
  abstract charge(charge: Charge, signal: AbortSignal): Promise<ChargeOutcome>;

  /** What became of a charge, asked by the gateway's id where it is known and by our reference otherwise. `not_found` proves nothing. */
  abstract find(charge: KnownCharge, signal: AbortSignal): Promise<FindOutcome>;

  /** Ends a charge that waits for the customer, so that it can never succeed later. */
  abstract cancel(gatewayReference: string, signal: AbortSignal): Promise<CancelOutcome>;

  /** Gives a charge back, whole or in part. One attempt, no retries inside. Safe to call again: same reference, same parameters, at most one refund. */
  abstract refund(refund: Refund, signal: AbortSignal): Promise<RefundOutcome>;

  /** What became of a refund, asked by our reference. `not_found` proves nothing. */
  abstract findRefund(refund: Refund, signal: AbortSignal): Promise<FindRefundOutcome>;

  /** The gateway's customer for a user of ours. Safe to call again: same reference, same customer, as long as the gateway remembers keys. */
  abstract createCustomer(user: NewCustomer, signal: AbortSignal): Promise<CustomerOutcome>;

  /** Keeps a card for a customer, so that it can be charged while nobody is there. Safe to call again. Nothing is charged. */
  abstract keepCard(card: CardToKeep, signal: AbortSignal): Promise<KeepCardOutcome>;

  /** Lets go of idle connections; calls under way go on. */
  abstract close(): void;

  /** Checks the signature over the raw bytes. Throws Problem `webhook-signature`. */
  abstract readEvent(rawBody: Buffer, headers: Record<string, string | string[] | undefined>): GatewayEvent;
}

export interface GatewayAbilities {
  /** How long the gateway remembers an idempotency key, in milliseconds; null when it has none. */
  idempotency: { ttlMs: number } | null;
}

export interface Charge {
  /** Ours, derived from the intent: the gateway's idempotency key and the mark by which the charge is found again. 8 to 64 characters. */
  reference: string;
  amount: Money;
  /** The gateway's token, never a card number. */
  paymentMethod: string;
  userId: string;
  description: string;
  /** Where the customer's browser returns after authenticating (3-D Secure). */
  returnUrl: string;
  /** The gateway's id of the customer for whom the card is kept; left out for one that is not kept. */
  customer?: string;
  /** Nobody is there to authenticate. A bank that wants it all the same makes it `requires_action`, for the customer to come back to. */
  offSession?: true;
  /** W3C trace context of the request that asked, passed on. */
  traceparent?: string;
}

export interface NewCustomer {
  /** Ours: the gateway's idempotency key and the mark by which the customer is found again. 8 to 64 characters. */
  reference: string;
  userId: string;
}

export interface CardToKeep {
  /** The gateway's id of the customer. */
  customer: string;
  /** The gateway's token, never a card number. */
  paymentMethod: string;
}

export interface KnownCharge {
  reference: string;
  gatewayReference: string | null;
  /** What was asked for. A charge found with another amount or currency is `unknown`, never ours. */
  amount: Money;
}

/** What is given back. All of it is written down before the first call, so that every attempt says the same. */
export interface Refund {
  /** Ours: the gateway's idempotency key and the mark by which the refund is found again. 8 to 64 characters. */
  reference: string;
  /** The gateway's id of the charge that is given back. */
  chargeReference: string;
  amount: Money;
}

/** What the gateway said, with secrets removed, for the operation's timeline. */
export interface Evidence {
  httpStatus?: number;
  /** The gateway's own id of the exchange, for its support. */
  requestId?: string;
  errorCode?: string;
}

/** `charged`: `paymentMethod` is the gateway's id under which the card can be kept and charged again, where the gateway names it. */
export type ChargeOutcome = { evidence?: Evidence } & (
  | { kind: 'charged'; gatewayReference: string; paymentMethod?: string }
  /** An explicit refusal of this charge; with the same key it stays refused. `customerIsGone`: it named a customer whom the gateway does not have. */
  | { kind: 'declined'; problem: 'payment-declined' | 'payment-method-invalid'; declineCode: string; customerIsGone?: true }
  | { kind: 'requires_action'; gatewayReference: string; url: string }
  /** This attempt is proven not to have been executed. It says nothing about earlier attempts. */
  | { kind: 'not_charged'; why: 'unreachable' | 'credentials' | 'rate_limited' | 'refused'; detail: string; retryAfterSeconds?: number }
  | { kind: 'unknown'; why: string }
);

export type FindOutcome = { evidence?: Evidence } & (
  | { kind: 'charged'; gatewayReference: string; paymentMethod?: string }
  | { kind: 'declined'; problem: 'payment-declined'; declineCode: string }
  | { kind: 'requires_action'; gatewayReference: string; url: string }
  | { kind: 'canceled' }
  | { kind: 'not_found' }
  | { kind: 'unknown'; why: string }
);

export type CancelOutcome = { evidence?: Evidence } & (
  | { kind: 'canceled' }
  /** Too late: the money came. */
  | { kind: 'charged'; gatewayReference: string }
  | { kind: 'unknown'; why: string }
);

/** `refunded`: the money is on its way back; `gatewayReference` is null where somebody else had given all of it back before. */
export type RefundOutcome = { evidence?: Evidence } & (
  | { kind: 'refunded'; gatewayReference: string | null }
  /** An explicit refusal. The money is still here: a person has to look. */
  | { kind: 'refused'; why: string }
  /** This attempt is proven not to have been executed. It says nothing about earlier attempts. */
  | { kind: 'not_refunded'; why: 'unreachable' | 'credentials' | 'rate_limited'; detail: string }
  /** The gateway has it and has not decided, or did not say. */
  | { kind: 'unknown'; why: string }
);

export type FindRefundOutcome = { evidence?: Evidence } & (
  | { kind: 'refunded'; gatewayReference: string }
  | { kind: 'refused'; why: string }
  | { kind: 'not_found' }
  | { kind: 'unknown'; why: string }
);

export type CustomerOutcome = { evidence?: Evidence } & (
  | { kind: 'created'; customer: string }
  /** Not made, or nobody knows: to be asked again. */
  | { kind: 'unknown'; why: string }
);

/** `kept`: `paymentMethod` is the gateway's id under which it is kept. */
export type KeepCardOutcome = { evidence?: Evidence } & (
  | { kind: 'kept'; paymentMethod: string }
  /** An explicit refusal: the card, or its token, is no good. */
  | { kind: 'refused'; problem: 'payment-declined' | 'payment-method-invalid'; declineCode: string }
  /** The gateway does not have this customer, or no longer. It says nothing of the card. */
  | { kind: 'no_customer' }
  /** Not kept, or nobody knows: to be asked again. */
  | { kind: 'unknown'; why: string }
);

export interface GatewayEvent {
  /** The gateway's id of the event, unique per gateway. */
  id: string;
  type: string;
  /** Our reference, when the event is about a charge of ours. */
  reference: string | null;
  gatewayReference: string | null;
}
