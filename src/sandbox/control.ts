import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Barrier, HOLD_POINTS } from './barrier.js';
import type { Calls } from './calls.js';
import { FAULTS, type FaultName, type Faults } from './faults.js';
import type { Intent } from './records.js';
import type { State } from './state.js';
import { invalidRequest } from './stripe-error.js';

/** The oracle must be whole; where it is not, `hasMore` says so. */
const MAX_CHARGES = 100_000;
const MAX_QUEUED_FAULTS = 1_000;
const MAX_LATENCY_MS = 60_000;
/** How long `GET /sandbox/held?atLeast=…` waits. */
const HELD_WAIT_MS = 10_000;

const faultSettings = z.strictObject({
  latencyMs: z.int().min(0).max(MAX_LATENCY_MS).optional(),
  searchLagMs: z.int().min(0).max(MAX_LATENCY_MS).optional(),
  next: z
    .array(z.enum(Object.keys(FAULTS) as FaultName[]))
    .max(MAX_QUEUED_FAULTS)
    .optional(),
  webhooks: z.enum(['on', 'off', 'twice']).optional(),
});
const holdSettings = z.strictObject({ at: z.enum(HOLD_POINTS).default('before'), count: z.int().min(1).optional() });
const heldQuery = z.object({ atLeast: z.coerce.number().int().min(0).default(0) });
const chargesQuery = z.object({ reference: z.string().optional() });

export interface Control {
  state: State;
  faults: Faults;
  barrier: Barrier;
  calls: Calls;
  /** Empties the sandbox and drops whatever is under way. */
  clear: () => void;
}

/** The sandbox's own routes, for people and tests. They take no credentials: nothing here is real, and it listens on loopback. */
export function mountControl(app: FastifyInstance, { state, faults, barrier, calls, clear }: Control): void {
  acceptJson(app);
  app.get('/sandbox/health', () => ({ status: 'ok', charges: state.intents.size }));
  app.get('/sandbox/calls', () => calls.show());
  app.get('/sandbox/charges', (request) => {
    const { reference } = read(chargesQuery, request.query);
    const all = [...state.intents.values()].filter((intent) => reference === undefined || intent.metadata['reference'] === reference);
    return { data: all.slice(0, MAX_CHARGES).map(chargeRow), hasMore: all.length > MAX_CHARGES };
  });

  app.post('/sandbox/faults', (request) => {
    faults.set(read(faultSettings, request.body));
    const { latencyMs, searchLagMs, next, webhooks } = faults;
    return { latencyMs, searchLagMs, next, webhooks };
  });

  app.post('/sandbox/hold', (request) => {
    const { at, count } = read(holdSettings, request.body);
    barrier.hold(at, count);
    return { at, count: count ?? null };
  });
  app.post('/sandbox/release', () => ({ released: barrier.release() }));
  app.get('/sandbox/held', async (request) => ({ count: await barrier.reached(read(heldQuery, request.query).atLeast, HELD_WAIT_MS) }));

  app.delete('/sandbox', (_request, reply) => {
    clear();
    void reply.code(204).send();
  });
}

/** One intent as a test counts it: `succeeded` is a charge that stays, as far as it is not refunded. */
function chargeRow(intent: Intent): Record<string, unknown> {
  return {
    id: intent.id,
    reference: intent.metadata['reference'] ?? null,
    idempotencyKey: intent.idempotencyKey,
    amount: intent.amount,
    currency: intent.currency,
    status: intent.status,
    amountRefunded: intent.amountRefunded,
    createdAt: new Date(intent.createdAt).toISOString(),
    attempts: intent.attempts,
  };
}

/** An empty body is an empty object, whatever its content type says. */
function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body.toString()));
    } catch {
      done(invalidRequest('The body is not JSON.'));
    }
  });
}

function read<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input ?? {});
  if (!result.success) throw invalidRequest(z.prettifyError(result.error));
  return result.data;
}
