import { FAULTS, type FaultName } from './faults.js';
import type { PaymentError } from './records.js';

/** What a card does when it is asked for money. */
export type CardBehaviour =
  | { kind: 'pays' }
  /** `keeps`: it can be kept for a customer all the same. */
  | { kind: 'declines'; error: PaymentError; keeps: boolean }
  | { kind: 'asks_customer' }
  /** Until it is kept. */
  | { kind: 'asks_customer_once' }
  | { kind: 'takes_its_time' };

type Declines = Extract<CardBehaviour, { kind: 'declines' }>;

const FAULT_PREFIX = 'pm_sandbox_';
const PAYS: CardBehaviour = { kind: 'pays' };

/** Stripe's test payment methods, https://docs.stripe.com/testing, under the names they are asked for by. */
const CARDS: ReadonlyMap<string, CardBehaviour> = new Map<string, CardBehaviour>([
  ['pm_card_visa', PAYS],
  ['pm_card_mastercard', PAYS],
  ['pm_card_chargeDeclined', declines('generic_decline', 'Your card was declined.')],
  ['pm_card_chargeDeclinedInsufficientFunds', declines('insufficient_funds', 'Your card has insufficient funds.')],
  ['pm_card_chargeDeclinedLostCard', declines('lost_card', 'Your card was declined.')],
  ['pm_card_chargeDeclinedStolenCard', declines('stolen_card', 'Your card was declined.')],
  ['pm_card_chargeDeclinedExpiredCard', fails('expired_card', 'Your card has expired.')],
  ['pm_card_chargeDeclinedIncorrectCvc', fails('incorrect_cvc', "Your card's security code is incorrect.")],
  [
    'pm_card_chargeDeclinedProcessingError',
    fails('processing_error', 'An error occurred while processing your card. Try again in a little bit.'),
  ],
  ['pm_card_chargeCustomerFail', { ...declines('generic_decline', 'Your card was declined.'), keeps: true }],
  ['pm_card_authenticationRequired', { kind: 'asks_customer' }],
  ['pm_card_authenticationRequiredOnSetup', { kind: 'asks_customer_once' }],
  // Not one of Stripe's: it stands for the methods that are decided days later, here by `POST /sandbox/charges/{id}/succeed` or by cancelling.
  ['pm_sandbox_processing', { kind: 'takes_its_time' }],
]);

/** undefined: there is no such payment method. One that carries a fault pays as `pm_card_visa` does. */
export function cardBehaviour(paymentMethod: string): CardBehaviour | undefined {
  return CARDS.get(paymentMethod) ?? (faultOfMethod(paymentMethod) === null ? undefined : PAYS);
}

export function isTestMethod(name: string): boolean {
  return cardBehaviour(name) !== undefined;
}

/** `timeout_charged` of `pm_sandbox_timeout_charged`. */
export function faultOfMethod(paymentMethod: string): FaultName | null {
  if (!paymentMethod.startsWith(FAULT_PREFIX)) return null;
  const name = paymentMethod.slice(FAULT_PREFIX.length);
  return isMethodFault(name) ? name : null;
}

function declines(declineCode: string, message: string): Declines {
  return { kind: 'declines', error: { type: 'card_error', code: 'card_declined', declineCode, message }, keeps: false };
}

/** An error of the card for which there is no decline code. */
function fails(code: string, message: string): Declines {
  return { kind: 'declines', error: { type: 'card_error', code, declineCode: null, message }, keeps: false };
}

function isMethodFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name) && name !== 'none' && name !== 'refused_credentials';
}
