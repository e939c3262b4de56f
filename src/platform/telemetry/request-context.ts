import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';
import { readTraceparent } from './trace.js';

/** What every log line of a request bears. */
export interface RequestContext {
  requestId: string;
  traceId: string | null;
  operationId?: string;
}

export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `work` and whatever it starts within the context. For work that no request began, such as recovery. */
export function inContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** From here on, log lines of this request name the operation. */
export function noteOperation(operationId: string): void {
  const context = storage.getStore();
  if (context) context.operationId = operationId;
}

/** Gives every request its context and its Request-Id header, counts it and logs what changed something. Before routes are registered. */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics, log: Logger): void {
  const contexts = new WeakMap<FastifyRequest, RequestContext>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const context = { requestId: request.id, traceId: readTraceparent(request.headers['traceparent'])?.traceId ?? null };
    contexts.set(request, context);
    void reply.header('request-id', request.id);
    storage.run(context, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const labels = { method: request.method, route: request.routeOptions?.url ?? 'none', status: reply.statusCode };
    metrics.httpRequests.observe(labels, reply.elapsedTime / 1_000);
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    log[changes ? 'info' : 'debug']({ ...labels, ms: Math.round(reply.elapsedTime), ...contexts.get(request) }, 'request');
    done();
  });
}

const storage = new AsyncLocalStorage<RequestContext>();
