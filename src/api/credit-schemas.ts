import { z } from 'zod';
import { cursorOf, MAX_AMOUNT_MINOR_UNITS, money, paging, reason, signedMoney } from './schemas.js';
import { USER_ID } from './token.js';

export const userId = z.string().regex(USER_ID, 'must be the id of a user: 1 to 255 visible characters');

const creditAmount = z.int().max(MAX_AMOUNT_MINOR_UNITS);

export const positiveMoney = money.extend({ amount: creditAmount.min(1).describe('integer minor units') }).meta({ id: 'PositiveMoney' });

export const transferBody = z
  .strictObject({
    toUserId: userId,
    amount: positiveMoney,
  })
  .meta({ id: 'TransferRequest', example: { toUserId: 'user_43', amount: { amount: 500, currency: 'USD' } } });
export type TransferBody = z.infer<typeof transferBody>;

export const grantBody = z
  .strictObject({
    amount: money
      .extend({
        amount: creditAmount
          .min(-MAX_AMOUNT_MINOR_UNITS)
          .refine((amount) => amount !== 0, 'must not be zero')
          .describe('integer minor units: above zero they are given, below zero taken back'),
      })
      .meta({ id: 'CreditChange' }),
    reason,
  })
  .meta({ id: 'GrantRequest', example: { amount: { amount: 500, currency: 'USD' }, reason: 'an apology for the outage' } });
export type GrantBody = z.infer<typeof grantBody>;

export const credits = z
  .object({
    object: z.literal('credits'),
    version: z.int().describe('the ETag; moves with every movement of any currency'),
    data: z.array(
      z.object({
        currency: z.string(),
        balance: z.int().describe('minor units that can be spent or given away'),
        reserved: z.int().describe('minor units set aside for an open operation'),
      }),
    ),
  })
  .meta({ id: 'Credits' });

export const creditEntry = z
  .object({
    object: z.literal('credit_entry'),
    id: z.string().describe('of the movement: both sides of a transfer see the same'),
    amount: signedMoney,
    kind: z.enum(['grant', 'take_back', 'transfer', 'applied', 'released', 'spent', 'proration', 'refund']),
    operationId: z
      .string()
      .nullable()
      .describe('the operation that it pays a part of, is left over from, or that gives back what was paid'),
    counterpartUserId: z.string().nullable().describe('of a transfer: who gave it or got it'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'CreditEntry' });

export const creditTransfer = z
  .object({
    object: z.literal('credit_transfer'),
    id: z.string(),
    fromUserId: z.string(),
    toUserId: z.string(),
    amount: money,
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'CreditTransfer' });

export const creditGrant = creditEntry
  .extend({ userId: z.string(), credits: credits.describe('as they are now') })
  .meta({ id: 'CreditGrant' });

export const entriesQuery = z.strictObject({ ...paging, cursor: cursorOf('led') });
export type EntriesQuery = z.infer<typeof entriesQuery>;
