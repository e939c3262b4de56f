import pg from 'pg';
import { codeOf } from './error-code.js';
import { OWNER } from './postgres-cluster.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** SQLSTATE of a database that exists already. */
const DUPLICATE_DATABASE = '42P04';

export function postgresUrl(port: number, password: string, database = OWNER): string {
  return `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}`;
}

/** Only the server of this data folder takes its password, so a stranger on the port does not count. */
export async function isAnswering(url: string): Promise<boolean> {
  return withClient(url, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );
}

/** initdb makes no database of the owner's name; nor has a first start that was killed in between. */
export async function ensureDatabase(port: number, password: string): Promise<void> {
  if (await isAnswering(postgresUrl(port, password))) return;
  await withClient(postgresUrl(port, password, 'postgres'), (client) => client.query(`create database ${OWNER}`)).catch(
    (error: unknown) => {
      if (codeOf(error) !== DUPLICATE_DATABASE) throw error;
    },
  );
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS * 10,
    ssl: false,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
