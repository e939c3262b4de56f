import type { Form } from './form.js';
import type { Outcome } from './outcome.js';
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
