import pg from 'pg';
import { migrate } from '../../src/platform/database/migrate.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import type { ChargeFact, Scene } from '../kit/invariants.js';
import { FaultProxy } from '../kit/fault-proxy.js';
import { endServers } from '../kit/processes.js';
import { startTestPostgres, startTestRedis, type TestServer } from '../kit/servers.js';
import type { History } from './history.js';
import { Member } from './member.js';

export const JWT_SECRET = 'a secret of the soak, which is long enough for HS256';
const WEBHOOK_SECRET = 'whsec_of_the_soak';
/** For longer than a server is away: an event that is never told is a fault of its own. */
const WEBHOOK_BACKOFF_MS = [250, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000];
/** So that there is always something at the gateway when something fails. */
const GATEWAY_TAKES_MS = 50;
export const LEASE_TTL_MS = 2_000;
/** Close together, so that what was in doubt when all is well again is looked at within seconds; then a person decides. */
const SCHEDULE = '2s,4s,6s,9s,12s,16s,20s,25s,30s';
/** How often a declined renewal is tried again; not within a soak. */
export const DUNNING = ['1d', '3d', '5d'];

const ENV = {
  AUTH_JWT_SECRET: JWT_SECRET,
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  MIGRATE: 'off',
  LEASE_TTL_MS: String(LEASE_TTL_MS),
  GATEWAY_TIMEOUT_MS: '3000',
  RECOVERY_SCHEDULE: SCHEDULE,
  RECOVERY_INTERVAL_MS: '250',
  DUNNING_SCHEDULE: DUNNING.join(','),
  DATABASE_POOL_SIZE: '8',
  RATE_LIMIT_PER_MINUTE: '0',
  LOG_LEVEL: 'error',
};

/** Two servers that answer and one that recovers, of which two renew and keep cards, each behind proxies, and all that they need. */
export class House implements Scene {
  /** Of charges that were paid when nobody counted on them any more. */
  readonly paidLate = new Set<string>();

  private constructor(
    readonly postgres: TestServer,
    readonly redis: TestServer,
    readonly sandbox: Sandbox,
    readonly gatewayUrl: string,
    /** Between the gateway and the server that its events go to. */
    readonly webhooks: FaultProxy,
    readonly servers: [Member, Member],
    readonly recovery: Member,
    private readonly pool: pg.Pool,
  ) {}

  static async open(history: History): Promise<House> {
    const sandbox = createSandbox({ webhookBackoffMs: WEBHOOK_BACKOFF_MS, latencyMs: GATEWAY_TAKES_MS });
    const [postgres, redis, gateway] = await Promise.all([startTestPostgres(), startTestRedis(), sandbox.listen(0)]);
    await migrate(postgres.url);
    const at = { postgres: postgres.url, redis: redis.url, gateway };
    const members = [];
    for (const [name, roles] of ROLES) members.push(await Member.of(name, at, { ...ENV, ROLES: roles }, history));
    const [one, two, recovery] = members as [Member, Member, Member];
    const webhooks = await FaultProxy.to({ host: '127.0.0.1', port: one.ways.door.port });
    sandbox.sendWebhooksTo({ url: `http://127.0.0.1:${webhooks.port}/v1/webhooks/stripe`, secret: WEBHOOK_SECRET });
    const pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
    pool.on('error', () => undefined);
    const house = new House(postgres, redis, sandbox, gateway, webhooks, [one, two], recovery, pool);
    try {
      // The first puts the sample plans on sale.
      await one.startFirst();
      await Promise.all([two.startFirst(), recovery.startFirst()]);
    } catch (error) {
      await house.abandon();
      throw error;
    }
    return house;
  }

  get members(): Member[] {
    return [...this.servers, this.recovery];
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
  async sql(text: string, values: unknown[] = []): Promise<any[]> {
    return (await this.pool.query(text, values)).rows;
  }

  async charges(reference?: string): Promise<ChargeFact[]> {
    const query = reference === undefined ? '' : `?reference=${reference}`;
    const { data, hasMore } = (await this.gateway('GET', `/sandbox/charges${query}`)) as { data: ChargeFact[]; hasMore: boolean };
    if (hasMore) throw new Error('the gateway has more charges than it shows: let the soak be shorter');
    return data;
  }

  /** The sandbox's own routes, straight. */
  async gateway(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.gatewayUrl}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Leaves nothing behind, at once. */
  async abandon(): Promise<void> {
    for (const member of this.members) member.abandon();
    this.webhooks.close();
    await Promise.all([endServers(), this.pool.end(), this.sandbox.close(), this.redis.stop(), this.postgres.stop()]);
  }

  /** Says what was wrong about how the processes ended. */
  async close(): Promise<string[]> {
    const wrong = (await Promise.all(this.members.map((member) => member.close()))).flat();
    await endServers();
    this.webhooks.close();
    await this.pool.end();
    await Promise.all([this.sandbox.close(), this.redis.stop(), this.postgres.stop()]);
    return wrong;
  }
}

const ROLES = [
  ['one', 'api'],
  ['two', 'api,renewals'],
  ['recovery', 'recovery,renewals'],
] as const;
