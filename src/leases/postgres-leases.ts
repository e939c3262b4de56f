import { madeAtMs, newId } from '../platform/ids.js';
import { type Deadline, within } from './deadline.js';
import { ANSWER_WITHIN_MS, type Extension, HeldLeases } from './held-leases.js';
import { type Acquisition, Leases, type LeaseNode, type LiveLease } from './leases.js';

export interface PostgresOptions {
  /** A pg Pool, which stays its owner's to close. */
  pool: Queryable;
  /** Milliseconds. */
  ttlMs: number;
  /** How this process names itself to admins: host:pid. */
  holder: string;
}

export interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** A lease that is held, as its row is named. */
interface Grip {
  key: string;
  token: string;
}

/** Leases as rows of the table `leases`. The database's clock decides when one has run out. */
export class PostgresLeases extends Leases {
  readonly name = 'postgres';
  readonly #pool: Queryable;
  readonly #ttlMs: number;
  readonly #holder: string;
  readonly #held: HeldLeases<Grip>;
  #closing: Promise<void> | undefined;

  constructor({ pool, ttlMs, holder }: PostgresOptions) {
    super();
    this.#pool = pool;
    this.#ttlMs = ttlMs;
    this.#holder = holder;
    this.#held = new HeldLeases({
      ttlMs,
      extend: (grips: Grip[]) => this.#extend(grips),
      release: ({ key, token }: Grip) => pool.query(RELEASE, [key, token]),
    });
  }

  acquire(key: string): Promise<Acquisition> {
    if (this.#closing) return Promise.resolve({ kind: 'unavailable', why: 'the leases are closed' });
    return within(
      ANSWER_WITHIN_MS,
      (deadline) => this.#acquire(key, deadline),
      () => ({ kind: 'unavailable', why: `no answer within ${ANSWER_WITHIN_MS} ms` }),
    );
  }

  async list(limit: number): Promise<LiveLease[]> {
    return ((await this.#read(LIST, [limit])) as Row[]).map(liveLease);
  }

  async find(key: string): Promise<LiveLease | null> {
    const [row] = (await this.#read(FIND, [key])) as Row[];
    return row ? liveLease(row) : null;
  }

  nodes(): Promise<LeaseNode[]> {
    return Promise.resolve([]);
  }

  async ping(): Promise<void> {
    await this.#read(PING, []);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#held.close());
  }

  async #acquire(key: string, deadline: Deadline): Promise<Acquisition> {
    const startedAtMs = performance.now();
    const grip = { key, token: newId() };
    try {
      const { rows } = await this.#pool.query(ACQUIRE, [key, this.#holder, grip.token, this.#ttlMs]);
      return rows.length === 0 ? { kind: 'taken' } : this.#held.hold(key, grip, startedAtMs, deadline);
    } catch (error) {
      return { kind: 'unavailable', why: error instanceof Error ? error.message : String(error) };
    }
  }

  #extend(grips: Grip[]): Promise<Extension>[] {
    const ours = this.#extendTogether(grips);
    return grips.map(({ key }) =>
      ours.then(
        (keys) => (keys.has(key) ? 'extended' : 'gone'),
        () => 'unanswered',
      ),
    );
  }

  /** All that are due in one statement, which answers with the keys that were still ours. */
  async #extendTogether(grips: Grip[]): Promise<Set<string>> {
    const values = [grips.map((grip) => grip.key), grips.map((grip) => grip.token), this.#ttlMs];
    const { rows } = await this.#pool.query(EXTEND, values);
    return new Set((rows as { key: string }[]).map((row) => row.key));
  }

  #read(text: string, values: unknown[]): Promise<unknown[]> {
    return within(
      ANSWER_WITHIN_MS,
      async () => (await this.#pool.query(text, values)).rows,
      () => {
        throw new Error(`the database did not answer within ${ANSWER_WITHIN_MS} ms`);
      },
    );
  }
}

/** A lease that is alive, as its row shows it. */
interface Row {
  key: string;
  holder: string;
  token: string;
  ttlMs: number;
}

function liveLease({ key, holder, token, ttlMs }: Row): LiveLease {
  const givenAtMs = madeAtMs(token);
  return { key, holder, heldForMs: givenAtMs === null ? null : Math.max(0, Date.now() - givenAtMs), ttlMs };
}

/** A free key or one that has run out is taken over by the same statement; no row means that somebody else holds it. */
const ACQUIRE = `
  insert into leases as held (key, holder, token, expires_at)
  values ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
  on conflict (key) do update
    set holder = excluded.holder, token = excluded.token, expires_at = clock_timestamp() + $4 * interval '1 millisecond'
    where held.expires_at <= clock_timestamp()
  returning key`;

const EXTEND = `
  update leases set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
  from unnest($1::text[], $2::uuid[]) as ours(key, token)
  where leases.key = ours.key and leases.token = ours.token
  returning leases.key`;

const RELEASE = 'delete from leases where key = $1 and token = $2';

const ALIVE = `
  select key, holder, token, ceil(extract(epoch from expires_at - clock_timestamp()) * 1000)::int as "ttlMs"
  from leases where expires_at > clock_timestamp()`;

const LIST = `${ALIVE} order by key limit $1`;

const FIND = `${ALIVE} and key = $1`;

/** Touches the table, so that a missing migration is noticed. */
const PING = 'select 1 from leases limit 1';
