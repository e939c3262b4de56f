import { z } from 'zod';
import { money, paymentMethod, planId, time } from './schemas.js';

export const shopper = z
  .object({ object: z.literal('shopper'), userId: z.string(), token: z.string(), expiresAt: time })
  .meta({ id: 'Shopper' });

export const stageCharge = z
  .object({
    id: z.string(),
    amount: money,
    amountRefunded: money,
    status: z.string().describe('as the gateway calls it: succeeded is a charge that was made'),
    isProtected: z.boolean().describe('made by an operation, under a key; false where it came from a naive click'),
    createdAt: time,
  })
  .meta({ id: 'StageCharge' });
export const stageCharges = z.object({ object: z.literal('list'), data: z.array(stageCharge) }).meta({ id: 'StageCharges' });

export const naiveClickBody = z
  .strictObject({ planId, paymentMethod })
  .meta({ id: 'NaiveClickRequest', example: { planId: 'pro', paymentMethod: 'pm_card_visa' } });
export type NaiveClickBody = z.infer<typeof naiveClickBody>;
export const naiveClick = z
  .object({ object: z.literal('naive_click'), answer: z.enum(['charged', 'declined', 'no_answer', 'requires_action']) })
  .meta({ id: 'NaiveClick' });

export const cardsBody = z
  .strictObject({ behaves: paymentMethod.nullable().describe('a test payment method, or null for what the card did at first') })
  .meta({ id: 'StageCardsRequest', example: { behaves: 'pm_card_chargeDeclined' } });
export type CardsBody = z.infer<typeof cardsBody>;
export const stageCards = z.object({ object: z.literal('stage_cards'), changed: z.boolean() }).meta({ id: 'StageCards' });

export const stageServer = z
  .object({
    object: z.literal('stage_server'),
    pid: z.int(),
    startedAt: time,
    comesBack: z.boolean().describe('whether somebody starts it again when it is killed'),
  })
  .meta({ id: 'StageServer' });
