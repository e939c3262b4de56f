import { behaviourOf, cardNamed, keptFor } from './cards.js';
import { newId } from './ids.js';
import type { Card, Customer } from './records.js';
import type { State } from './state.js';
import { resourceMissing } from './stripe-error.js';
import type { Room, Verb } from './verbs.js';

export const createCustomer: Verb = {
  parameters: ['email', 'name', 'description', 'metadata'],
  prepare({ form }, { views, now }) {
    const customer: Customer = {
      id: newId('cus'),
      email: form.text('email'),
      name: form.text('name'),
      description: form.text('description'),
      metadata: form.metadata(),
      createdAt: now(),
      deleted: false,
    };
    return () => ({ changes: [{ customer }], events: [], status: 200, body: views.customer(customer), intentId: null });
  },
};

/** Stripe asks the bank before it keeps a card, so that most cards that decline cannot be kept. */
export const attachCard: Verb = {
  parameters: ['customer', 'expand'],
  prepare({ id, form }, room) {
    const customer = customerNamed(form.required('customer'), room.state, 400);
    const card = keptFor(customer, cardOrRefused(id, room));
    const behaviour = behaviourOf(card);
    if (behaviour.kind === 'declines' && !behaviour.keeps) {
      const error = room.views.error(behaviour.error);
      return () => ({ changes: [], events: [], status: 402, body: { error }, intentId: null });
    }
    return () => ({ changes: [{ card }], events: [], status: 200, body: room.views.card(card), intentId: null });
  },
};

/** Stripe answers 404 when the customer is named by the path, and 400 when a parameter names it. */
export function customerNamed(id: string, state: State, status: 400 | 404): Customer {
  const customer = state.customers.get(id);
  if (customer === undefined || customer.deleted) throw resourceMissing('customer', id, status === 404 ? 'id' : 'customer', status);
  return customer;
}

function cardOrRefused(id: string, { state, now }: Room): Card {
  const card = cardNamed(id, state, now());
  if (card === undefined) throw resourceMissing('PaymentMethod', id, 'payment_method', 404);
  return card;
}
