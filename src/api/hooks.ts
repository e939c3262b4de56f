import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../platform/problems/problem.js';
import { overloaded } from './admission.js';
import { shuttingDown, type Door } from './door.js';
import { problemHeaders, renderProblem } from './problem-body.js';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const JSON_TYPE = /^application\/json *(;|$)/i;

/** Requests that may charge. They wait for a place behind the guards: whoever has no token must not wait in the way of who has. */
const CHARGING = /^\/v1\/(me\/subscription|subscriptions)\b/;

/**
 * Who is let in beside those, and how many of each at one time. Each has room of its own, so that none can crowd out another: however hard clients
 * press, the gateway's events are stored and a person can act. All together stay few enough for the statements of recovery,
 * which wait for a connection to the database behind theirs. Probes have no limit.
 */
const ROOMS = [
  // Each stores one row; with their bodies they take 32 MB.
  { of: /^\/v1\/webhooks\//, atOnce: 128 },
  // Each keeps a socket for hours: consoles that are open must not keep those out who act.
  { of: /^\/v1\/admin\/events\b/, atOnce: 128 },
  { of: /^\/v1\/admin\//, atOnce: 64 },
  // A customer who comes back from authenticating, or gives up: the gateway is asked.
  { of: /^\/v1\/operations\/[^/]+\/\w/, atOnce: 256 },
  // Each takes a connection to the database for a statement or two.
  { of: /^\/v1\/me\/credits\/transfers\b/, atOnce: 256 },
  // Each keeps a socket, and up to 1 MB where its reader is slow; readers of events must not keep those out who ask or act.
  { of: /^\/v1\/me\/events\b/, atOnce: 1_024 },
  // Most of them wait for news and cost nothing meanwhile.
  { of: /^\/v1\//, atOnce: 2_048 },
];

/** Counts who is inside, and turns away whoever there is no room for as cheaply as can be: before a token or a body is looked at. */
export function standAtTheDoor(fastify: FastifyInstance, door: Door): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    door.enter(reply);
    // What concerns money is never kept by a cache (OWASP ASVS 14.3.2).
    if (request.url.startsWith('/v1/')) void reply.header('cache-control', 'no-store');
    done();
  });
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const problem = READING.has(request.method) ? null : refusalOf(door, request);
    if (problem) turnAway(problem, door, request, reply);
    else done(null, payload);
  });
  giveRoom(fastify, door);
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    // A client that keeps its connection would come back to a process that is gone.
    if (door.closing) void reply.header('connection', 'close');
    done(null, payload);
  });
}

/** While the process stops, nothing new is begun; questions are still answered. */
function refusalOf(door: Door, { url }: FastifyRequest): Problem | null {
  if (door.closed) return shuttingDown();
  return door.crowded && CHARGING.test(url) ? overloaded() : null;
}

/** After the body has arrived: who sends it slowly must not take up room. */
function giveRoom(fastify: FastifyInstance, door: Door): void {
  const taken = new Map(ROOMS.map((room) => [room, 0]));
  fastify.addHook('preHandler', (request, reply, done) => {
    const room = roomOf(request);
    if (!room) return done();
    const inside = taken.get(room) as number;
    if (inside >= room.atOnce) return turnAway(overloaded(), door, request, reply);
    taken.set(room, inside + 1);
    reply.raw.once('close', () => taken.set(room, (taken.get(room) as number) - 1));
    done();
  });
}

function roomOf({ method, url }: FastifyRequest): (typeof ROOMS)[number] | undefined {
  if (!READING.has(method) && CHARGING.test(url)) return undefined;
  return ROOMS.find(({ of }) => of.test(url));
}

/** Said without a line in the log for errors: it is no error, and there may be thousands a second. */
function turnAway(problem: Problem, door: Door, request: FastifyRequest, reply: FastifyReply): void {
  const context = door.context(request);
  void reply.status(problem.row.status).headers(problemHeaders(problem, context)).send(renderProblem(problem, context));
}

/** Nest reads forms and plain text too, which a page of another origin may send without asking first. */
export function takeOnlyJson(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type'];
    const refused = type !== undefined && !request.is404 && !READING.has(request.method) && !JSON_TYPE.test(type);
    done(refused ? new Problem('media-type-unsupported') : undefined);
  });
}
