import type { DataSource } from 'typeorm';
import { pendingMigrations } from './database/migrate.js';

export interface Health {
  ready: boolean;
  parts: Record<string, 'up' | 'degraded' | 'down'>;
  /** What is not as it should be, in sentences. */
  notes: string[];
}

/** Something the service can do without, if less well. */
export interface Dependency {
  name: string;
  /** Rejects when it is away. */
  ping(): Promise<void>;
  /** What its absence means. */
  without: string;
}

/** A probe that hangs must not hang whoever asks. */
const PROBE_TIMEOUT_MS = 1_000;

/** Whether this process can do its work: the database and its schema must be there, the rest only makes it better. */
export class HealthCheck {
  private schemaIsCurrent = false;

  constructor(
    private readonly database: DataSource,
    private readonly optional: Dependency[],
    private readonly checkSchema: boolean,
  ) {}

  async read(): Promise<Health> {
    const [database, schema, ...others] = await Promise.all([
      within(this.database.query('select 1')),
      this.checkSchema ? within(this.schema()) : Promise.resolve(null),
      ...this.optional.map((dependency) => within(dependency.ping())),
    ]);
    const parts: Health['parts'] = { database: database ? 'down' : 'up', migrations: database || schema ? 'down' : 'up' };
    const notes = [database && 'The database cannot be reached.', !database && schema].filter((note) => typeof note === 'string');
    this.optional.forEach((dependency, index) => {
      parts[dependency.name] = others[index] ? 'degraded' : 'up';
      if (others[index]) notes.push(dependency.without);
    });
    return { ready: !database && !schema, parts, notes };
  }

  private async schema(): Promise<void> {
    if (this.schemaIsCurrent) return;
    const pending = await pendingMigrations(this.database);
    if (pending.length > 0) throw new Error(`The schema is behind: ${pending.join(', ')}. Run counterfoil migrate.`);
    this.schemaIsCurrent = true;
  }
}

/** Null when it went well within the time, else what went wrong. */
async function within(probe: Promise<unknown>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PROBE_TIMEOUT_MS);
  });
  try {
    await Promise.race([probe, late]);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
