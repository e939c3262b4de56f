import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { Agent, request } from 'node:http';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { LEAN_KEYED, LEAN_RECORD, LEAN_SETTLE } from './lean-sql.js';

/**
 * What a good engineer writes by hand for a subscribe and nothing else: Fastify, named statements on a pool, a lease in Redis, a keep-alive agent to
 * the gateway. As durable as the service, and nothing is shared between requests but connections.
 */
const { DATABASE_URL, REDIS_URL, GATEWAY_URL, SECRET, POOL_SIZE } = process.env as Record<string, string>;
const PRICE = { amount: 1_900, currency: 'usd' };
const LEASE_TTL_MS = 5_000;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });
const redis = new Redis(REDIS_URL as string, { enableAutoPipelining: true });
redis.defineCommand('release', { numberOfKeys: 1, lua: RELEASE });
const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' });
const gateway = new URL(GATEWAY_URL as string);

interface Answer {
  status: number;
  body: object;
}

const app = Fastify({ logger: false });
app.put('/v1/me/subscription', async ({ headers, body }, reply) => {
  const userId = userOf(headers.authorization);
  const key = headers['idempotency-key'];
  const { planId, paymentMethod } = (body ?? {}) as Record<string, unknown>;
  if (userId === null) return reply.code(401).send({ title: 'unauthenticated' });
  if (typeof key !== 'string' || key.length > 255) return reply.code(400).send({ title: 'key-missing' });
  if (!isText(planId) || !isText(paymentMethod)) return reply.code(422).send({ title: 'validation-failed' });
  const { status, body: answer } = await subscribe(userId, key, planId, paymentMethod);
  return reply.code(status).send(answer);
});

async function subscribe(userId: string, key: string, planId: string, paymentMethod: string): Promise<Answer> {
  const lease = `lean:${userId}`;
  const holder = randomUUID();
  if ((await redis.set(lease, holder, 'PX', LEASE_TTL_MS, 'NX')) !== 'OK') return { status: 409, body: { title: 'operation-in-progress' } };
  try {
    return await underLease(userId, key, planId, paymentMethod);
  } finally {
    // Nobody waits for it: a lease that is not given back ends by itself.
    (redis as unknown as { release(key: string, holder: string): Promise<unknown> }).release(lease, holder).catch(() => undefined);
  }
}

async function underLease(userId: string, key: string, planId: string, paymentMethod: string): Promise<Answer> {
  const id = uuidv7();
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([planId, paymentMethod]))
    .digest('base64url');
  const values = [id, userId, key, fingerprint, planId, PRICE.amount, PRICE.currency];
  const recorded = await pool.query({ name: 'record', text: LEAN_RECORD, values }).catch((error: { code?: string }) => {
    if (error.code === '23505') return null;
    throw error;
  });
  if (recorded === null) return { status: 409, body: { title: 'operation-in-progress' } };
  if (recorded.rowCount === 0) return replay(userId, key, fingerprint);
  const paid = await charge(id, paymentMethod).catch(() => null);
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

/** The reference is the key at the gateway, so that a charge which is sent again is not made again. */
function charge(reference: string, paymentMethod: string): Promise<{ id: string; status: string }> {
  const form = `amount=${PRICE.amount}&currency=${PRICE.currency}&payment_method=${encodeURIComponent(paymentMethod)}&confirm=true&metadata[reference]=${reference}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length, 'idempotency-key': reference };
  const { hostname, port } = gateway;
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, agent, method: 'POST', path: '/v1/payment_intents', headers, timeout: 20_000 });
    asked.on('timeout', () => asked.destroy(new Error('The gateway said nothing')));
    asked.on('error', reject);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as { id: string; status: string });
        else reject(new Error(`The gateway answered ${response.statusCode}`));
      });
    });
    asked.end(form);
  });
}

/** HS256, as RFC 7515 says; null where the token is not believed. */
function userOf(authorization: string | undefined): string | null {
  const [header, payload, signature] = authorization?.startsWith('Bearer ') ? authorization.slice(7).split('.') : [];
  if (!header || !payload || !signature) return null;
  const due = createHmac('sha256', SECRET as string)
    .update(`${header}.${payload}`)
    .digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== due.length || !timingSafeEqual(given, due)) return null;
  if (JSON.parse(Buffer.from(header, 'base64url').toString()).alg !== 'HS256') return null;
  const { sub, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown; exp?: unknown };
  return isText(sub) && typeof exp === 'number' && exp > Date.now() / 1_000 ? sub : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 255;
}

process.on('disconnect', () => process.exit(0));
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
