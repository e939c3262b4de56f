import { z } from 'zod';
import { creditEntry, credits } from '../credit-schemas.js';
import { listOf, operation, subscription, time } from '../schemas.js';

/** What the service's own clock says: ages are counted from it, and never from the clock of whoever reads them. */
export const now = time.describe("the service's clock when this was read: ages are counted from it");

const heldForMs = z.int().nullable().describe('milliseconds since it was given; null where it does not say');
const ttlMs = z.int().describe('milliseconds until it runs out, unless it is extended');
const holder = z.string().describe('the process that has it, host:pid');

const openOperation = z
  .object({
    id: z.string(),
    userId: z.string(),
    kind: operation.shape.kind,
    status: operation.shape.status,
    createdAt: time,
    nextCheckAt: time.nullable().describe('when recovery looks at it'),
  })
  .meta({ id: 'OpenOperation' });

export const leaseList = listOf(
  z
    .object({
      key: z.string().describe('the user that it is about'),
      holder,
      heldForMs,
      ttlMs,
      operation: openOperation.nullable().describe('null while it is not recorded yet, or over already'),
    })
    .meta({ id: 'Lease' }),
)
  .extend({
    more: z.boolean().describe('there are more leases than these'),
    now,
    withoutLease: z
      .object({ data: z.array(openOperation), more: z.boolean() })
      .describe('open operations on which nobody is at work, the oldest first'),
  })
  .meta({ id: 'LeaseList' });

export const userDetail = z
  .object({
    object: z.literal('user'),
    id: z.string(),
    now,
    subscription: subscription.nullable(),
    openOperation: operation.nullable(),
    lease: z
      .object({ state: z.enum(['held', 'free', 'unknown']), holder: holder.nullable(), heldForMs, ttlMs: ttlMs.nullable() })
      .describe('whether somebody works for this user now; unknown while the store of leases cannot be reached'),
    credits,
    creditEntries: z.array(creditEntry).describe('the newest'),
    operations: z.array(operation).describe('the newest'),
  })
  .meta({ id: 'UserDetail' });

export const statistics = z
  .object({
    now,
    byStatus: z.record(z.string(), z.int()).describe('all that are open; of those that are over, those that began within the last day'),
    openAges: z.array(z.object({ upToSeconds: z.int().nullable(), count: z.int() })),
    lastHourAt: time.describe('when outcomesPerMinute was read'),
    outcomesPerMinute: z.array(z.object({ at: time, succeeded: z.int(), failed: z.int(), canceled: z.int() })),
    gatewayLatencyMs: z.object({ calls: z.int(), p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() }),
    gatewayLatencies: z.array(z.object({ upToMs: z.int().nullable(), count: z.int() })).describe('the same calls, by how long they took'),
    lastDayAt: time.describe('when chargedTwice, duplicatesAbsorbed and what is over in byStatus were read'),
    chargedTwice: z
      .int()
      .describe('payments of the last day beyond one of an operation, or of a subscription for the same period: always 0'),
    duplicatesAbsorbed: z.int().describe('requests that shared an operation of the last day instead of making one'),
    oldestOpenAt: time.nullable(),
  })
  .meta({ id: 'Statistics' });

const state = z.enum(['up', 'degraded', 'down', 'unknown']);
const answeredInMs = z.number().describe('milliseconds until it answered this time');

export const system = z
  .object({
    object: z.literal('system'),
    now,
    clockAheadSeconds: z.int().describe('how far the test clock was moved; 0 where cards are real'),
    version: z.string(),
    node: z.string(),
    process: z.string().describe('the process that answered, host:pid'),
    notes: z.array(z.string()).describe('what is not as it should be, in sentences'),
    database: z.object({
      state,
      version: z.string(),
      answeredInMs,
      migrations: z.object({ applied: z.array(z.string()), pending: z.array(z.string()) }),
    }),
    leases: z.object({
      keptIn: z.string().describe('redlock or postgres'),
      state,
      nodes: z
        .array(
          z.object({
            address: z.string(),
            version: z.string().nullable(),
            answeredInMs: answeredInMs.nullable(),
            why: z.string().nullable().describe('why it did not'),
          }),
        )
        .describe('the Redis servers that keep them, each asked for itself'),
    }),
    gateway: z
      .object({
        name: z.string(),
        state,
        calls: z.int(),
        silent: z.int().describe('those without a definite answer'),
        lastCallAt: time.nullable(),
        lastAnswered: z.boolean().nullable(),
      })
      .describe('by its latest calls, whichever process made them: it is never asked for its health'),
    chores: z
      .array(
        z.object({
          name: z.enum(['recovery', 'gateway_events', 'invoices', 'renewals']),
          role: z.enum(['recovery', 'renewals']),
          state: z.enum(['on_time', 'behind']),
          doneHere: z.boolean().describe('whether the process that answered has the role'),
          overdue: z.int().describe('what has waited for longer than a minute, in all processes together; 1000 are counted'),
          oldestAt: time.nullable(),
        }),
      )
      .describe('what the background roles have to do'),
    settings: z.array(z.object({ name: z.string(), value: z.string() })).describe('of secrets only whether they are set'),
  })
  .meta({ id: 'System' });
