import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { fromPublicId } from '../../src/platform/ids.js';
import { expectInvariants, type ChargeFact, type Heard } from '../kit/invariants.js';
import { newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { freePort } from '../kit/servers.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from '../process/beside.js';
import type { Orders, Report } from './failpoints.js';
import { Gates } from './gates.js';
import type { SetOrders, Statement } from './sets.js';

const PROGRAM = fileURLToPath(new URL('./program.mjs', import.meta.url));
/** Longer than anything takes that is not put off. */
const NOBODY_COMES_MS = 10_000;
/** Where nothing is under way any more for those who are missing, they have passed by. */
const ALL_QUIET_MS = 1_500;
/** How often what was put off is brought forward. */
const HURRY_MS = 500;
const SETTLED_WITHIN_MS = 120_000;
/**
 * The shortest lease there may be, so that the next process finds it free. The first check is later than any process lives that is to be killed: a lease that the
 * busy machine lost would bring recovery to whoever has stopped. After the kill it is brought forward. As many connections as statements are held up at once; a
 * call that is held at the gateway waits for all the others to stop.
 */
export const FAST = {
  LEASE_TTL_MS: '1000',
  RECOVERY_INTERVAL_MS: '100',
  GATEWAY_TIMEOUT_MS: '60000',
  SHUTDOWN_GRACE_MS: '70000',
  RECOVERY_SCHEDULE: '60s,80s,100s,120s,1h',
  MAX_IN_FLIGHT: '5000',
  DATABASE_POOL_SIZE: '96',
};

const SOON = `interval '10 minutes'`;
const STILL_TO_DO = `
select 1 from operations where user_id = any($1) and settled_at is null and next_check_at < service_now() + ${SOON}
union all select 1 from gateway_events e join operations o on o.reference = e.reference where o.user_id = any($1) and e.next_attempt_at is not null
union all select 1 from subscriptions where user_id = any($1) and next_at <= service_now() and (claimed_until is null or claimed_until < service_now())
limit 1`;
const BRING_CHECKS_FORWARD = `
update operations set next_check_at = service_now() where id in (
  select id from operations where settled_at is null and next_check_at > service_now() and next_check_at < service_now() + ${SOON}
  for update skip locked)`;
const BRING_EVENTS_FORWARD = `
update gateway_events set next_attempt_at = now(), attempts = least(attempts, 1) where (gateway, event_id) in (
  select gateway, event_id from gateway_events where next_attempt_at > now() for update skip locked)`;

/** A process that is loaded and waits for its orders. */
interface Standby {
  begin: (first: { orders: Orders; env: Record<string, string> }) => void;
  server: Promise<ServerProcess>;
}

/** A database and a gateway that outlive every process, and the process that is alive now, if one is. */
export class World {
  /** Every answer that a client got. */
  readonly heard: Heard[] = [];
  /** Users that have stopped in the process that is alive, and where. */
  readonly parked = new Map<string, string>();
  /** What was sent to the database by the process that is alive, where that is watched. */
  readonly statements: Statement[] = [];
  /** By the database's clock: when the process that is alive was started. */
  startedAt = new Date(0);
  private server: ServerProcess | null = null;
  private beside: ServerProcess | null = null;
  private undisturbed = false;
  private told: ((traces: Record<string, string[]>) => void) | null = null;
  private readonly pressing = new Map<string, number>();
  private standby: Standby | null = null;

  private constructor(
    readonly around: Surroundings,
    readonly gates: Gates,
    private readonly pool: pg.Pool,
    private readonly env: Record<string, string>,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<World> {
    const around = await surroundings();
    const databaseUrl = around.env['DATABASE_URL'] as string;
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    pool.on('error', () => undefined);
    return new World(around, await Gates.build(databaseUrl), pool, {
      ...around.env,
      MIGRATE: 'off',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      REDIS_URLS: process.env['TEST_REDIS_URL'] as string,
      ...env,
    });
  }

  /** A process that serves and in which nobody has stopped; the one that is alive, if it is such a one. */
  async begin(): Promise<void> {
    if (this.server && this.undisturbed) return;
    await this.kill();
    await this.letGatewayGo();
    await this.start();
  }

  /** A process in which everybody stops where the orders say. */
  async start(orders: Orders = {}, env: Record<string, string> = {}): Promise<void> {
    this.parked.clear();
    this.statements.length = 0;
    [{ now: this.startedAt }] = (await this.sql('select now()')) as [{ now: Date }];
    this.server = await this.launch(orders, env);
    this.undisturbed = !Object.values(orders).some(({ parkAt }) => parkAt);
  }

  /** A second process, which is there as soon as the first one dies. */
  async startBeside(orders: Orders = {}): Promise<void> {
    this.beside = await this.launch(orders, {});
  }

  /** From now on the other one of two processes is meant. */
  turn(): void {
    [this.server, this.beside] = [this.beside, this.server];
    this.parked.clear();
    this.statements.length = 0;
  }

  async killBeside(): Promise<void> {
    const { beside } = this;
    this.beside = null;
    beside?.signal('SIGKILL');
    await beside?.ended;
  }

  /** SIGSTOP and SIGCONT. */
  freeze(): void {
    this.alive.signal('SIGSTOP');
  }

  thaw(): void {
    this.alive.signal('SIGCONT');
  }

  /** SIGKILL. What was held up in the database goes on without its client, unless that is told to wait. */
  async kill({ statementsGoOn = true } = {}): Promise<void> {
    const { server } = this;
    [this.server, this.beside] = [this.beside, null];
    server?.signal('SIGKILL');
    await server?.ended;
    if (statementsGoOn) await this.gates.open();
  }

  async letGatewayGo(): Promise<void> {
    await this.around.gateway('POST', '/sandbox/release', { of: 'charge' });
    await this.around.gateway('POST', '/sandbox/release', { of: 'refund' });
  }

  order(orders: Orders): void {
    for (const user of Object.keys(orders)) this.parked.delete(user);
    this.undisturbed &&= !Object.values(orders).some(({ parkAt }) => parkAt);
    this.alive.tell(orders);
  }

  /** For the statements of the process that is alive. */
  orderSets(sets: SetOrders): void {
    this.alive.tell({ sets });
  }

  /** The points that each user has passed in the process that is alive. */
  async traces(): Promise<Record<string, string[]>> {
    const traces = new Promise<Record<string, string[]>>((resolve) => (this.told = resolve));
    this.alive.tell('tell');
    return traces;
  }

  /**
   * Resolves when all of these users have stopped, wherever that is, but for as many as `others` counts; or when nobody comes any more: a lease that
   * the busy machine did not grant in time is not released either. Answers with those who did not stop.
   */
  async untilParked(users: readonly string[], others: () => Promise<number> = () => Promise.resolve(0)): Promise<string[]> {
    const missing = (): string[] => users.filter((user) => !this.parked.has(user));
    let [fewest, since] = [Number.POSITIVE_INFINITY, performance.now()];
    const look = async (): Promise<boolean> => {
      const left = missing().length - (await others());
      if (left < fewest) [fewest, since] = [left, performance.now()];
      const forMs = performance.now() - since;
      return left <= 0 || forMs > NOBODY_COMES_MS || (forMs > ALL_QUIET_MS && (await this.isOver(missing())));
    };
    await eventually(look, Boolean, Number.POSITIVE_INFINITY);
    return missing();
  }

  /** While this lasts, its user may still come to anywhere. */
  async whilePressing<T>(user: string, press: () => Promise<T>): Promise<T> {
    this.pressing.set(user, (this.pressing.get(user) ?? 0) + 1);
    return press().finally(() => this.pressing.set(user, (this.pressing.get(user) ?? 0) - 1));
  }

  /** Nobody presses for these users, and nothing of theirs will be looked at soon. */
  private async isOver(users: readonly string[]): Promise<boolean> {
    if (users.some((user) => this.pressing.get(user))) return false;
    return (await this.sql(STILL_TO_DO, [users])).length === 0;
  }

  /**
   * Does what is to be done with everything that was put off for seconds brought forward, again and again: what has no next time stays without one, and
   * what waits for an hour goes on waiting. Nothing of it may be held up in a statement.
   */
  async hurried<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const hurrying = (async () => {
      while (!over.signal.aborted) {
        await this.sql(BRING_CHECKS_FORWARD);
        await this.sql(BRING_EVENTS_FORWARD);
        await sleep(HURRY_MS, undefined, { signal: over.signal }).catch(() => undefined);
      }
    })();
    try {
      return await work();
    } finally {
      over.abort();
      await hurrying;
    }
  }

  /** As a user with a key. Null where no answer came, because the process died. */
  async ask(userId: string, key: string, method: string, path: string, body: object): Promise<ProcessAnswer | null> {
    const answer = await this.asked(userId, key, method, path, body);
    if (answer) {
      const { id, status } = answer.body as { id?: string; status?: string };
      const isOperation = answer.body.object === 'operation';
      this.heard.push({
        userId,
        key,
        request: `${method} ${path} ${JSON.stringify(body)}`,
        httpStatus: answer.status,
        operationId: isOperation ? (id ?? null) : null,
        status: isOperation ? (status ?? null) : null,
      });
    }
    return answer;
  }

  /** Resolves when none of these users' leases is alive. */
  async untilNoLease(users: readonly string[]): Promise<void> {
    const live = async () => {
      const { status, body } = await this.alive.send('admin_1', 'GET', '/v1/admin/leases');
      return status === 200 ? (body.data as { key: string }[]).map(({ key }) => key).filter((key) => users.includes(key)) : [`${status}`];
    };
    await eventually(live, (keys) => keys.length === 0);
  }

  /** The same, and nobody remembers the answer. */
  asked(userId: string, key: string, method: string, path: string, body: object): Promise<ProcessAnswer | null> {
    return this.alive.send(userId, method, path, body, { 'idempotency-key': key }).catch(() => null);
  }

  get isAlive(): boolean {
    return this.server !== null;
  }

  get url(): string {
    return this.alive.url;
  }

  /** Resolves when nothing is left to be done: operations are over or wait for a person or the customer, and every event is closed. */
  async untilSettled(): Promise<void> {
    // One snapshot: what an event leads to is recorded before the event is closed.
    const left = () =>
      this.sql(`
        select kind, status, next_check_at from operations where settled_at is null and status not in ('requires_action', 'needs_review')
        union all select 'event', outcome, next_attempt_at from gateway_events where next_attempt_at is not null
        limit 5`);
    await eventually(left, (rows) => rows.length === 0, SETTLED_WITHIN_MS);
  }

  expectInvariants(): Promise<void> {
    return expectInvariants(this, { heard: this.heard, bounds: { rowId: (id) => fromPublicId('op', id) } });
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
  async sql(text: string, values: unknown[] = []): Promise<any[]> {
    return (await this.pool.query(text, values)).rows;
  }

  /** Runs a statement, and keeps what it locks until what it answers is called. */
  async holding(text: string, values: unknown[]): Promise<() => Promise<void>> {
    const client = await this.pool.connect();
    await client.query('begin');
    await client.query(text, values);
    return async () => {
      await client.query('rollback');
      client.release();
    };
  }

  async charges(): Promise<ChargeFact[]> {
    const { data, hasMore } = (await this.around.gateway('GET', '/sandbox/charges')) as { data: ChargeFact[]; hasMore: boolean };
    if (hasMore) throw new Error('the gateway has more charges than it shows');
    return data;
  }

  async close(): Promise<void> {
    await this.kill();
    await this.kill();
    await this.gates.end();
    await this.pool.end();
    await this.around.close();
  }

  /** The process after this one is loaded as soon as this one runs, so that nobody waits for that. */
  private async launch(orders: Orders, env: Record<string, string>): Promise<ServerProcess> {
    const { begin, server } = this.standby ?? (await this.load());
    this.standby = null;
    // Chosen now: a port that is kept in mind for long is somebody else's.
    begin({ orders, env: { ...env, PORT: String(await freePort()) } });
    const started = await server;
    this.standby ??= await this.load();
    return started;
  }

  private async load(): Promise<Standby> {
    const dataDir = await newDataDir();
    const onMessage = (report: Report | { statement: Statement }): void => this.hear(report);
    let begin!: Standby['begin'];
    const orders = new Promise<object>((resolve) => (begin = resolve));
    return { begin, server: startServer({ dataDir, env: this.env, program: { file: PROGRAM, orders, onMessage } }) };
  }

  private get alive(): ServerProcess {
    if (!this.server) throw new Error('no process is alive');
    return this.server;
  }

  private hear(report: Report | { statement: Statement }): void {
    if ('statement' in report) this.statements.push(report.statement);
    else if ('traces' in report) this.told?.(report.traces);
    else this.parked.set(report.parked, report.at);
  }
}
