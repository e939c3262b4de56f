import { Agent, request } from 'node:http';
import { issueToken } from '../../src/api/token.js';
import type { Arrival, Orders } from './open-loop.js';

/**
 * Customers who come at a fixed rate whatever happens to those before them. A process of its own: whoever shares a thread with what it measures
 * waits together with it and sees nothing. Nobody waits for an answer to somebody else: one that comes late was kept from the processor.
 */
const orders = JSON.parse(process.argv[2] as string) as Orders;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
const { hostname, port } = new URL(orders.url);
const BODY = JSON.stringify({ planId: 'pro', paymentMethod: 'pm_card_visa' });
const TICK_MS = 2;

const total = Math.round(orders.perSecond * orders.seconds);
const customers = await Promise.all(Array.from({ length: total }, (_, n) => customer(n)));
process.send?.('ready');
process.once('message', () => void run());

async function customer(n: number): Promise<{ key: string; token: string }> {
  const userId = `${orders.name}_${n}`;
  const token = await issueToken({ secret: orders.secret, userId, roles: [], issuer: null, audience: null, ttlSeconds: 3_600 });
  return { key: `${orders.name}-key-${n}`, token };
}

async function run(): Promise<void> {
  const startedAt = performance.now();
  const arrivals: Promise<Arrival>[] = [];
  await new Promise<void>((allSent) => {
    const ticking = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * orders.perSecond));
      while (arrivals.length < due) {
        const n = arrivals.length;
        arrivals.push(arrive(n, startedAt + (n * 1_000) / orders.perSecond));
      }
      if (due < total) return;
      clearInterval(ticking);
      allSent();
    }, TICK_MS);
  });
  process.send?.(await Promise.all(arrivals), () => process.exit(0));
}

function arrive(n: number, dueAt: number): Promise<Arrival> {
  const { key, token } = customers[n] as { key: string; token: string };
  const sentAt = performance.now();
  return new Promise((over) => {
    const tell = (status: number, more: Partial<Arrival> = {}): void =>
      over({ key, lateMs: sentAt - dueAt, latencyMs: performance.now() - sentAt, status, ...more });
    const asked = request({
      hostname,
      port,
      agent,
      method: 'PUT',
      path: '/v1/me/subscription',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': key,
        'content-type': 'application/json',
        'content-length': BODY.length,
        ...orders.headers,
      },
    });
    asked.on('error', (error: Error & { code?: string }) => tell(0, { error: error.code ?? error.message }));
    asked.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        const { code } = JSON.parse(text) as { code?: string };
        tell(response.statusCode ?? 0, { ...(code ? { code } : {}), retryAfter: Number(response.headers['retry-after'] ?? 0) });
      });
    });
    asked.end(BODY);
  });
}
