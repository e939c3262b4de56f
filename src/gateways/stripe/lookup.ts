import { z } from 'zod';
import type { FindOutcome, KnownCharge } from '../payment-gateway.js';
import { type Answer, type Doubt, doubtOf, illegible } from './ask.js';
import { evidenceOf } from './evidence.js';
import { paymentIntentSchema, type Standing, standingOf, weightiest } from './payment-intent.js';

/** One page, the most that Stripe gives at once. */
export const PAGE_ROWS = 100;

const pageSchema = z.object({ data: z.array(z.unknown()).max(PAGE_ROWS) });

/** Stripe's search language: a value in single quotes, in which a quote and a backslash are escaped (Stripe docs, "Search"). */
export function searchQuery(reference: string): string {
  return `metadata['reference']:'${reference.replace(/[\\']/g, '\\$&')}'`;
}

/** How the payment intent that was asked for by its id stands. Its absence proves nothing: the id may be of another account or mode. */
export function standingById(answer: Answer, id: string, charge: KnownCharge): FindOutcome {
  const evidence = evidenceOf(answer.exchange);
  if (answer.kind === 'refused' && answer.refusal.statusCode === 404) return { kind: 'not_found', evidence };
  if (answer.kind !== 'body') return doubtOf(answer);
  const intent = paymentIntentSchema.safeParse(answer.body).data;
  return intent?.id === id ? standingOf(intent, charge, evidence) : illegible(answer.exchange);
}

/**
 * How the charge stands by what several looks saw, the latest seen counting where two saw the same intent. Found is found,
 * whatever another look failed to see; nothing found is `not_found` only when every look was answered.
 */
export function standingAmong(looks: Answer[], charge: KnownCharge): FindOutcome {
  const standings = new Map<string, Standing>();
  const doubts: Doubt[] = [];
  for (const answer of looks) {
    const rows = answer.kind === 'body' ? pageSchema.safeParse(answer.body).data?.data : undefined;
    if (!rows) doubts.push(answer.kind === 'body' ? illegible(answer.exchange) : doubtOf(answer));
    for (const row of rows ?? []) {
      const intent = paymentIntentSchema.safeParse(row).data;
      if (intent?.metadata.reference !== charge.reference) continue;
      standings.set(intent.id, standingOf(intent, charge, evidenceOf(answer.exchange)));
    }
  }
  return weightiest([...standings.values()]) ?? doubts[0] ?? { kind: 'not_found' };
}
