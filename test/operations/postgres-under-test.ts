import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { PostgresOperationStore } from '../../src/operations/store/postgres-store.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import type { StoreUnderTest } from '../contracts/operation-store.contract.js';
import { giveCredit } from '../kit/credit.js';
import { createDatabase } from '../kit/databases.js';

export interface PostgresUnderTest extends StoreUnderTest {
  source: DataSource;
}

/** The store in a database of its own, with what a test may see and do beside the port. */
export async function postgresUnderTest({ scheduleMs = [10_000, 30_000], againMs = 60_000 } = {}): Promise<PostgresUnderTest> {
  const database = await createDatabase();
  const source = await createDataSource({ url: database.url, poolSize: 16, entities: [], onPoolError: () => undefined }).initialize();
  return {
    source,
    scheduleMs,
    againMs,
    store: new PostgresOperationStore(source, scheduleMs, againMs),
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
    give: (userId, amount) => giveCredit((text, values) => source.query(text, values), userId, amount),
    async credit(userId) {
      const [row] = await source.query(
        "select balance::int as balance, reserved::int as reserved from credit_accounts where user_id = $1 and currency = 'USD'",
        [userId],
      );
      return row ?? { balance: 0, reserved: 0 };
    },
    force: (id, status) => source.query('update operations set status = $2 where id = $1', [id, status]),
    makeDue: (id) => source.query("update operations set next_check_at = now() - interval '1 second' where id = $1", [id]),
    async age(userId, ms) {
      const earlier = [userId, `${ms} milliseconds`];
      await source.query(
        `update operations set created_at = created_at - $2::interval, next_check_at = next_check_at - $2::interval,
           next_action = case when next_action is not null then jsonb_set(next_action, '{expiresAt}',
             to_jsonb((next_action->>'expiresAt')::timestamptz - $2::interval)) end
         where user_id = $1`,
        earlier,
      );
      await source.query('update operation_keys set created_at = created_at - $2::interval where user_id = $1', earlier);
      await source.query('update gateway_events set next_attempt_at = next_attempt_at - $1::interval', [`${ms} milliseconds`]);
    },
    async close() {
      await source.destroy();
      await database.drop();
    },
  };
}
