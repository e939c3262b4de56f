import { customerNamed } from './customer-verbs.js';
import type { Faults } from './faults.js';
import type { Form } from './form.js';
import { expandsChargeIn, intentNamed } from './intent-verbs.js';
import { LIST_PARAMETERS, limitIn, matcherOf, pageOf } from './listing.js';
import { resourceMissing } from './stripe-error.js';
import type { Room } from './verbs.js';

/** A GET of the API. `id` is the one in the path, or empty. */
export type Reading = (form: Form, id: string, room: Room, faults: Faults) => unknown;

export const oneIntent: Reading = (form, id, { state, views }) => {
  form.allowOnly(['client_secret', 'expand']);
  return views.intent(intentNamed(id, state), expandsChargeIn(form));
};

export const listIntents: Reading = (form, _id, { state, views }) => {
  form.allowOnly([...LIST_PARAMETERS, 'customer']);
  const customer = form.text('customer');
  const expands = expandsChargeIn(form, 'data.latest_charge');
  const { items, hasMore } = pageOf(state.intents, form, (intent) => customer === null || intent.customer === customer);
  return list(
    '/v1/payment_intents',
    items.map((intent) => views.intent(intent, expands)),
    hasMore,
  );
};

export const searchIntents: Reading = (form, _id, { state, views, now }, { searchLagMs }) => {
  form.allowOnly(['expand', 'limit', 'query']);
  const matches = matcherOf(form.required('query'));
  const limit = limitIn(form);
  const expands = expandsChargeIn(form, 'data.latest_charge');
  const indexedUntil = now() - searchLagMs;
  const found = [...state.intents.values()].filter((intent) => intent.createdAt <= indexedUntil && matches(intent)).reverse();
  return {
    object: 'search_result',
    url: '/v1/payment_intents/search',
    data: found.slice(0, limit).map((intent) => views.intent(intent, expands)),
    has_more: found.length > limit,
    next_page: null,
  };
};

export const listRefunds: Reading = (form, _id, { state, views }) => {
  form.allowOnly([...LIST_PARAMETERS, 'charge', 'payment_intent']);
  const charge = form.text('charge');
  const intent = form.text('payment_intent');
  const { items, hasMore } = pageOf(
    state.refunds,
    form,
    (refund) => (charge === null || refund.chargeId === charge) && (intent === null || refund.intentId === intent),
  );
  return list(
    '/v1/refunds',
    items.map((refund) => views.refund(refund)),
    hasMore,
  );
};

export const oneCustomer: Reading = (form, id, { state, views }) => {
  form.allowOnly(['expand']);
  return views.customer(customerNamed(id, state, 404));
};

export const oneCard: Reading = (form, id, { state, views }) => {
  form.allowOnly(['expand']);
  const card = state.cards.get(id);
  if (card === undefined) throw resourceMissing('PaymentMethod', id, 'payment_method', 404);
  return views.card(card);
};

export const balance: Reading = (form, _id, { state }) => {
  form.allowOnly(['expand']);
  const byCurrency = new Map<string, number>();
  for (const intent of state.intents.values()) {
    if (intent.status !== 'succeeded') continue;
    byCurrency.set(intent.currency, (byCurrency.get(intent.currency) ?? 0) + intent.amount - intent.amountRefunded);
  }
  if (byCurrency.size === 0) byCurrency.set('usd', 0);
  const available = [...byCurrency].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
  return {
    object: 'balance',
    available,
    livemode: false,
    pending: available.map((entry) => ({ ...entry, amount: 0, source_types: { card: 0 } })),
  };
};

function list(url: string, data: unknown[], hasMore: boolean): unknown {
  return { object: 'list', url, data, has_more: hasMore };
}
