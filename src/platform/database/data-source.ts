import { Socket } from 'node:net';
import pg from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { Initial1700000000001 } from './migrations/1700000000001-initial.js';
import { CreditsAndEvents1700000000002 } from './migrations/1700000000002-credits-and-events.js';
import { Invoices1700000000003 } from './migrations/1700000000003-invoices.js';
import { IndexesForPeople1700000000004 } from './migrations/1700000000004-indexes-for-people.js';

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  entities: EntityTarget<ObjectLiteral>[];
  /** Told of a pooled connection that broke while idle; without a listener such an error would end the process. */
  onPoolError: (error: Error) => void;
  /** For migrations, which may wait for each other and take their time. */
  patient?: boolean;
}

/** No statement of ours runs this long; one that does has lost its connection or its index. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** A hot plan's row is held for one commit; whoever waits longer than this waits for a frozen process. */
const LOCK_TIMEOUT_MS = 5_000;
/** A frozen process must not hold row locks: the server ends its transaction. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** Connecting to a database that is there takes milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
/**
 * A connection that says nothing for so long has lost its server: a statement would have been ended by then, and the pool closes what is idle
 * after 10 s. A host that is gone sends no farewell, and the network itself gives up after a quarter of an hour only.
 */
const SILENCE_MS = STATEMENT_TIMEOUT_MS + 2_000;

/** The one pool of this process. TypeORM owns it; hot statements borrow from the same. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    poolSize: options.poolSize,
    entities: options.entities as never[],
    migrations: [Initial1700000000001, CreditsAndEvents1700000000002, Invoices1700000000003, IndexesForPeople1700000000004],
    migrationsTransactionMode: 'each',
    applicationName: 'counterfoil',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: options.onPoolError,
    logging: false,
    extra: {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      options: '-c timezone=UTC',
      allowExitOnIdle: true,
      Client: HeardClient,
      ...(options.patient ? {} : { stream: () => endedBySilence(new Socket()) }),
    },
  });
}

/**
 * A connection whose end is always heard. Whoever borrows one begins to listen a moment after the pool has ceased to, and an end that comes in between, in one
 * packet with the answer before, would end the process. The borrower's statement fails all the same.
 */
class HeardClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

function endedBySilence(socket: Socket): Socket {
  const lost = () => Object.assign(new Error(`The database said nothing for ${SILENCE_MS} ms`), { code: 'ETIMEDOUT', syscall: 'read' });
  return socket.setTimeout(SILENCE_MS, () => socket.destroy(lost()));
}
