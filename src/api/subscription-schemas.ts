import { z } from 'zod';
import { fromPublicId } from '../platform/ids.js';
import { effective, money, paymentMethod, signedMoney, time } from './schemas.js';

/** A plan, or a family of plans of which the first one with a seat is taken. */
const planOrFamily = z
  .string()
  .regex(/^(family:)?[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, _ and -, or family: and the name of a family');
const quoteId = z
  .string()
  .refine((text) => fromPublicId('qt', text) !== null, 'must be the id of a quote (qt_…)')
  .describe('the quote that the customer agreed to: its amount is charged, or nothing');

export const previewBody = z
  .strictObject({ planId: planOrFamily, effective: effective.optional() })
  .meta({ id: 'PreviewRequest', example: { planId: 'pro' } });
export type PreviewBody = z.infer<typeof previewBody>;

export const subscribeBody = z
  .strictObject({
    planId: planOrFamily,
    paymentMethod: paymentMethod.optional(),
    effective: effective.optional(),
    quoteId: quoteId.optional(),
  })
  .meta({ id: 'SubscribeRequest', example: { planId: 'pro', paymentMethod: 'pm_card_visa' } });
export type SubscribeBody = z.infer<typeof subscribeBody>;

export const cancelBody = z.strictObject({ at: effective }).meta({ id: 'CancelRequest', example: { at: 'period_end' } });
export type CancelBody = z.infer<typeof cancelBody>;

export const paymentMethodBody = z
  .strictObject({ paymentMethod })
  .meta({ id: 'PaymentMethodRequest', example: { paymentMethod: 'pm_card_visa' } });
export type PaymentMethodBody = z.infer<typeof paymentMethodBody>;

export const payBody = z
  .strictObject({ paymentMethod: paymentMethod.optional().describe('another card than the saved one; it is saved when it pays') })
  .optional()
  .meta({ id: 'PayRequest', example: { paymentMethod: 'pm_card_visa' } });
export type PayBody = z.infer<typeof payBody>;

export const emptyBody = z.strictObject({}).optional().meta({ id: 'EmptyRequest' });

export const quote = z
  .object({
    object: z.literal('quote'),
    id: z.string(),
    kind: z.enum(['subscribe', 'change_plan']),
    planId: z.string(),
    effective: effective.nullable(),
    lines: z
      .array(
        z.object({
          type: z.enum(['plan', 'unused_time', 'credit_granted', 'credit_applied']),
          planId: z.string().nullable().describe('null where the line is about credit'),
          amount: signedMoney,
        }),
      )
      .describe('they sum to dueNow'),
    dueNow: money.describe('what the card is charged'),
    creditApplied: money,
    next: z.object({ at: time, amount: money }).describe('the charge after this one'),
    seatsLeft: z.int().nullable().describe('when the quote was made; null where the plan has no limit'),
    subscriptionVersion: z.int().nullable().describe('the version of the subscription that it rests on'),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'Quote' });
