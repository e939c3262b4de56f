import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { mountApi, newRequestId } from './api.js';
import { mountAuthenticationPage } from './authentication-page.js';
import { Barrier, type Barriers } from './barrier.js';
import { Calls } from './calls.js';
import { mountControl } from './control.js';
import { Dropped, Epoch } from './epoch.js';
import { Execution } from './execution.js';
import { Faults } from './faults.js';
import { HeldSockets } from './held-sockets.js';
import { IdempotencyKeys } from './idempotency.js';
import { Journal } from './journal.js';
import { State } from './state.js';
import { serverErrorBody, StripeError } from './stripe-error.js';
import { Views } from './views.js';
import { Webhooks, type WebhookTarget } from './webhooks.js';

const MAX_BODY_BYTES = 64 * 1_024;
/** To receive a whole request. */
const REQUEST_TIMEOUT_MS = 30_000;

export interface SandboxOptions {
  /** Where charges and keys survive a restart; null: in memory. */
  dataFile?: string | null;
  /** Default 127.0.0.1. */
  host?: string;
  /** Where a browser reaches it, without a trailing slash; null: where it listens. */
  publicUrl?: string | null;
  /** Milliseconds that every call takes until the control routes say otherwise; default 0. */
  latencyMs?: number;
  webhook?: WebhookTarget | null;
  /** Milliseconds before each retry of a webhook. */
  webhookBackoffMs?: readonly number[];
  /** Milliseconds since 1970, for tests that let time pass. */
  now?: () => number;
}

export interface Sandbox {
  /** Resolves with the base URL. Port 0 takes a free one. Rejects with EADDRINUSE when it is taken. */
  listen(port: number): Promise<string>;
  /** For a receiver that is started after the sandbox; null sends no more events. */
  sendWebhooksTo(target: WebhookTarget | null): void;
  /** Drops what is under way and returns when the port is free. */
  close(): Promise<void>;
}

/** The gateway to play with: a stateful subset of the Stripe API. Throws when the data file is damaged or cannot be written. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const now = options.now ?? Date.now;
  const host = options.host ?? '127.0.0.1';
  const state = new State(options.dataFile == null ? null : new Journal(options.dataFile), now);
  const views = new Views();
  const faults = new Faults(options.latencyMs ?? 0);
  const barriers: Barriers = { charge: new Barrier(), refund: new Barrier() };
  const calls = new Calls();
  const epoch = new Epoch();
  const keys = new IdempotencyKeys(state);
  const webhooks = new Webhooks(faults, views, epoch, now);
  webhooks.target = options.webhook ?? null;
  if (options.webhookBackoffMs !== undefined) webhooks.backoffMs = options.webhookBackoffMs;

  const room = { state, views, now };
  const execution = new Execution(room, keys, faults, barriers, epoch, webhooks);
  const heldSockets = new HeldSockets(epoch);
  const clear = (): void => {
    epoch.end();
    for (const barrier of Object.values(barriers)) barrier.release();
    for (const part of [keys, faults, calls, state]) part.clear();
  };

  const app = newApp();
  void app.register((scope) => Promise.resolve(mountApi(scope, { room, faults, calls, epoch, execution, heldSockets })));
  void app.register((scope) => Promise.resolve(mountControl(scope, { room, faults, barriers, calls, webhooks, clear })));
  void app.register((scope) => Promise.resolve(mountAuthenticationPage(scope, room, webhooks)));

  return {
    async listen(port) {
      const url = await app.listen({ port, host });
      views.publicUrl = options.publicUrl ?? url;
      return url;
    },
    sendWebhooksTo(target) {
      webhooks.target = target;
    },
    async close() {
      epoch.end();
      await app.close();
      state.close();
    },
  };
}

function newApp(): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    genReqId: newRequestId,
    return503OnClosing: false,
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const message = `Unrecognized request URL (${request.method}: ${request.url.slice(0, 200)}).`;
    return reply.code(404).send({ error: { type: 'invalid_request_error', message } });
  });
  return app;
}

/** Everything that is refused has Stripe's shape. A bug of the sandbox is a 500 like Stripe's own, and said aloud. */
function answerError(error: FastifyError | StripeError | Dropped, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Dropped) {
    request.raw.socket.destroy();
    return reply.hijack();
  }
  if (error instanceof StripeError) return reply.headers(error.headers).code(error.status).send({ error: error.body });
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return reply.code(error.statusCode).send({ error: { type: 'invalid_request_error', message: error.message } });
  }
  console.error('sandbox gateway:', error);
  return reply.code(500).send(serverErrorBody());
}
