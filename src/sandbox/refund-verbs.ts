import type { Form } from './form.js';
import { newId } from './ids.js';
import type { Outcome } from './outcome.js';
import type { Intent, Refund } from './records.js';
import type { State } from './state.js';
import { invalidRequest, resourceMissing, type StripeErrorBody } from './stripe-error.js';
import type { Verb } from './verbs.js';

const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;

export const createRefund: Verb = {
  parameters: ['amount', 'charge', 'metadata', 'payment_intent', 'reason'],
  prepare({ form }, { state, views, now }) {
    const { id } = refundedIntent(form, state);
    const metadata = form.metadata();
    const reason = form.oneOf('reason', REASONS);
    const asked = form.integer('amount');
    if (asked !== null && asked < 1) {
      throw invalidRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
    }
    return () => {
      const before = state.intents.get(id);
      if (before?.charge?.succeeded !== true) {
        return refused(id, { message: `This PaymentIntent (${id}) does not have a successful charge to refund.` });
      }
      const left = before.amount - before.amountRefunded;
      const amount = asked ?? left;
      if (left === 0) {
        return refused(id, { code: 'charge_already_refunded', message: `Charge ${before.charge.id} has already been refunded.` });
      }
      if (amount > left) {
        return refused(id, { message: `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, param: 'amount' });
      }
      const refund = refundOf(before, before.charge.id, amount, { reason, metadata, createdAt: now() });
      const intent: Intent = { ...before, amountRefunded: before.amountRefunded + amount };
      return {
        changes: [{ refund }, { intent }],
        events: [
          { type: 'refund.created', refund },
          { type: 'charge.refunded', intent },
        ],
        status: 200,
        body: views.refund(refund),
        intentId: id,
      };
    };
  },
};

function refundedIntent(form: Form, state: State): Intent {
  const charge = form.text('charge');
  if (charge !== null) {
    for (const intent of state.intents.values()) if (intent.charge?.id === charge) return intent;
    throw resourceMissing('charge', charge, 'charge', 400);
  }
  const id = form.required('payment_intent');
  const intent = state.intents.get(id);
  if (intent === undefined) throw resourceMissing('payment_intent', id, 'payment_intent', 400);
  return intent;
}

function refundOf(intent: Intent, chargeId: string, amount: number, more: Pick<Refund, 'reason' | 'metadata' | 'createdAt'>): Refund {
  return { id: newId('re'), intentId: intent.id, chargeId, amount, currency: intent.currency, ...more };
}

function refused(intentId: string, error: Omit<StripeErrorBody, 'type'>): Outcome {
  return { changes: [], events: [], status: 400, body: { error: { type: 'invalid_request_error', ...error } }, intentId };
}
