/** What the sandbox remembers. Times are milliseconds since 1970, amounts minor units, currencies lower case as Stripe has them. */
export interface Intent {
  id: string;
  clientSecret: string;
  amount: number;
  currency: string;
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'processing' | 'succeeded' | 'canceled';
  metadata: Record<string, string>;
  description: string | null;
  customer: string | null;
  paymentMethod: string | null;
  paymentMethodTypes: string[];
  setupFutureUsage: 'on_session' | 'off_session' | null;
  returnUrl: string | null;
  createdAt: number;
  canceledAt: number | null;
  cancellationReason: string | null;
  /** The latest attempt at the card, failed ones too, as Stripe's `latest_charge`. */
  charge: { id: string; succeeded: boolean; createdAt: number } | null;
  amountRefunded: number;
  lastError: PaymentError | null;
  /** The key of the request that created it. */
  idempotencyKey: string | null;
  /** Whether it was ever confirmed while nobody was there. */
  offSession: boolean;
  /** Confirming requests that reached this intent, replays included; what the network or a 429 stopped did not. */
  attempts: number;
}

export interface PaymentError {
  type: 'card_error' | 'invalid_request_error';
  code: string;
  declineCode: string | null;
  message: string;
}

/** A payment method. Stripe's test tokens are not cards: each use of one makes a card that behaves like it. */
export interface Card {
  id: string;
  testMethod: string;
  /** The test method like which it behaves since somebody said so. */
  behaves: string | null;
  /** For whom it is kept. */
  customer: string | null;
  /** The latest intent that charged it while it was not kept: such a card can be used only once. */
  usedBy: string | null;
  /** That use was made to last: it may still be kept. */
  mayBeKept: boolean;
  createdAt: number;
}

export interface Refund {
  id: string;
  intentId: string;
  chargeId: string;
  amount: number;
  currency: string;
  reason: string | null;
  metadata: Record<string, string>;
  createdAt: number;
}

export interface Customer {
  id: string;
  email: string | null;
  name: string | null;
  description: string | null;
  metadata: Record<string, string>;
  createdAt: number;
  /** Nothing can be asked of a deleted one, and its cards went with it. */
  deleted: boolean;
}

/** A finished request, to be answered again in the very same bytes. */
export interface KeyRecord {
  /** Of API key and idempotency key together, so that no secret is written to the file. */
  id: string;
  fingerprint: string;
  requestId: string;
  status: number;
  body: string;
  /** Whose attempts a replay counts. */
  intentId: string | null;
  createdAt: number;
}

/** One step of the journal; what belongs together is written in one line. */
export type Change =
  | { intent: Intent }
  | { refund: Refund }
  | { customer: Customer }
  | { card: Card }
  | { key: KeyRecord }
  /** The fault of this idempotency key's payment method has been had. */
  | { fired: { id: string; createdAt: number } };
