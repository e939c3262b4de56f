import { FAULTS, type FaultName } from './faults.js';
import type { PaymentError } from './records.js';

/** What a card does when it is asked for money. */
export type CardBehaviour =
  { kind: 'pays' } | { kind: 'declines'; error: PaymentError } | { kind: 'asks_customer' } | { kind: 'takes_its_time' };

const FAULT_PREFIX = 'pm_sandbox_';
const PAYS: CardBehaviour = { kind: 'pays' };

/** Stripe's test payment methods, https://docs.stripe.com/testing, under the names they are asked for by; Stripe itself gives each use a new id. */
const CARDS: ReadonlyMap<string, CardBehaviour> = new Map<string, CardBehaviour>([
  ['pm_card_visa', PAYS],
  ['pm_card_mastercard', PAYS],
  ['pm_card_chargeDeclined', declines('generic_decline', 'Your card was declined.')],
  ['pm_card_chargeDeclinedInsufficientFunds', declines('insufficient_funds', 'Your card has insufficient funds.')],
  ['pm_card_authenticationRequired', { kind: 'asks_customer' }],
  // Not one of Stripe's: it stands for the methods that are decided days later, here by `POST /sandbox/charges/{id}/succeed` or by cancelling.
  ['pm_sandbox_processing', { kind: 'takes_its_time' }],
]);

/** undefined: there is no such payment method. One that carries a fault pays as `pm_card_visa` does. */
export function cardBehaviour(paymentMethod: string): CardBehaviour | undefined {
  return CARDS.get(paymentMethod) ?? (faultOfMethod(paymentMethod) === null ? undefined : PAYS);
}

/** `timeout_charged` of `pm_sandbox_timeout_charged`. */
export function faultOfMethod(paymentMethod: string | null): FaultName | null {
  if (!paymentMethod?.startsWith(FAULT_PREFIX)) return null;
  const name = paymentMethod.slice(FAULT_PREFIX.length);
  return isMethodFault(name) ? name : null;
}

function declines(declineCode: string, message: string): CardBehaviour {
  return { kind: 'declines', error: { type: 'card_error', code: 'card_declined', declineCode, message } };
}

function isMethodFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name) && name !== 'none' && name !== 'refused_credentials';
}
