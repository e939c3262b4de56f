import { z } from 'zod';
import { KINDS } from '../../operations/operation.entity.js';
import type { OperationFilter } from '../../operations/operations-query.js';
import { STATUSES } from '../../operations/states.js';
import { fromPublicId } from '../../platform/ids.js';
import { listOf, money, operation, paging, plan, planId, reason, wholeNumber } from '../schemas.js';

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
  createdAfter: dateTime.optional(),
  createdBefore: dateTime.optional(),
  stuck: z.enum(['true', 'false']).optional(),
  q: z.string().trim().min(1).max(255).optional(),
  sort: z.enum(['createdAt', '-createdAt']).optional(),
  ...paging,
});
export type OperationsQueryInput = z.output<typeof operationsQuery>;

export function filterOf(input: OperationsQueryInput): OperationFilter {
  const { q, stuck, cursor: _cursor, limit: _limit, sort: _sort, ...plain } = input;
  const uuid = q === undefined ? null : (fromPublicId('op', q) ?? fromPublicId('sub', q));
  return { ...plain, stuck: stuck === 'true', ...(q === undefined ? {} : { q: { text: q, uuid } }) };
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
    reference: z.string().describe('the mark of the charge at the gateway'),
    paymentMethod: z.string().nullable(),
    timeline: z.array(z.object({ at: dateTime, type: z.string(), data: z.record(z.string(), z.unknown()) })),
    audit: z.array(auditRow),
    notes: z.array(z.object({ at: dateTime, author: z.string(), text: z.string() })),
    actions: z.array(z.object({ name: z.string(), enabled: z.boolean(), disabledReason: z.string().nullable() })),
  })
  .meta({ id: 'OperationDetail' });

export const operationList = listOf(operation).extend({
  facets: z.object({ status: z.record(z.string(), z.int()) }).describe('how many there are of each status, whatever status is asked for'),
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
