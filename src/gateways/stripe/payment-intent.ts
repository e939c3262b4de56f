import { z } from 'zod';
import type { ChargeOutcome, Evidence, FindOutcome, KnownCharge } from '../payment-gateway.js';
import { codeOr, harmless } from './evidence.js';

/** The gateway's id of a card; older accounts have cards of both other forms. */
export const paymentMethodId = z.string().regex(/^(?:pm|card|src)_\w{1,251}$/);

/** The members of Stripe's PaymentIntent that an outcome rests on; anything else in it is ignored. */
export const paymentIntentSchema = z.object({
  object: z.literal('payment_intent'),
  id: z.string().regex(/^pi_\w{1,252}$/),
  status: z.string().max(64),
  amount: z.int(),
  amount_received: z.int(),
  currency: z.string().length(3),
  metadata: z.object({ reference: z.string().max(500).optional() }),
  // No charge is doubted for the name of its card: one that cannot be read is left out, and the card is not kept.
  payment_method: z
    .union([paymentMethodId, z.object({ id: paymentMethodId }).transform(({ id }) => id)])
    .nullish()
    .catch(null),
  next_action: z.object({ redirect_to_url: z.object({ url: z.string().max(4096).nullish() }).nullish() }).nullish(),
  last_payment_error: z.object({ code: z.string().nullish(), decline_code: z.string().nullish() }).nullish(),
});

export type PaymentIntent = z.infer<typeof paymentIntentSchema>;

/** The states in which money has moved or may still move by itself. A refusal that embeds one of them is not to be believed. */
export const MONEY_STATES: ReadonlySet<string> = new Set(['succeeded', 'processing', 'requires_capture']);

export type Asked = Pick<KnownCharge, 'reference' | 'amount'>;
export type Standing = Exclude<FindOutcome, { kind: 'not_found' }>;

/** How a payment intent stands towards what was asked for. One that is not exactly it is `unknown`, in whatever state it is. */
export function standingOf(intent: PaymentIntent, asked: Asked, evidence: Evidence): Standing {
  const mismatch = mismatchOf(intent, asked);
  if (mismatch !== null) return { kind: 'unknown', why: `mismatch: ${mismatch}`, evidence };
  switch (intent.status) {
    case 'succeeded':
      return {
        kind: 'charged',
        gatewayReference: intent.id,
        ...(intent.payment_method && { paymentMethod: intent.payment_method }),
        evidence,
      };
    case 'requires_action':
      return actionOf(intent, evidence);
    case 'canceled':
      return { kind: 'canceled', evidence };
    case 'requires_payment_method':
      return declineOf(intent, evidence);
    default:
      return { kind: 'unknown', why: `the payment intent is ${harmless(intent.status)}`, evidence };
  }
}

/**
 * The same for the answer to a create: an intent that came back without an explicit success or demand for action is in doubt,
 * because an explicit refusal of a create is a 402.
 */
export function outcomeOfCreate(intent: PaymentIntent, asked: Asked, evidence: Evidence): ChargeOutcome {
  const standing = standingOf(intent, asked, evidence);
  if (standing.kind !== 'declined' && standing.kind !== 'canceled') return standing;
  return { kind: 'unknown', why: `the payment intent is ${intent.status}`, evidence };
}

/** Of several with our reference the one that counts: money first, then what may still become money, then what cannot. */
export function weightiest(standings: Standing[]): Standing | null {
  const weights = ['charged', 'unknown', 'requires_action', 'declined', 'canceled'];
  return standings.toSorted((a, b) => weights.indexOf(a.kind) - weights.indexOf(b.kind))[0] ?? null;
}

function mismatchOf(intent: PaymentIntent, asked: Asked): string | null {
  if (intent.metadata.reference !== asked.reference) return `${intent.id} bears another reference`;
  const received = intent.status === 'succeeded' ? intent.amount_received : intent.amount;
  const [found, wanted] = [intent.currency.toUpperCase(), asked.amount.currency.toUpperCase()];
  if (received === asked.amount.amount && intent.amount === asked.amount.amount && found === wanted) return null;
  return harmless(`${intent.id} is about ${received} of ${intent.amount} ${found}, asked were ${asked.amount.amount} ${wanted}`);
}

/** The URL goes to the customer's browser, so that anything but a web page is refused. */
function actionOf(intent: PaymentIntent, evidence: Evidence): Standing {
  const url = intent.next_action?.redirect_to_url?.url;
  if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return { kind: 'unknown', why: 'the payment intent requires an action that is no redirect', evidence };
  }
  return { kind: 'requires_action', gatewayReference: intent.id, url, evidence };
}

/** Without an error of a payment the intent was never confirmed, or is being confirmed this moment. */
function declineOf(intent: PaymentIntent, evidence: Evidence): Standing {
  const error = intent.last_payment_error;
  if (!error) return { kind: 'unknown', why: 'the payment intent requires_payment_method and names no refusal', evidence };
  return { kind: 'declined', problem: 'payment-declined', declineCode: codeOr('card_declined', error.decline_code, error.code), evidence };
}
