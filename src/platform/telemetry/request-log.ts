import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';
import { readTraceparent } from './trace.js';

/** By which the lines about a request are found. */
export interface RequestIds {
  requestId: string;
  traceId: string | null;
  operationId?: string;
}

/** For whoever logs with the request at hand. The operation is the one that the answer names in `Operation-Id`, as far as it is made. */
export function idsOf(request: FastifyRequest, reply: FastifyReply): RequestIds {
  const traceId = readTraceparent(request.headers['traceparent'])?.traceId ?? null;
  const operationId = reply.getHeader('operation-id');
  return { requestId: request.id, traceId, ...(typeof operationId === 'string' ? { operationId } : {}) };
}

/** Gives every answer its Request-Id header, counts requests and logs what changed something. Before routes are registered. */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics, log: Logger): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('request-id', request.id);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const labels = { method: request.method, route: request.routeOptions?.url ?? 'none', status: reply.statusCode };
    metrics.httpRequests.observe(labels, reply.elapsedTime / 1_000);
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    log[changes ? 'info' : 'debug']({ ...labels, ms: Math.round(reply.elapsedTime), ...idsOf(request, reply) }, 'request');
    done();
  });
}
