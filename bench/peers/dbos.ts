import { DBOS } from '@dbos-inc/dbos-sdk';
import Fastify from 'fastify';
import { uuidv7 } from 'uuidv7';
import { charge } from '../charge.js';
import { readWish } from '../door.js';
import { answerTo, TwoStatements, type Order } from './two-statements.js';

/**
 * DBOS Transact, as its README does it: a registered workflow of three steps, whose id is user and key, so that a key that comes again meets the workflow
 * that it began. Its system database lies in the measured Postgres; its pool has as many connections as everybody's.
 */
const { DATABASE_URL, SYSTEM_DATABASE_URL, GATEWAY_URL, SECRET, POOL_SIZE } = process.env as Record<string, string>;
const statements = new TwoStatements(DATABASE_URL as string, Number(POOL_SIZE));
const gateway = new URL(GATEWAY_URL as string);

const subscribe = DBOS.registerWorkflow(
  async (order: Order): Promise<{ status: number; body: object }> => {
    const recorded = await DBOS.runStep(() => statements.record(order), { name: 'record' });
    if (!recorded) return { status: 409, body: { title: 'operation-in-progress' } };
    const paid = await DBOS.runStep(() => charge(gateway, order.id, order.paymentMethod), { name: 'charge' });
    await DBOS.runStep(() => statements.settle(order, paid.id), { name: 'settle' });
    return { status: 201, body: answerTo(order) };
  },
  { name: 'subscribe' },
);

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: SYSTEM_DATABASE_URL,
  systemDatabasePoolSize: Number(POOL_SIZE),
  logLevel: 'error',
});
await DBOS.launch();

const app = Fastify({ logger: false });
app.put('/v1/me/subscription', async ({ headers, body }, reply) => {
  const wish = readWish(headers, body, SECRET as string);
  if ('status' in wish) return reply.code(wish.status).send({ title: wish.title });
  const order: Order = { ...wish, id: uuidv7(), subscriptionId: uuidv7() };
  const handle = await DBOS.startWorkflow(subscribe, { workflowID: `${wish.userId}:${wish.key}` })(order);
  const answer = (await handle.getResult()) as { status: number; body: object };
  return reply.code(answer.status).send(answer.body);
});

process.on('disconnect', () => process.exit(0));
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
