import type { CancelOutcome } from '../payment-gateway.js';
import { type Answer, doubtOf, illegible } from './ask.js';
import { evidenceOf, harmless } from './evidence.js';
import { paymentIntentSchema } from './payment-intent.js';

/** The amount is not known here; that the intent is the one that was named is. */
export function outcomeOfCancel(answer: Answer, id: string): CancelOutcome {
  if (answer.kind !== 'body') return doubtOf(answer);
  const evidence = evidenceOf(answer.exchange);
  const intent = paymentIntentSchema.safeParse(answer.body).data;
  if (intent?.id !== id) return illegible(answer.exchange);
  if (intent.status === 'canceled') return { kind: 'canceled', evidence };
  if (intent.status === 'succeeded') return { kind: 'charged', gatewayReference: id, evidence };
  return { kind: 'unknown', why: `the payment intent is ${harmless(intent.status)}`, evidence };
}
