import { z } from 'zod';
import { KINDS } from '../../operations/operation.entity.js';
import { REFUND_TARGETS } from '../../operations/kinds/refund.js';
import type { OperationFilter } from '../../operations/operations-query.js';
import { STATUSES } from '../../operations/states.js';
import { fromPublicId } from '../../platform/ids.js';
import { positiveMoney } from '../credit-schemas.js';
import { now } from './insight-schemas.js';
import { alternative, listOf, money, operation, paging, plan, planId, reason, wholeNumber } from '../schemas.js';

const MAX_NAME_CHARACTERS = 120;
const MAX_FEATURES = 50;
const MAX_SEATS = 10_000_000;
const MAX_TRIAL_DAYS = 730;

export const actBody = z.strictObject({ reason }).meta({ id: 'ActRequest', example: { reason: 'the customer called, ticket 4711' } });
export const noteBody = z.strictObject({ text: reason }).meta({ id: 'NoteRequest' });
export const resolveBody = z
  .strictObject({
    outcome: z.enum(['charged', 'not_charged']).describe('whether the customer is charged; of a refund, whether they still are'),
    gatewayReference: z.string().min(1).max(255).optional(),
    reason,
  })
  .meta({ id: 'ResolveRequest' });

export const refundBody = z
  .strictObject({
    amount: positiveMoney.optional().describe('left out for all that is left'),
    to: z.enum(REFUND_TARGETS).default('card').describe('where the money goes: back to the card that paid, or into the credit of the user'),
    reason,
  })
  .meta({ id: 'RefundRequest', example: { amount: { amount: 500, currency: 'USD' }, to: 'card', reason: 'an apology for the outage' } });
export type RefundBody = z.output<typeof refundBody>;

/** `a,b` as a list of known words. */
function listed<T extends string>(words: readonly T[]) {
  return z
    .string()
    .max(200)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(words as unknown as [T, ...T[]])));
}
const dateTime = z.iso.datetime({ offset: true });

export const operationsQuery = z.strictObject({
  status: listed(STATUSES).optional(),
  kind: listed(KINDS).optional(),
  userId: z.string().max(255).optional(),
  planId: planId.optional(),
  gateway: z.string().max(40).optional(),
  minAgeSeconds: wholeNumber(9).optional(),
  maxAgeSeconds: wholeNumber(9).optional(),
  createdAfter: dateTime.optional(),
  createdBefore: dateTime.optional(),
  stuck: z.enum(['true', 'false']).optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'any id: of an operation, a subscription, a user, a charge, or the Request-Id of what recorded, joined or acted on an operation',
    ),
  sort: z.enum(['createdAt', '-createdAt']).optional(),
  ...paging,
});
export type OperationsQueryInput = z.output<typeof operationsQuery>;

/** `found`: what a search that needs one has found, for a request is not written down where operations are. */
export async function filterOf(input: OperationsQueryInput, found: (requestId: string) => Promise<string[]>): Promise<OperationFilter> {
  const { q, stuck, cursor: _cursor, limit: _limit, sort: _sort, ...plain } = input;
  const filter = { ...plain, stuck: stuck === 'true' };
  if (q !== undefined && fromPublicId('req', q)) return { ...filter, ids: await found(q) };
  const uuid = q === undefined ? null : (fromPublicId('op', q) ?? fromPublicId('sub', q));
  return { ...filter, ...(q === undefined ? {} : { q: { text: q, uuid } }) };
}

export const auditRow = z
  .object({
    id: z.string(),
    at: dateTime,
    actor: z.string(),
    action: z.string(),
    object: z.string(),
    reason: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    requestId: z.string(),
  })
  .meta({ id: 'AuditEntry' });

export const auditQuery = z.strictObject({
  object: z.string().max(255).optional(),
  actor: z.string().max(255).optional(),
  action: z.string().max(64).optional(),
  limit: paging.limit,
  cursor: wholeNumber(15).optional(),
});
export type AuditQuery = z.output<typeof auditQuery>;

export const operationDetail = operation
  .extend({
    now,
    reference: z.string().describe('the mark of the charge at the gateway'),
    paymentMethod: z.string().nullable(),
    seatPlanId: planId.nullable().describe('the plan of which it holds a seat while it is open, and takes it when it succeeds'),
    timeline: z.array(z.object({ at: dateTime, type: z.string(), data: z.record(z.string(), z.unknown()) })),
    audit: z.array(auditRow),
    notes: z.array(z.object({ at: dateTime, author: z.string(), text: z.string() })),
    actions: z.array(z.object({ name: z.string(), enabled: z.boolean(), disabledReason: z.string().nullable() })),
  })
  .meta({ id: 'OperationDetail' });

export const operationList = listOf(operation).extend({
  now,
  facets: z
    .object({ status: z.record(z.string(), z.int()), among: z.int().nullable() })
    .describe(
      'how many there are of each status, whatever status is asked for; of those that are over among the newest `among` alone, unless null',
    ),
});

const planMembers = {
  name: z.string().trim().min(1).max(MAX_NAME_CHARACTERS),
  price: money,
  interval: z.enum(['month', 'year']),
  trialDays: z.int().min(0).max(MAX_TRIAL_DAYS),
  family: planId.nullable(),
  capacity: z.int().min(0).max(MAX_SEATS).nullable().describe('seats; null for no limit'),
  features: z.array(z.string().max(MAX_NAME_CHARACTERS)).max(MAX_FEATURES),
  onSale: z.boolean(),
};

export const createPlanBody = z
  .strictObject({
    id: planId,
    name: planMembers.name,
    price: planMembers.price,
    interval: planMembers.interval,
    trialDays: planMembers.trialDays.default(0),
    family: planMembers.family.default(null),
    capacity: planMembers.capacity.default(null),
    features: planMembers.features.default([]),
    onSale: planMembers.onSale.default(true),
    reason,
  })
  .meta({ id: 'CreatePlanRequest' });
export type CreatePlanBody = z.output<typeof createPlanBody>;

export const updatePlanBody = z.strictObject({ ...z.strictObject(planMembers).partial().shape, reason }).meta({ id: 'UpdatePlanRequest' });
export type UpdatePlanBody = z.output<typeof updatePlanBody>;

export const adminPlan = plan
  .extend({
    version: z.int().describe('the ETag; moves with every change of the plan, not with its seats'),
    onSale: z.boolean(),
    createdAt: dateTime,
  })
  .meta({ id: 'AdminPlan' });

export const listedPlan = adminPlan
  .extend({
    alternatives: z
      .array(alternative)
      .describe('what is offered instead while it is full: of its family, with seats left, the nearest price first'),
  })
  .meta({ id: 'ListedPlan' });
