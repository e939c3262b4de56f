import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { charge } from './charge.js';
import { PRICE, readWish, type Wish } from './door.js';
import { IDLE_MS, LEAN_KEYED, LEAN_RECORD, LEAN_SETTLE } from './lean-sql.js';

/**
 * What a good engineer writes by hand for a subscribe and nothing else: Fastify, named statements on a pool, a lease in Redis, a keep-alive agent to
 * the gateway. As durable as the service, and nothing is shared between requests but connections.
 */
const { DATABASE_URL, REDIS_URL, GATEWAY_URL, SECRET, POOL_SIZE } = process.env as Record<string, string>;
const LEASE_TTL_MS = 5_000;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE), idleTimeoutMillis: IDLE_MS });
const redis = new Redis(REDIS_URL as string, { enableAutoPipelining: true });
redis.defineCommand('release', { numberOfKeys: 1, lua: RELEASE });
const gateway = new URL(GATEWAY_URL as string);

interface Answer {
  status: number;
  body: object;
}

const app = Fastify({ logger: false });
app.put('/v1/me/subscription', async ({ headers, body }, reply) => {
  const wish = readWish(headers, body, SECRET as string);
  if ('status' in wish) return reply.code(wish.status).send({ title: wish.title });
  const { status, body: answer } = await subscribe(wish);
  return reply.code(status).send(answer);
});

async function subscribe(wish: Wish): Promise<Answer> {
  const lease = `lean:${wish.userId}`;
  const holder = randomUUID();
  if ((await redis.set(lease, holder, 'PX', LEASE_TTL_MS, 'NX')) !== 'OK') return { status: 409, body: { title: 'operation-in-progress' } };
  try {
    return await underLease(wish);
  } finally {
    // Nobody waits for it: a lease that is not given back ends by itself.
    (redis as unknown as { release(key: string, holder: string): Promise<unknown> }).release(lease, holder).catch(() => undefined);
  }
}

async function underLease({ userId, key, planId, paymentMethod, fingerprint }: Wish): Promise<Answer> {
  const id = uuidv7();
  const values = [id, userId, key, fingerprint, planId, PRICE.amount, PRICE.currency];
  const recorded = await pool.query({ name: 'record', text: LEAN_RECORD, values }).catch((error: { code?: string }) => {
    if (error.code === '23505') return null;
    throw error;
  });
  if (recorded === null) return { status: 409, body: { title: 'operation-in-progress' } };
  if (recorded.rowCount === 0) return replay(userId, key, fingerprint);
  const paid = await charge(gateway, id, paymentMethod).catch(() => null);
  if (paid?.status !== 'succeeded') return { status: 202, body: { id, status: 'processing' } };
  const subscriptionId = uuidv7();
  const { rows } = await pool.query({ name: 'settle', text: LEAN_SETTLE, values: [id, paid.id, subscriptionId] });
  const { period_start: periodStart, period_end: periodEnd } = rows[0] as Record<string, unknown>;
  const subscription = { id: subscriptionId, planId, status: 'active', price: PRICE, periodStart, periodEnd };
  return { status: 201, body: { id, status: 'succeeded', createdAt: recorded.rows[0].created_at, subscription } };
}

async function replay(userId: string, key: string, fingerprint: string): Promise<Answer> {
  const { rows } = await pool.query({ name: 'keyed', text: LEAN_KEYED, values: [userId, key] });
  const [known] = rows as { fingerprint: string; id: string; status: string; plan_id: string }[];
  if (!known) return { status: 409, body: { title: 'already-subscribed' } };
  if (known.fingerprint !== fingerprint) return { status: 422, body: { title: 'key-reused' } };
  return { status: known.status === 'succeeded' ? 201 : 202, body: { id: known.id, status: known.status, planId: known.plan_id } };
}

process.on('disconnect', () => process.exit(0));
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
