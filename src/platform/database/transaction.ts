import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';

const open = new AsyncLocalStorage<true>();

/** An interactive transaction, for cold paths only. While it is open no gateway may be called. */
export function transaction<T>(database: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  return open.run(true, () => database.transaction(work));
}

/** Throws where a transaction is open: a gateway that answers slowly would hold its locks. */
export function assertNoTransaction(what: string): void {
  if (open.getStore()) throw new Error(`${what} inside a database transaction`);
}
