import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../platform/problems/catalogue.js';
import { KINDS } from '../operations/operation.entity.js';
import { STATUSES } from '../operations/states.js';
import { fromPublicId, type IdPrefix } from '../platform/ids.js';

/** Amounts stay below what a float holds exactly and what a gateway takes. */
export const MAX_AMOUNT_MINOR_UNITS = 99_999_999_999;
const MAX_TEXT_CHARACTERS = 255;
/** A reason has to say something to whoever reads the audit. */
const MIN_REASON_CHARACTERS = 8;
const MAX_REASON_CHARACTERS = 1_000;

export const planId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, _ and -');
export const paymentMethod = z
  .string()
  .max(MAX_TEXT_CHARACTERS)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be the token of a payment method, such as pm_card_visa');
export const effective = z.enum(['now', 'period_end']);
export const time = z.iso.datetime({ offset: true }).describe('RFC 3339, UTC');

export const money = z
  .strictObject({
    amount: z.int().min(0).max(MAX_AMOUNT_MINOR_UNITS).describe('integer minor units'),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code in upper case'),
  })
  .meta({ id: 'Money' });

export const reason = z.string().trim().min(MIN_REASON_CHARACTERS).max(MAX_REASON_CHARACTERS).describe('why, for the audit');

export const alternative = z.object({ planId: z.string(), left: z.int().nullable(), price: money });

export const problem = z
  .looseObject({
    type: z.string().describe('resolvable address of the page about this problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    charged: z.enum(['no', 'yes', 'unknown']).describe('whether money moved'),
    retryable: z.boolean().describe('whether the same request with the same key may succeed later'),
    operationId: z.string().optional(),
    requestId: z.string(),
    declineCode: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    alternatives: z
      .array(alternative)
      .optional()
      .describe('with plan-full: plans of the same family that have seats left, the nearest price first'),
  })
  .meta({ id: 'Problem' });

export const subscription = z
  .object({
    object: z.literal('subscription'),
    id: z.string(),
    version: z.int().describe('the ETag; moves when what the user holds changes'),
    userId: z.string(),
    planId: z.string(),
    status: z.enum(['trialing', 'active', 'past_due', 'paused', 'canceled']),
    price: money,
    currentPeriodStartAt: time,
    currentPeriodEndAt: time,
    nextPaymentAttemptAt: time.nullable().describe('when the next period is charged, or what was declined is tried again'),
    pastDue: z
      .object({ sinceAt: time, declines: z.int().describe('renewals of this period that were declined') })
      .nullable()
      .describe('the period that has begun is not paid for'),
    paymentMethod: z.string().nullable().describe("the gateway's token of the card that renewals are charged to"),
    cancelAtPeriodEnd: z.boolean(),
    pendingChange: z.object({ planId: z.string(), price: money, interval: z.enum(['month', 'year']), effectiveAt: time }).nullable(),
    openOperation: z.string().nullable().describe('id of the open operation'),
    createdAt: time,
    canceledAt: time.nullable(),
  })
  .meta({ id: 'Subscription' });

export const signedMoney = money
  .extend({ amount: z.int().describe('integer minor units; below zero where it is taken off') })
  .meta({ id: 'SignedMoney' });

export const operation = z
  .object({
    object: z.literal('operation'),
    id: z.string(),
    version: z.int(),
    kind: z.enum(KINDS),
    status: z.enum(STATUSES as [string, ...string[]]),
    result: z
      .enum(['created', 'changed', 'unchanged', 'renewed', 'paused', 'canceled'])
      .nullable()
      .describe('paused, canceled: what became of a subscription instead of its renewal'),
    charged: z
      .enum(['no', 'yes', 'unknown'])
      .describe('whether the card was charged with the amount, whatever was given back later; of a refund, whether it still is'),
    userId: z.string(),
    fromPlanId: z.string().nullable(),
    toPlanId: z.string().nullable(),
    refundOf: z.string().nullable().describe('of a refund: id of the operation whose payment it gives back'),
    refunded: z
      .object({ toCard: money, toCredit: money })
      .nullable()
      .describe('how much of its payment is given back, counting what is under way; null where there is nothing to give back'),
    amount: money.nullable().describe('what the gateway is asked for, or to give back; null where the operation concerns no money'),
    creditApplied: money
      .nullable()
      .describe('credit that pays a part of it: reserved while the operation is open, released where it fails'),
    creditGranted: money
      .nullable()
      .describe('what becomes credit: with a change, what is left over of what was paid before; with a refund, what it gives back so'),
    gateway: z.object({ name: z.string(), reference: z.string().nullable(), attempts: z.int() }),
    recovery: z.object({ checks: z.int(), nextCheckAt: time.nullable() }),
    requests: z.int().describe('HTTP requests that share this operation'),
    period: z
      .object({ startAt: time, endAt: time })
      .nullable()
      .describe('the period that it pays for; known before it succeeds only of a renewal'),
    droppedChange: z
      .object({ planId: z.string(), reason: z.literal('plan-full') })
      .nullable()
      .describe('of a renewal: the change of plan that was to come with it and did not, so that the old plan was kept'),
    nextAction: z.object({ type: z.literal('redirect'), url: z.string(), expiresAt: time }).nullable(),
    problem: problem.nullable(),
    subscription: subscription.nullable().optional(),
    createdAt: time,
    updatedAt: time,
    settledAt: time.nullable(),
  })
  .meta({ id: 'Operation' });

export const plan = z
  .object({
    id: z.string(),
    name: z.string(),
    price: money,
    interval: z.enum(['month', 'year']),
    trialDays: z.int(),
    family: z.string().nullable(),
    seats: z.object({ capacity: z.int(), taken: z.int(), held: z.int(), left: z.int() }).nullable(),
    features: z.array(z.string()),
  })
  .meta({ id: 'Plan' });

/** A page of a list. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ object: z.literal('list'), data: z.array(item), nextCursor: z.string().nullable() });
}

/** Where a page of a list begins: behind the object of this id. */
export function cursorOf(prefix: IdPrefix) {
  return z
    .string()
    .max(100)
    .refine((text) => fromPublicId(prefix, text) !== null, 'must be the nextCursor of a page')
    .optional();
}

/** A whole number in a query string, of at most `digits` digits. */
export function wholeNumber(digits: number) {
  return z
    .string()
    .regex(new RegExp(`^[0-9]{1,${digits}}$`), 'must be a whole number')
    .transform(Number);
}

export const paging = {
  limit: wholeNumber(3).pipe(z.int().min(1).max(200)).optional(),
  cursor: cursorOf('op'),
};
export const pageQuery = z.strictObject(paging);
export type PageQuery = z.infer<typeof pageQuery>;
