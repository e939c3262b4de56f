import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiKeyOf } from './api-key.js';
import type { Calls } from './calls.js';
import { attachCard, createCustomer } from './customer-verbs.js';
import type { Epoch } from './epoch.js';
import type { Delivery, Execution } from './execution.js';
import type { Faults, Movement } from './faults.js';
import { Form } from './form.js';
import type { HeldSockets } from './held-sockets.js';
import { newId } from './ids.js';
import { cancelIntent, confirmIntent, createIntent } from './intent-verbs.js';
import { balance, listIntents, listRefunds, oneCard, oneCustomer, oneIntent, type Reading, searchIntents } from './readings.js';
import { createRefund } from './refund-verbs.js';
import { invalidRequest } from './stripe-error.js';
import type { Room, Verb } from './verbs.js';
import { STRIPE_API_VERSION } from './webhooks.js';

const READINGS: Record<string, Reading> = {
  '/v1/payment_intents': listIntents,
  '/v1/payment_intents/search': searchIntents,
  '/v1/payment_intents/:id': oneIntent,
  '/v1/refunds': listRefunds,
  '/v1/customers/:id': oneCustomer,
  '/v1/payment_methods/:id': oneCard,
  '/v1/balance': balance,
};

const VERBS: Record<string, Verb> = {
  '/v1/payment_intents': createIntent,
  '/v1/payment_intents/:id/confirm': confirmIntent,
  '/v1/payment_intents/:id/cancel': cancelIntent,
  '/v1/refunds': createRefund,
  '/v1/customers': createCustomer,
  '/v1/payment_methods/:id/attach': attachCard,
};

export interface Api {
  room: Room;
  faults: Faults;
  calls: Calls;
  epoch: Epoch;
  execution: Execution;
  heldSockets: HeldSockets;
}

/** The subset of Stripe's API, mounted in a scope of its own because of its form-encoded bodies. */
export function mountApi(app: FastifyInstance, { room, faults, calls, epoch, execution, heldSockets }: Api): void {
  acceptForms(app);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({ 'Request-Id': request.id, 'Stripe-Version': STRIPE_API_VERSION });
    const at = new Date(room.now()).toISOString();
    calls.add({ method: request.method, path: pathOf(request), idempotencyKey: idempotencyKeyOf(request), at });
    const { signal } = epoch;
    if (faults.latencyMs > 0) await sleep(faults.latencyMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    apiKeyOf(request.headers.authorization);
  });

  for (const [path, reading] of Object.entries(READINGS)) {
    app.get(path, (request) => reading(new Form(queryOf(request)), idOf(request), room, faults));
  }
  for (const [path, verb] of Object.entries(VERBS)) {
    app.post(path, async (request, reply) => {
      const form = new Form(typeof request.body === 'string' ? request.body : '');
      const delivery = await execution.run(verb, {
        id: idOf(request),
        form,
        idempotencyKey: idempotencyKeyOf(request),
        apiKey: apiKeyOf(request.headers.authorization),
        path: pathOf(request),
        requestId: request.id,
        moves: movementOf(verb, form),
      });
      return deliver(delivery, reply, heldSockets);
    });
  }
}

export function newRequestId(): string {
  return newId('req');
}

function movementOf(verb: Verb, form: Form): Movement | null {
  if (verb === createRefund) return 'refund';
  return verb === confirmIntent || (verb === createIntent && form.text('confirm') === 'true') ? 'charge' : null;
}

function acceptForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => {
    done(invalidRequest('Invalid request (check that your POST content type is application/x-www-form-urlencoded).'));
  });
}

function deliver(delivery: Delivery, reply: FastifyReply, heldSockets: HeldSockets): FastifyReply {
  const { socket } = reply.request.raw;
  if (delivery.isLost || delivery.how === 'never') {
    heldSockets.hold(socket);
    return reply.hijack();
  }
  if (delivery.how === 'reset') {
    socket.resetAndDestroy();
    return reply.hijack();
  }
  const { record, replayed, how } = delivery;
  if (replayed) void reply.headers({ 'Idempotent-Replayed': 'true', 'Original-Request': record.requestId });
  const body = how === 'cut' ? record.body.slice(0, record.body.length / 2) : record.body;
  return reply.code(record.status).type('application/json').send(body);
}

function idOf(request: FastifyRequest): string {
  return (request.params as { id?: string }).id ?? '';
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

function queryOf(request: FastifyRequest): string {
  return request.url.slice(pathOf(request).length + 1);
}

function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : null;
}
