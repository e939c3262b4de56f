import { DataSource } from 'typeorm';
import { Bell, type Rung } from '../../src/events/bell.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { createDatabase } from '../kit/databases.js';

/** A database with a pool, for tests of what stands right behind it. */
export interface Stage {
  url: string;
  database: DataSource;
  // oxlint-disable-next-line typescript/no-explicit-any -- rows of whatever was asked
  sql(text: string, values?: unknown[]): Promise<any[]>;
  close(): Promise<void>;
}

export async function openStage(poolSize = 8): Promise<Stage> {
  const created = await createDatabase();
  const { url } = created;
  const database = await createDataSource({ url, poolSize, entities: [], onPoolError: () => undefined }).initialize();
  return {
    url,
    database,
    sql: (text, values) => database.query(text, values),
    close: async () => {
      await database.destroy();
      await created.drop();
    },
  };
}

/** A bell that is rung by the test alone. */
export class HandBell extends Bell {
  hears = true;
  private heard: (rung: Rung) => void = () => undefined;

  ring(userIds: Iterable<string>): void {
    this.heard(new Set(userIds));
  }

  /** Rings may have been missed. */
  miss(): void {
    this.heard('everybody');
  }

  listen(heard: (rung: Rung) => void): void {
    this.heard = heard;
  }

  start(): void {}

  async close(): Promise<void> {}
}
