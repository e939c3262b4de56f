import { z } from 'zod';
import type { Evidence, FindRefundOutcome, Refund, RefundOutcome } from '../payment-gateway.js';
import { type Answer, doubtOf, illegible } from './ask.js';
import { evidenceOf, harmless } from './evidence.js';
import { PAGE_ROWS } from './lookup.js';
import { outcomeOfRefusal } from './refusal.js';
import { outcomeOfSilence } from './silence.js';

/** Of cards and, marked `pyr_`, of other methods. */
export const refundId = z.string().regex(/^(?:re|pyr)_\w{1,251}$/);

/** The members of Stripe's Refund that an outcome rests on; anything else in it is ignored. */
const refundSchema = z.object({
  object: z.literal('refund'),
  id: refundId,
  status: z.string().max(64).nullish(),
  amount: z.int(),
  currency: z.string().length(3),
  payment_intent: z.string().nullish(),
  metadata: z.object({ reference: z.string().max(500).optional() }).nullish(),
  failure_reason: z.string().nullish(),
});

const pageSchema = z.object({ data: z.array(z.unknown()).max(PAGE_ROWS) });

type StripeRefund = z.infer<typeof refundSchema>;
type Standing = Exclude<FindRefundOutcome, { kind: 'not_found' }>;

/** What the answer to a create means. Null: all of the charge had been given back before, and who did that has to be looked up. */
export function outcomeOfRefund(answer: Answer, asked: Refund): RefundOutcome | null {
  if (answer.kind !== 'body') {
    const outcome = withoutRefund(answer);
    return outcome.kind === 'refused' && answer.kind === 'refused' && answer.refusal.code === 'charge_already_refunded' ? null : outcome;
  }
  const refund = refundSchema.safeParse(answer.body).data;
  return refund ? standingOf(refund, asked, evidenceOf(answer.exchange)) : illegible(answer.exchange);
}

/** How our refund stands among those of its charge, of which one page is all that is looked at: the gateway's newest hundred. */
export function refundAmong(answer: Answer, asked: Refund): FindRefundOutcome {
  if (answer.kind !== 'body') return doubtOf(answer);
  const rows = rowsOf(answer);
  if (!rows) return illegible(answer.exchange);
  const evidence = evidenceOf(answer.exchange);
  const ours = rows.filter((row) => row.metadata?.reference === asked.reference);
  const standings = ours.map((refund) => standingOf(refund, asked, evidence));
  const weights = ['refunded', 'unknown', 'refused'];
  return standings.toSorted((a, b) => weights.indexOf(a.kind) - weights.indexOf(b.kind))[0] ?? { kind: 'not_found', evidence };
}

/**
 * Nothing of the charge stays with us. Unless a refund of ours has done it, or may have, somebody else gave it back: that is proven where refunds without a
 * mark of ours are as much as was asked for. Where others of ours used it up, this one was not made, and a person decides.
 */
export function afterAllWasRefunded(answer: Answer, asked: Refund): RefundOutcome {
  const found = refundAmong(answer, asked);
  if (found.kind === 'refunded' || found.kind === 'unknown') return found;
  const evidence = found.evidence && { evidence: found.evidence };
  const byOthers = rowsOf(answer)?.filter((row) => !MARK.test(row.metadata?.reference ?? '') && !UNDONE.has(row.status ?? '')) ?? [];
  if (byOthers.reduce((sum, { amount }) => sum + amount, 0) >= asked.amount.amount)
    return { kind: 'refunded', gatewayReference: null, ...evidence };
  return found.kind === 'refused'
    ? found
    : { kind: 'refused', why: 'all of the charge was given back before, and not for this', ...evidence };
}

/** What the reference of a refund of ours begins with. */
const MARK = /^rf_/;
/** States in which a refund has given nothing back. */
const UNDONE: ReadonlySet<string> = new Set(['failed', 'canceled']);

function rowsOf(answer: Answer): StripeRefund[] | undefined {
  if (answer.kind !== 'body') return undefined;
  return pageSchema.safeParse(answer.body).data?.data.flatMap((row) => refundSchema.safeParse(row).data ?? []);
}

/** A refund that is not exactly what was asked for is `unknown`, in whatever state it is. */
function standingOf(refund: StripeRefund, asked: Refund, evidence: Evidence): Standing {
  const unknown = (why: string): Standing => ({ kind: 'unknown', why: harmless(why), evidence });
  if (refund.metadata?.reference !== asked.reference) return unknown(`mismatch: ${refund.id} bears another reference`);
  if (refund.payment_intent !== asked.chargeReference) return unknown(`mismatch: ${refund.id} gives another charge back`);
  const [found, wanted] = [refund.currency.toUpperCase(), asked.amount.currency.toUpperCase()];
  if (refund.amount !== asked.amount.amount || found !== wanted) {
    return unknown(`mismatch: ${refund.id} gives back ${refund.amount} ${found}, asked were ${asked.amount.amount} ${wanted}`);
  }
  switch (refund.status) {
    case 'succeeded':
      return { kind: 'refunded', gatewayReference: refund.id, evidence };
    case 'failed':
    case 'canceled':
      return {
        kind: 'refused',
        why: harmless(`the refund is ${refund.status}: ${refund.failure_reason ?? 'no reason was given'}`),
        evidence,
      };
    default:
      return unknown(`the refund is ${refund.status ?? 'in no state'}`);
  }
}

/** As with a charge, save that an explicit refusal is one of the refund itself, and that a payment shown with it is the one that stays. */
function withoutRefund(answer: Exclude<Answer, { kind: 'body' }>): RefundOutcome {
  const outcome =
    answer.kind === 'refused'
      ? outcomeOfRefusal({ ...answer.refusal, payment_intent: null }, answer.exchange)
      : outcomeOfSilence(answer.exchange);
  const evidence = outcome.evidence ?? {};
  if (outcome.kind === 'unknown') return { kind: 'unknown', why: outcome.why, evidence };
  if (outcome.kind === 'not_charged' && outcome.why !== 'refused') {
    return { kind: 'not_refunded', why: outcome.why, detail: outcome.detail, evidence };
  }
  return { kind: 'refused', why: answer.kind === 'refused' ? harmless(answer.refusal.message) : 'the gateway refused', evidence };
}
