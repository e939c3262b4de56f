import { Agent, request } from 'node:http';
import { issueToken } from '../src/api/token.js';
import { newKey, newUser } from '../test/kit/names.js';

/** One run: so many callers, each of whom sends its next request when it has the answer to the last. */
export interface Orders {
  /** Of the same service: callers go round them. */
  urls: string[];
  /** What the server's tokens are signed with. */
  secret: string;
  /** Each caller subscribes its customers to one of them. */
  plans: string[];
  callers: number;
  /** Of each caller, each by a customer of its own. */
  requests: number;
  /** After it nobody sends another one. */
  seconds?: number;
  /** The requests of the last run once more: the same customers with the same keys, over and over until the time is up. */
  replay?: boolean;
}

export interface Ran {
  seconds: number;
  latenciesMs: number[];
  /** How often each status was answered. */
  statuses: Record<string, number>;
}

interface Customer {
  token: string;
  key: string;
}

let finished: Customer[] = [];
/** Signed and not needed yet. */
const newcomers: Customer[] = [];
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
process.on('message', (orders: Orders) => void run(orders).then((ran) => process.send?.(ran)));
process.on('disconnect', () => process.exit(0));

/** Customers and their tokens are there before the clock runs. */
async function run(orders: Orders): Promise<Ran> {
  const { secret, callers, requests, seconds = Infinity } = orders;
  const token = () => issueToken({ secret, userId: newUser(), roles: [], issuer: null, audience: null, ttlSeconds: 3_600 });
  const newcomer = async (): Promise<Customer> => ({ token: await token(), key: newKey() });
  const missing = orders.replay ? 0 : Math.max(0, callers * requests - newcomers.length);
  for (const customer of await Promise.all(Array.from({ length: missing }, newcomer))) newcomers.push(customer);
  let replayed = 0;
  const next = () => (orders.replay ? finished[replayed++ % finished.length] : newcomers.pop()) as Customer;
  const served: Customer[] = [];
  let asked = 0;
  const ran: Ran = { seconds: 0, latenciesMs: [], statuses: {} };
  const startedAt = performance.now();
  const call = async (caller: number): Promise<void> => {
    const body = JSON.stringify({ planId: orders.plans[caller % orders.plans.length], paymentMethod: 'pm_card_visa' });
    for (let n = 0; n < requests && performance.now() - startedAt < seconds * 1_000; n += 1) {
      const customer = next();
      const sentAt = performance.now();
      const status = await press(orders.urls[asked++ % orders.urls.length] as string, customer, body);
      served.push(customer);
      ran.latenciesMs.push(performance.now() - sentAt);
      ran.statuses[status] = (ran.statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  finished = served;
  return { ...ran, seconds: (performance.now() - startedAt) / 1_000 };
}

/** The status of the answer; 0 where there is none. */
function press(url: string, { token, key }: Customer, body: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const headers = {
    authorization: `Bearer ${token}`,
    'idempotency-key': key,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  return new Promise((over) => {
    const asked = request({ hostname, port, agent, method: 'PUT', path: '/v1/me/subscription', headers });
    asked.on('error', () => over(0));
    asked.on('response', (response) => response.resume().on('end', () => over(response.statusCode ?? 0)));
    asked.end(body);
  });
}
