import type { Config } from '../platform/config.js';
import { migrate } from '../platform/database/migrate.js';
import { resolve } from '../service.js';

/** Brings the schema up to date, once, however many do it at the same time. */
export async function migrateDatabase(wanted: Config) {
  const { embedded, config } = await resolve(wanted);
  try {
    const { applied } = await migrate(config.databaseUrl);
    return { json: { applied }, text: applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.join(', ')}` };
  } finally {
    await embedded.stop();
  }
}
