import 'reflect-metadata';
import pg from 'pg';
import pino, { type Logger } from 'pino';
import { issueToken, type Role } from '../../src/api/caller.js';
import type { Ports } from '../../src/counterfoil.module.js';
import { readConfig } from '../../src/platform/config.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { startService, type Service } from '../../src/service.js';
import { Contract } from './contract.js';
import { newKey } from './names.js';
import { createDatabase } from './databases.js';
import { NoLeases } from './no-leases.js';
import { freePort } from './servers.js';

export const SECRET = 'a secret of the tests, long enough for HS256';
const WEBHOOK_SECRET = 'whsec_of_the_tests';

export interface ShopOptions {
  /** Where leases are kept; `none`: every acquisition answers that the store is away. */
  leases?: 'redlock' | 'postgres' | 'none';
  env?: Record<string, string>;
  ports?: Ports;
  /** Whether the gateway sends its events. */
  webhooks?: boolean;
  /** Where the service logs; nowhere unless TEST_LOG_LEVEL says so. */
  log?: Logger;
}

export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the service said
  body: any;
}

export interface ChargeRow {
  id: string;
  reference: string;
  amount: number;
  currency: string;
  status: string;
  amountRefunded: number;
  attempts: number;
}

/** A service of its own with a database and a gateway of its own. */
export class Shop {
  /** Ids of charges that are not shown any more. */
  private readonly forgotten = new Set<string>();

  private constructor(
    readonly url: string,
    readonly gatewayUrl: string,
    readonly service: Service,
    readonly databaseUrl: string,
    private readonly pool: pg.Pool,
    private readonly closing: (() => Promise<unknown>)[],
    private readonly env: Record<string, string>,
    private readonly options: ShopOptions,
  ) {}

  static async open(options: ShopOptions = {}): Promise<Shop> {
    const sandbox: Sandbox = createSandbox({ webhookBackoffMs: [50, 100, 200] });
    const gatewayUrl = await sandbox.listen(0);
    const database = await createDatabase();
    const env = {
      DATABASE_URL: database.url,
      MIGRATE: 'off',
      GATEWAY: 'sandbox',
      STRIPE_API_BASE: gatewayUrl,
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      AUTH_JWT_SECRET: SECRET,
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      RATE_LIMIT_PER_MINUTE: '0',
      DATABASE_POOL_SIZE: '8',
      ...(options.leases === 'redlock' || options.leases === undefined ? { REDIS_URLS: process.env['TEST_REDIS_URL'] as string } : {}),
      ...options.env,
    };
    const shop = await Shop.start(env, options, gatewayUrl, [() => sandbox.close(), () => database.drop()]);
    if (options.webhooks) sandbox.sendWebhooksTo({ url: `${shop.url}/v1/webhooks/stripe`, secret: WEBHOOK_SECRET });
    return shop;
  }

  /** Another process' worth of service on the same database and gateway. Closed with this one. */
  async another(): Promise<Shop> {
    const other = await Shop.start(this.env, this.options, this.gatewayUrl, []);
    this.closing.unshift(() => other.close());
    return other;
  }

  /** A client who bears the token of this user. */
  as(userId: string, roles: Role[] = []): Client {
    const issue = () => issueToken({ secret: SECRET, userId, roles, issuer: null, audience: null, ttlSeconds: 600 });
    return new Client(this.url, issue, Contract.of(this.service.app));
  }

  /** What the gateway was asked to charge and did: the oracle. */
  async charges(): Promise<ChargeRow[]> {
    const { data } = (await this.gateway('GET', '/sandbox/charges')) as { data: ChargeRow[] };
    return data.filter(({ id }) => !this.forgotten.has(id));
  }

  /** Leaves out of `charges` what was made by now. */
  async forgetCharges(): Promise<void> {
    for (const { id } of await this.charges()) this.forgotten.add(id);
  }

  async succeededCharges(): Promise<ChargeRow[]> {
    return (await this.charges()).filter((charge) => charge.status === 'succeeded');
  }

  /** The sandbox's control routes. */
  async gateway(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.gatewayUrl}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
  async sql(text: string, values: unknown[] = []): Promise<any[]> {
    return (await this.pool.query(text, values)).rows;
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.pool.end();
    for (const close of this.closing) await close();
  }

  private static async start(
    env: Record<string, string>,
    options: ShopOptions,
    gatewayUrl: string,
    closing: (() => Promise<unknown>)[],
  ): Promise<Shop> {
    const config = readConfig({ ...env, PORT: String(await freePort()) });
    const ports = { ...(options.leases === 'none' ? { leases: new NoLeases() } : {}), ...options.ports };
    const service = await startService(config, options.log ?? pino({ level: config.logLevel }), ports);
    const databaseUrl = env['DATABASE_URL'] as string;
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    pool.on('error', () => undefined);
    return new Shop(config.publicUrl, gatewayUrl, service, databaseUrl, pool, closing, env, options);
  }
}

/** A browser that keeps no state. */
export class Client {
  private token: Promise<string> | null = null;

  constructor(
    private readonly url: string,
    private readonly issue: () => Promise<string>,
    private readonly contract: Contract,
  ) {}

  /** A text is sent as it is, anything else as JSON. Throws where the answer is not what the OpenAPI document says. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal: AbortSignal | null = null,
  ): Promise<Answer> {
    this.token ??= this.issue();
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal,
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: text === '' ? null : parse(text) };
    this.contract.check(method, path, answer);
    return answer;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  /** With a fresh key unless one is named. */
  post(path: string, body: unknown = {}, { key = newKey(), ...headers }: { key?: string } & Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, { 'idempotency-key': key, ...headers });
  }

  /**
   * PUT /v1/me/subscription, with a fresh key and a good card unless others are named. What is free is taken without a card: one that is not charged gets
   * another name when it is kept, some time after the answer, and a subscription that was looked at before would not be the same after it.
   */
  subscribe(
    planId: string,
    {
      key = newKey(),
      paymentMethod = planId === 'free' ? undefined : 'pm_card_visa',
      effective,
      ...headers
    }: { key?: string; paymentMethod?: string; effective?: string } & Record<string, string> = {},
  ): Promise<Answer> {
    const body = { planId, paymentMethod, effective };
    return this.send('PUT', '/v1/me/subscription', body, { 'idempotency-key': key, ...headers });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
