import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';

export interface MigrationReport {
  applied: string[];
}

/** Any number will do as long as every replica uses the same. */
const LOCK = 4_070_001;

/**
 * Brings the schema up to date. TypeORM's migrations take no lock of their own, so replicas that start together would race:
 * an advisory lock on a connection of its own lets one work and the others find it done.
 */
export async function migrate(databaseUrl: string): Promise<MigrationReport> {
  const source = createDataSource({ url: databaseUrl, poolSize: 2, entities: [], onPoolError: () => undefined, patient: true });
  await source.initialize();
  const locked = source.createQueryRunner();
  try {
    await locked.query("set statement_timeout = 0; set lock_timeout = '60s'");
    await locked.query('select pg_advisory_lock($1)', [LOCK]);
    const applied = await source.runMigrations();
    return { applied: applied.map((migration) => migration.name) };
  } finally {
    await locked.query('select pg_advisory_unlock_all()').catch(() => undefined);
    await locked.release();
    await source.destroy();
  }
}

/** Names of the migrations that this program knows and the database lacks. Never writes. */
export async function pendingMigrations(source: DataSource): Promise<string[]> {
  const known = source.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const [table] = (await source.query("select to_regclass('migrations') as name")) as { name: string | null }[];
  if (!table?.name) return known;
  const rows = (await source.query('select name from migrations')) as { name: string }[];
  const applied = new Set(rows.map((row) => row.name));
  return known.filter((name) => !applied.has(name));
}
