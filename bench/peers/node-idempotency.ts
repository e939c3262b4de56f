import { Idempotency } from '@node-idempotency/core';
import { RedisStorageAdapter } from '@node-idempotency/storage-adapter-redis';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { charge } from '../charge.js';
import { readWish } from '../door.js';
import { answerTo, TwoStatements, type Order } from './two-statements.js';

/**
 * node-idempotency with its Redis adapter: `onRequest` before the handler, `onResponse` after it, as its README does it, and the two statements between
 * them. It remembers answers and guards nothing else: what a process leaves open when it dies stays open.
 */
const { DATABASE_URL, REDIS_URL, GATEWAY_URL, SECRET, POOL_SIZE } = process.env as Record<string, string>;
const statements = new TwoStatements(DATABASE_URL as string, Number(POOL_SIZE));
const gateway = new URL(GATEWAY_URL as string);
const storage = new RedisStorageAdapter({ url: REDIS_URL });
await storage.connect();
const idempotency = new Idempotency(storage, { enforceIdempotency: true });

const app = Fastify({ logger: false });
app.put('/v1/me/subscription', async (request, reply) => {
  const { headers, body } = request;
  const wish = readWish(headers, body, SECRET as string);
  if ('status' in wish) return reply.code(wish.status).send({ title: wish.title });
  const asked = askedBy(request, wish.userId);
  const known = await idempotency.onRequest(asked);
  if (known) return reply.code(known.additional.status).send(known.body);
  const order: Order = { ...wish, id: uuidv7(), subscriptionId: uuidv7() };
  const answer = await subscribe(order);
  await idempotency.onResponse(asked, { body: answer.body, additional: { status: answer.status } });
  return reply.code(answer.status).send(answer.body);
});
app.setErrorHandler((error: { code?: string }, _request: FastifyRequest, reply: FastifyReply) =>
  reply.code(error.code === 'REQUEST_IN_PROGRESS' ? 409 : 500).send({ title: error.code }),
);

async function subscribe(order: Order): Promise<{ status: number; body: object }> {
  if (!(await statements.record(order))) return { status: 409, body: { title: 'operation-in-progress' } };
  const paid = await charge(gateway, order.id, order.paymentMethod);
  await statements.settle(order, paid.id);
  return { status: 201, body: answerTo(order) };
}

/** Its keys are of all users together: the path makes them each user's own. */
function askedBy({ headers, method, url, body }: FastifyRequest, userId: string): object {
  return { headers, method, path: `${url}:${userId}`, body };
}

process.on('disconnect', () => process.exit(0));
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
