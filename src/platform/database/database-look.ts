import type { DataSource } from 'typeorm';
import { pendingMigrations } from './migrate.js';

interface DatabaseState {
  /** Of Postgres. */
  version: string;
  answeredInMs: number;
  migrations: { applied: string[]; pending: string[] };
}

/** How the database is, for those who look after it. Rejects when it cannot be reached. */
export async function lookAtDatabase(database: DataSource): Promise<DatabaseState> {
  const startedAtMs = performance.now();
  const [row] = (await database.query("select current_setting('server_version') as version")) as [{ version: string }];
  const answeredInMs = performance.now() - startedAtMs;
  const pending = await pendingMigrations(database);
  const known = database.migrations.map((migration) => migration.name ?? migration.constructor.name);
  return { version: row.version, answeredInMs, migrations: { applied: known.filter((name) => !pending.includes(name)), pending } };
}
