import { z } from 'zod';
import type { CardToKeep, ChargeOutcome, CustomerOutcome, KeepCardOutcome } from '../payment-gateway.js';
import { type Answer, doubtOf, illegible } from './ask.js';
import { evidenceOf } from './evidence.js';
import { paymentMethodId } from './payment-intent.js';
import { missesCustomer, outcomeOfRefusal } from './refusal.js';

const customerId = z.string().regex(/^cus_\w{1,251}$/);

/** The members of Stripe's objects that an outcome rests on; anything else in them is ignored. */
const customerSchema = z.object({ object: z.literal('customer'), id: customerId, deleted: z.literal(false).optional() });
const cardSchema = z.object({
  object: z.literal('payment_method'),
  id: paymentMethodId,
  customer: z.union([customerId, z.object({ id: customerId }).transform(({ id }) => id)]).nullish(),
});

type Card = z.infer<typeof cardSchema>;

/** Only an explicit customer was made; whatever else came, asking again is safe. */
export function outcomeOfCustomer(answer: Answer): CustomerOutcome {
  if (answer.kind !== 'body') return doubtOf(answer);
  const customer = customerSchema.safeParse(answer.body).data;
  return customer ? { kind: 'created', customer: customer.id, evidence: evidenceOf(answer.exchange) } : illegible(answer.exchange);
}

/** Whether Stripe may have refused to attach a card for no other reason than that it is attached: the refusal has no code of its own. */
export function mayBeKeptAlready(answer: Answer): boolean {
  if (answer.kind !== 'refused' || missesCustomer(answer.refusal)) return false;
  return answer.refusal.statusCode === 400 && answer.refusal.rawType === 'invalid_request_error';
}

/** What the answer to an attach means. `look`: at the card whose attach was refused; where it shows nothing, nobody knows. */
export function outcomeOfAttach(answer: Answer, asked: CardToKeep, look: Answer | null): KeepCardOutcome {
  if (answer.kind === 'body') return keptBy(answer, asked, cardIn(answer)) ?? illegible(answer.exchange);
  if (answer.kind === 'refused' && missesCustomer(answer.refusal))
    return { kind: 'no_customer', evidence: evidenceOf(answer.exchange, answer.refusal.code ?? undefined) };
  const seen = look === null ? null : cardIn(look);
  if (answer.kind === 'silence' || (look !== null && seen?.id !== asked.paymentMethod)) return doubtOf(answer);
  return (look !== null && keptBy(look, asked, seen)) || refused(outcomeOfRefusal(answer.refusal, answer.exchange)) || doubtOf(answer);
}

/** A card is kept for one customer at a time. Its id is the gateway's: a token of Stripe's tests has become another one by then. */
function keptBy({ exchange }: Answer, { customer }: CardToKeep, card: Card | null): KeepCardOutcome | null {
  if (!card?.customer) return null;
  const evidence = evidenceOf(exchange);
  if (card.customer === customer) return { kind: 'kept', paymentMethod: card.id, evidence };
  return { kind: 'refused', problem: 'payment-method-invalid', declineCode: 'payment_method_of_another_customer', evidence };
}

function refused(outcome: ChargeOutcome): KeepCardOutcome | null {
  return outcome.kind === 'declined' ? { ...outcome, kind: 'refused' } : null;
}

function cardIn(answer: Answer): Card | null {
  return (answer.kind === 'body' && cardSchema.safeParse(answer.body).data) || null;
}
