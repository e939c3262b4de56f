import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { Initial1700000000001 } from './migrations/1700000000001-initial.js';

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  entities: EntityTarget<ObjectLiteral>[];
  /** Told of a pooled connection that broke while idle; without a listener such an error would end the process. */
  onPoolError: (error: Error) => void;
}

/** No statement of ours runs this long; one that does has lost its connection or its index. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** A hot plan's row is held for one commit; whoever waits longer than this waits for a frozen process. */
const LOCK_TIMEOUT_MS = 5_000;
/** A frozen process must not hold row locks: the server ends its transaction. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** Connecting to a database that is there takes milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;

/** The one pool of this process. TypeORM owns it; hot statements borrow from the same. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    poolSize: options.poolSize,
    entities: options.entities as never[],
    migrations: [Initial1700000000001],
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
    },
  });
}
