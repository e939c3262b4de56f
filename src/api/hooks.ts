import type { FastifyInstance } from 'fastify';
import { Problem } from '../platform/problems/problem.js';
import type { Door } from './door.js';

/** Another process answers at once; this one is gone soon. */
const RETRY_SECONDS = 1;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const JSON_TYPE = /^application\/json *(;|$)/i;

/** Counts who is inside. While the process stops, nothing new is begun; questions are still answered. */
export function standAtTheDoor(fastify: FastifyInstance, door: Door): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    door.enter(reply);
    // What concerns money is never kept by a cache (OWASP ASVS 14.3.2).
    if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
    const refused = door.closing && !READING.has(request.method);
    done(refused ? new Problem('shutting-down', { retryAfterSeconds: RETRY_SECONDS }) : undefined);
  });
}

/** Nest reads forms and plain text too, which a page of another origin may send without asking first. */
export function takeOnlyJson(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'];
    const refused = type !== undefined && !request.is404 && !READING.has(request.method) && !JSON_TYPE.test(type);
    done(refused ? new Problem('media-type-unsupported') : undefined);
  });
}
