import type { Card, Customer, Intent, PaymentError, Refund } from './records.js';
import type { StripeErrorBody } from './stripe-error.js';

/** The objects as Stripe shows them, as far as the subset goes. */
export class Views {
  /** Where a browser reaches the sandbox, without a trailing slash. */
  publicUrl = '';

  intent(intent: Intent, expandsCharge = false): Record<string, unknown> {
    return {
      id: intent.id,
      object: 'payment_intent',
      allowed_payment_method_types: intent.paymentMethodTypes,
      amount: intent.amount,
      amount_capturable: 0,
      amount_received: intent.status === 'succeeded' ? intent.amount : 0,
      canceled_at: intent.canceledAt === null ? null : seconds(intent.canceledAt),
      cancellation_reason: intent.cancellationReason,
      capture_method: 'automatic_async',
      client_secret: intent.clientSecret,
      confirmation_method: 'automatic',
      created: seconds(intent.createdAt),
      currency: intent.currency,
      customer: intent.customer,
      description: intent.description,
      last_payment_error: intent.lastError === null ? null : this.lastError(intent),
      latest_charge: expandsCharge && intent.charge !== null ? this.charge(intent) : (intent.charge?.id ?? null),
      livemode: false,
      metadata: intent.metadata,
      next_action: intent.status === 'requires_action' ? this.#nextAction(intent) : null,
      // Stripe drops the method of a failed attempt; the next confirmation has to name one.
      payment_method: intent.lastError === null ? intent.paymentMethod : null,
      payment_method_types: intent.paymentMethodTypes,
      setup_future_usage: intent.setupFutureUsage,
      status: intent.status,
    };
  }

  /** What `last_payment_error` and the answer to a declined confirmation have in common. */
  lastError(intent: Intent): StripeErrorBody | null {
    const error = intent.lastError;
    if (error === null) return null;
    return {
      ...this.error(error),
      ...(intent.charge === null ? {} : { charge: intent.charge.id }),
      payment_method: { id: intent.paymentMethod, object: 'payment_method', type: 'card' },
    };
  }

  error({ type, code, declineCode, message }: PaymentError): StripeErrorBody {
    return { type, code, ...(declineCode === null ? {} : { decline_code: declineCode }), message };
  }

  charge(intent: Intent): Record<string, unknown> {
    return {
      id: intent.charge?.id ?? null,
      object: 'charge',
      amount: intent.amount,
      amount_captured: intent.charge?.succeeded === true ? intent.amount : 0,
      amount_refunded: intent.amountRefunded,
      created: intent.charge === null ? null : seconds(intent.charge.createdAt),
      currency: intent.currency,
      customer: intent.customer,
      description: intent.description,
      failure_code: intent.lastError?.code ?? null,
      livemode: false,
      metadata: intent.metadata,
      paid: intent.charge?.succeeded === true,
      payment_intent: intent.id,
      payment_method: intent.paymentMethod,
      refunded: intent.amountRefunded === intent.amount,
      status: intent.charge?.succeeded === true ? 'succeeded' : 'failed',
    };
  }

  refund(refund: Refund): Record<string, unknown> {
    return {
      id: refund.id,
      object: 'refund',
      amount: refund.amount,
      charge: refund.chargeId,
      created: seconds(refund.createdAt),
      currency: refund.currency,
      metadata: refund.metadata,
      payment_intent: refund.intentId,
      reason: refund.reason,
      status: 'succeeded',
    };
  }

  customer(customer: Customer): Record<string, unknown> {
    return {
      id: customer.id,
      object: 'customer',
      created: seconds(customer.createdAt),
      description: customer.description,
      email: customer.email,
      livemode: false,
      metadata: customer.metadata,
      name: customer.name,
    };
  }

  card(card: Card): Record<string, unknown> {
    return {
      id: card.id,
      object: 'payment_method',
      created: seconds(card.createdAt),
      customer: card.customer,
      livemode: false,
      metadata: {},
      type: 'card',
    };
  }

  #nextAction(intent: Intent): Record<string, unknown> {
    return {
      type: 'redirect_to_url',
      redirect_to_url: { url: `${this.publicUrl}/sandbox/3ds/${intent.id}`, return_url: intent.returnUrl },
    };
  }
}

/** Stripe counts in whole seconds. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
