import type { Charge, KnownCharge, Refund } from '../../../src/gateways/payment-gateway.js';
import { StripeGateway, type StripeOptions } from '../../../src/gateways/stripe/stripe-gateway.js';

export const REFERENCE = 'cf_8c1f2b7e6d5a4f3c';
export const SECRET = 'whsec_current_secret';

export const CHARGE: Charge = {
  reference: REFERENCE,
  amount: { amount: 1900, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  userId: 'user_42',
  description: 'Pro, monthly',
  returnUrl: 'https://shop.example/back',
};

export const KNOWN: KnownCharge = { reference: REFERENCE, gatewayReference: null, amount: CHARGE.amount };

export const REFUND: Refund = { reference: REFERENCE.replace('cf_', 'rf_'), chargeReference: 'pi_1', amount: CHARGE.amount };

/** Stripe's PaymentIntent as it stands after a successful payment, with what a test wants otherwise. */
export function intent(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 1900,
    amount_received: 1900,
    currency: 'usd',
    metadata: { reference: REFERENCE, user: 'user_42' },
    next_action: null,
    last_payment_error: null,
    livemode: false,
    ...changes,
  };
}

/** Stripe's Refund as it stands when the money is on its way back. */
export function refund(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 're_1',
    object: 'refund',
    status: 'succeeded',
    amount: 1900,
    currency: 'usd',
    charge: 'ch_1',
    payment_intent: 'pi_1',
    metadata: { reference: REFUND.reference },
    reason: null,
    ...changes,
  };
}

export function error(changes: Record<string, unknown>): { error: Record<string, unknown> } {
  return { error: { message: 'Something is wrong.', ...changes } };
}

export function gatewayTo(apiBase: string | null, changes: Partial<StripeOptions> = {}): StripeGateway {
  return new StripeGateway({ apiKey: 'sk_test_1', apiBase, webhookSecrets: [SECRET], timeoutMs: 5_000, ...changes });
}

/** A signal that nobody aborts. */
export function patience(): AbortSignal {
  return new AbortController().signal;
}
