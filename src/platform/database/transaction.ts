import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';

const inside = new AsyncLocalStorage<true>();
let open = 0;

/** An interactive transaction, for cold paths only. While it is open no gateway may be called. */
export async function transaction<T>(database: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  open += 1;
  try {
    return await inside.run(true, () => database.transaction(work));
  } finally {
    open -= 1;
    // Before Node 24 a storage that was used once makes every await of the process dearer until it is disabled. That forgets who is inside: now nobody is.
    if (open === 0) inside.disable();
  }
}

/** Throws where a transaction is open: a gateway that answers slowly would hold its locks. */
export function assertNoTransaction(what: string): void {
  if (inside.getStore()) throw new Error(`${what} inside a database transaction`);
}
