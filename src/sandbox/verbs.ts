import type { Form } from './form.js';
import { newId } from './ids.js';
import type { Outcome } from './outcome.js';
import type { Customer } from './records.js';
import type { State } from './state.js';
import type { Views } from './views.js';

/** A request that changes something, already authenticated and read. */
export interface Asked {
  /** The id in the path, or empty. */
  id: string;
  form: Form;
  idempotencyKey: string | null;
}

export interface Room {
  state: State;
  views: Views;
  now: () => number;
}

/**
 * One POST of the API, in Stripe's two steps: `prepare` refuses by throwing, and its refusals are not stored under the
 * idempotency key; the function it answers executes, and whatever that answers, a decline too, is stored.
 */
export interface Verb {
  parameters: readonly string[];
  prepare(asked: Asked, room: Room): () => Outcome;
}

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
    };
    return () => ({ changes: [{ customer }], events: [], status: 200, body: views.customer(customer), intentId: null });
  },
};
