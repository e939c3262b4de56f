import { randomUUID } from 'node:crypto';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { PostgresOperationStore } from '../../src/operations/postgres-store.js';
import { operationStoreContract } from '../contracts/operation-store.contract.js';
import { createDatabase } from '../kit/databases.js';

const SCHEDULE_MS = [10_000, 30_000];

operationStoreContract('Postgres', async () => {
  const database = await createDatabase();
  const source = await createDataSource({ url: database.url, poolSize: 16, entities: [], onPoolError: () => undefined }).initialize();
  return {
    store: new PostgresOperationStore(source, SCHEDULE_MS, 60_000),
    async plan(capacity) {
      const id = `plan-${randomUUID().slice(0, 8)}`;
      await source.query(
        `insert into plans (id, name, price_amount, price_currency, "interval", capacity) values ($1, $1, 1900, 'USD', 'month', $2)`,
        [id, capacity],
      );
      return id;
    },
    async seats(planId) {
      const [row] = await source.query('select seats_held as held, seats_taken as taken from plans where id = $1', [planId]);
      return row;
    },
    force: (id, status) => source.query('update operations set status = $2 where id = $1', [id, status]),
    makeDue: (id) => source.query("update operations set next_check_at = now() - interval '1 second' where id = $1", [id]),
    async close() {
      await source.destroy();
      await database.drop();
    },
  };
});
