import { behaviourOf, changesAfter, chargeableCard } from './cards.js';
import { customerNamed } from './customer-verbs.js';
import type { Form } from './form.js';
import { canceled, confirmed, createdIntent, type CreateIntent, type Moved, type Unexpected } from './intents.js';
import type { Outcome } from './outcome.js';
import type { Card, Intent } from './records.js';
import type { State } from './state.js';
import { invalidRequest, resourceMissing, type StripeErrorBody } from './stripe-error.js';
import type { Room, Verb } from './verbs.js';

/** Stripe's own for most currencies, https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts; the others are near. */
const MIN_AMOUNT_MINOR_UNITS = 50;
const MAX_AMOUNT_MINOR_UNITS = 99_999_999;
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const CANCELLATION_REASONS = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const;

export const createIntent: Verb = {
  parameters: [
    'allowed_payment_method_types',
    'amount',
    'automatic_payment_methods',
    'confirm',
    'currency',
    'customer',
    'description',
    'expand',
    'metadata',
    'off_session',
    'payment_method',
    'payment_method_types',
    'return_url',
    'setup_future_usage',
  ],
  prepare({ form, idempotencyKey }, room) {
    const wanted: CreateIntent = {
      amount: amountIn(form),
      currency: currencyIn(form),
      metadata: form.metadata(),
      description: form.text('description'),
      customer: customerIn(form, room.state),
      paymentMethod: form.text('payment_method'),
      paymentMethodTypes: methodTypesIn(form),
      setupFutureUsage: futureUsageIn(form),
      returnUrl: returnUrlIn(form),
      idempotencyKey,
      offSession: form.boolean('off_session'),
    };
    const expandsCharge = expandsChargeIn(form);
    const named = wanted.paymentMethod;
    const card = named === null ? undefined : chargeableCard(named, { ...wanted, id: null }, room.state, room.now());
    const { offSession } = wanted;
    const created = (): Intent => createdIntent({ ...wanted, paymentMethod: card?.id ?? null }, room.now());
    if (!form.boolean('confirm')) {
      if (offSession) throw invalidRequest('off_session can only be used together with confirm=true.', { param: 'off_session' });
      return () => answer({ intent: created(), event: null }, room, expandsCharge, card);
    }
    if (card === undefined) throw missingPaymentMethod();
    return () => {
      const current = room.state.cards.get(card.id) ?? card;
      const intent = { ...created(), attempts: 1 };
      return settled(intent, confirmed(intent, behaviourOf(current), offSession, room.now()), room, expandsCharge, current);
    };
  },
};

export const confirmIntent: Verb = {
  parameters: ['expand', 'off_session', 'payment_method', 'return_url', 'setup_future_usage'],
  prepare({ id, form }, room) {
    const known = intentNamed(id, room.state);
    // A failed attempt used its method up.
    const named = form.text('payment_method') ?? (known.lastError === null ? known.paymentMethod : null);
    if (named === null) throw missingPaymentMethod();
    const card = chargeableCard(named, known, room.state, room.now());
    const returnUrl = returnUrlIn(form);
    const futureUsage = futureUsageIn(form);
    const offSession = form.boolean('off_session');
    const expandsCharge = expandsChargeIn(form);
    return () => {
      const before = intentNamed(id, room.state);
      const current = room.state.cards.get(card.id) ?? card;
      const intent: Intent = {
        ...before,
        paymentMethod: card.id,
        returnUrl: returnUrl ?? before.returnUrl,
        setupFutureUsage: futureUsage ?? before.setupFutureUsage,
        offSession: offSession || before.offSession,
        attempts: before.attempts + 1,
      };
      const step = confirmed(intent, behaviourOf(current), offSession, room.now());
      return settled('unexpected' in step ? before : intent, step, room, expandsCharge, current);
    };
  },
};

export const cancelIntent: Verb = {
  parameters: ['cancellation_reason', 'expand'],
  prepare({ id, form }, room) {
    intentNamed(id, room.state);
    const reason = form.oneOf('cancellation_reason', CANCELLATION_REASONS);
    const expandsCharge = expandsChargeIn(form);
    return () => {
      const intent = intentNamed(id, room.state);
      return settled(intent, canceled(intent, reason, room.now()), room, expandsCharge);
    };
  },
};

/** Throws 404 as Stripe does for an id in the path. */
export function intentNamed(id: string, state: State): Intent {
  const intent = state.intents.get(id);
  if (intent === undefined) throw resourceMissing('payment_intent', id, 'intent', 404);
  return intent;
}

/** Only the charge can be expanded, here and as `data.latest_charge` in a list. */
export function expandsChargeIn(form: Form, path = 'latest_charge'): boolean {
  const paths = form.list('expand');
  const unknown = paths.find((candidate) => candidate !== path);
  if (unknown !== undefined) throw invalidRequest(`This property cannot be expanded (${unknown.slice(0, 100)}).`, { param: 'expand' });
  return paths.length > 0;
}

function amountIn(form: Form): number {
  form.required('amount');
  const amount = form.integer('amount') ?? 0;
  if (amount < 1) {
    const message = 'This value must be greater than or equal to 1.';
    throw invalidRequest(message, { code: 'parameter_invalid_integer', param: 'amount' });
  }
  if (amount < MIN_AMOUNT_MINOR_UNITS) {
    throw invalidRequest(`Amount must be at least ${MIN_AMOUNT_MINOR_UNITS}.`, { code: 'amount_too_small', param: 'amount' });
  }
  if (amount > MAX_AMOUNT_MINOR_UNITS) {
    throw invalidRequest(`Amount must be no more than ${MAX_AMOUNT_MINOR_UNITS}.`, { code: 'amount_too_large', param: 'amount' });
  }
  return amount;
}

function currencyIn(form: Form): string {
  const currency = form.required('currency');
  if (!CURRENCIES.has(currency.toUpperCase())) throw invalidRequest(`Invalid currency: ${currency.slice(0, 20)}.`, { param: 'currency' });
  return currency.toLowerCase();
}

/** Stripe renamed the parameter in API version 2026-10-28; clients of either age are welcome. */
function methodTypesIn(form: Form): string[] {
  const types = [...form.list('allowed_payment_method_types'), ...form.list('payment_method_types')];
  return types.length > 0 ? types : ['card'];
}

function customerIn(form: Form, state: State): string | null {
  const customer = form.text('customer');
  return customer === null ? null : customerNamed(customer, state, 400).id;
}

function returnUrlIn(form: Form): string | null {
  const url = form.text('return_url');
  if (url !== null && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
    throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: 'return_url' });
  }
  return url;
}

function futureUsageIn(form: Form): Intent['setupFutureUsage'] {
  return form.oneOf('setup_future_usage', ['on_session', 'off_session']);
}

function missingPaymentMethod(): Error {
  const message = 'You cannot confirm this PaymentIntent because it is missing a payment method.';
  return invalidRequest(message, { code: 'parameter_missing', param: 'payment_method' });
}

/** A declined card is Stripe's 402 with the intent inside; an intent that cannot take the step is its 400. */
function settled(before: Intent, step: Moved | Unexpected, room: Room, expandsCharge: boolean, card?: Card): Outcome {
  if ('unexpected' in step) {
    const error: StripeErrorBody = {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: step.unexpected,
      payment_intent: room.views.intent(before),
    };
    return { changes: [], events: [], status: 400, body: { error }, intentId: before.id };
  }
  const outcome = answer(step, room, expandsCharge, card);
  if (step.intent.lastError === null || step.event?.type !== 'payment_intent.payment_failed') return outcome;
  const error = { ...room.views.lastError(step.intent), payment_intent: room.views.intent(step.intent) };
  return { ...outcome, status: 402, body: { error } };
}

function answer({ intent, event }: Moved, { views, state }: Room, expandsCharge: boolean, card?: Card): Outcome {
  return {
    changes: changesAfter(intent, state, card),
    events: event === null ? [] : [event],
    status: 200,
    body: views.intent(intent, expandsCharge),
    intentId: intent.id,
  };
}
