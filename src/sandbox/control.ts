import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Barriers, HOLD_POINTS } from './barrier.js';
import type { Calls } from './calls.js';
import { changesAfter } from './cards.js';
import { mountCustomerControl } from './customer-control.js';
import { FAULTS, type FaultName, type Faults, MOVEMENTS } from './faults.js';
import { intentNamed } from './intent-verbs.js';
import { paidLate } from './intents.js';
import type { Intent } from './records.js';
import type { State } from './state.js';
import { invalidRequest } from './stripe-error.js';
import type { Room } from './verbs.js';
import type { Webhooks } from './webhooks.js';

/** The oracle must be whole; where it is not, `hasMore` says so. */
const MAX_CHARGES = 100_000;
const MAX_QUEUED_FAULTS = 1_000;
const MAX_LATENCY_MS = 60_000;
/** How long `GET /sandbox/held?atLeast=…` waits. */
const HELD_WAIT_MS = 10_000;

const of = z.enum(MOVEMENTS).default('charge');
const faultSettings = z.strictObject({
  latencyMs: z.int().min(0).max(MAX_LATENCY_MS).optional(),
  searchLagMs: z.int().min(0).max(MAX_LATENCY_MS).optional(),
  next: z
    .array(z.enum(Object.keys(FAULTS) as FaultName[]))
    .max(MAX_QUEUED_FAULTS)
    .optional(),
  of,
  webhooks: z.enum(['on', 'off', 'twice']).optional(),
});
const holdSettings = z.strictObject({ of, at: z.enum(HOLD_POINTS).default('before'), count: z.int().min(1).optional() });
const releaseSettings = z.strictObject({ of });
const heldQuery = z.object({ of, atLeast: z.coerce.number().int().min(0).default(0) });
const chargesQuery = z.object({ reference: z.string().optional(), user: z.string().optional() });

export interface Control {
  room: Room;
  faults: Faults;
  barriers: Barriers;
  calls: Calls;
  webhooks: Webhooks;
  /** Empties the sandbox and drops whatever is under way. */
  clear: () => void;
}

/** The sandbox's own routes, for people and tests. They take no credentials: nothing here is real, and it listens on loopback. */
export function mountControl(app: FastifyInstance, { room, faults, barriers, calls, webhooks, clear }: Control): void {
  const { state } = room;
  acceptJson(app);
  app.get('/sandbox/health', () => ({ status: 'ok', charges: state.intents.size }));
  app.get('/sandbox/calls', () => calls.show());
  app.get('/sandbox/charges', (request) => {
    const wanted = Object.entries(read(chargesQuery, request.query)).filter(([, value]) => value !== undefined);
    const all = [...state.intents.values()].filter(({ metadata }) => wanted.every(([name, value]) => metadata[name] === value));
    return { data: all.slice(0, MAX_CHARGES).map((intent) => chargeRow(intent, state)), hasMore: all.length > MAX_CHARGES };
  });

  app.post<{ Params: { id: string } }>('/sandbox/charges/:id/succeed', (request) => {
    const late = paidLate(intentNamed(request.params.id, state), room.now());
    if (late === undefined) throw invalidRequest('The money came before.', { code: 'payment_intent_unexpected_state' });
    state.commit(changesAfter(late.intent, state));
    if (late.event !== null) webhooks.send(late.event, null, null);
    return chargeRow(late.intent, state);
  });

  app.post('/sandbox/faults', (request) => {
    const settings = read(faultSettings, request.body);
    faults.set(settings);
    return {
      latencyMs: faults.latencyMs,
      searchLagMs: faults.searchLagMs,
      of: settings.of,
      next: faults.nextOf(settings.of),
      webhooks: faults.webhooks,
    };
  });

  app.post('/sandbox/hold', (request) => {
    const { of: movement, at, count } = read(holdSettings, request.body);
    barriers[movement].hold(at, count);
    return { of: movement, at, count: count ?? null };
  });
  app.post('/sandbox/release', (request) => ({ released: barriers[read(releaseSettings, request.body).of].release() }));
  app.get('/sandbox/held', async (request) => {
    const { of: movement, atLeast } = read(heldQuery, request.query);
    return { count: await barriers[movement].reached(atLeast, HELD_WAIT_MS) };
  });

  mountCustomerControl(app, room, read);

  app.delete('/sandbox', (_request, reply) => {
    clear();
    void reply.code(204).send();
  });
}

/** One intent as a test counts it: `succeeded` is a charge that stays, as far as it is not refunded. */
function chargeRow(intent: Intent, state: State): Record<string, unknown> {
  return {
    id: intent.id,
    reference: intent.metadata['reference'] ?? null,
    user: intent.metadata['user'] ?? null,
    idempotencyKey: intent.idempotencyKey,
    amount: intent.amount,
    currency: intent.currency,
    status: intent.status,
    paymentMethod: intent.paymentMethod,
    testMethod: state.cards.get(intent.paymentMethod ?? '')?.testMethod ?? intent.paymentMethod,
    customer: intent.customer,
    offSession: intent.offSession,
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
