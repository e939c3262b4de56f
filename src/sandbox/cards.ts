import { newId } from './ids.js';
import type { Card, Change, Customer, Intent } from './records.js';
import type { State } from './state.js';
import { invalidRequest, resourceMissing } from './stripe-error.js';
import { cardBehaviour, type CardBehaviour } from './test-methods.js';

/** The card of this id, or a new one where it is the name of a test method: Stripe gives each use of those a new id. undefined: neither. */
export function cardNamed(id: string, state: State, now: number): Card | undefined {
  const known = state.cards.get(id);
  if (known !== undefined || cardBehaviour(id) === undefined) return known;
  return { id: newId('pm'), testMethod: id, behaves: null, customer: null, usedBy: null, mayBeKept: false, createdAt: now };
}

/** The test method like which a card behaves, or what is the name of one itself. */
export function testMethodNamed(id: string, state: State): string {
  const card = state.cards.get(id);
  return card?.behaves ?? card?.testMethod ?? id;
}

/** What the card does when it is asked for money now. */
export function behaviourOf(card: Card): CardBehaviour {
  const behaviour = cardBehaviour(card.behaves ?? card.testMethod) ?? { kind: 'pays' };
  return behaviour.kind === 'asks_customer_once' && card.customer !== null ? { kind: 'pays' } : behaviour;
}

/** The card that an intent names. Throws Stripe's 400 for one that does not exist, is somebody else's, or was used before and not kept. */
export function chargeableCard(id: string, intent: Pick<Intent, 'customer'> & { id: string | null }, state: State, now: number): Card {
  const card = cardNamed(id, state, now);
  if (card === undefined) throw resourceMissing('PaymentMethod', id, 'payment_method', 400);
  if (card.customer === null && card.usedBy !== null && card.usedBy !== intent.id) throw invalidRequest(USED_UP);
  if (card.customer === null || card.customer === intent.customer) return card;
  if (intent.customer === null) {
    throw invalidRequest(
      `The payment method supplied (${card.id}) belongs to the Customer ${card.customer}. ` +
        'Please include the Customer in the `customer` parameter on the PaymentIntent.',
      { param: 'payment_method' },
    );
  }
  const message = `The customer does not have a payment method with the ID ${card.id}. The payment method must be attached to the customer.`;
  throw invalidRequest(message, { code: 'resource_missing', param: 'payment_method' });
}

/** What is remembered once an intent has moved: itself, and what that makes of its card. */
export function changesAfter(intent: Intent, state: State, card = state.cards.get(intent.paymentMethod ?? '')): Change[] {
  if (card === undefined) return [{ intent }];
  const after = usedIn(card, intent);
  return after === state.cards.get(card.id) ? [{ intent }] : [{ intent }, { card: after }];
}

/** Keeps the card for the customer. Throws Stripe's 400 where that is not possible. */
export function keptFor(customer: Customer, card: Card): Card {
  if (card.customer !== null) throw invalidRequest('The payment method you provided has already been attached to a customer.');
  if (card.usedBy !== null && !card.mayBeKept) throw invalidRequest(NOT_TO_BE_KEPT);
  return { ...card, customer: customer.id };
}

/** As Stripe does it with the cards of a customer who is deleted: they can be neither charged nor kept any more. */
export function letGo(card: Card): Card {
  return { ...card, customer: null, usedBy: card.usedBy ?? card.customer, mayBeKept: false };
}

/** A success with `setup_future_usage` keeps the card where the customer is known, and lets it be kept later where not. */
function usedIn(card: Card, intent: Intent): Card {
  const isUntouched = intent.status === 'requires_confirmation' || intent.status === 'canceled';
  if (card.customer !== null || isUntouched) return card;
  const mayBeKept = intent.status === 'succeeded' && intent.setupFutureUsage !== null;
  if (card.usedBy === intent.id && card.mayBeKept === mayBeKept) return card;
  return { ...card, usedBy: intent.id, mayBeKept, customer: mayBeKept ? intent.customer : null };
}

const USED_UP =
  'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account ' +
  'without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, ' +
  'you must attach it to a Customer first.';

const NOT_TO_BE_KEPT =
  'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.';
