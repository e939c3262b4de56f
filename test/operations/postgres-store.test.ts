import type { OperationStore, Settlement } from '../../src/operations/store/operation-store.js';
import { SharedStatements } from '../../src/operations/store/shared-statements.js';
import { newcomerOf } from '../../src/operations/verdict.js';
import { operationStoreContract } from '../contracts/operation-store.contract.js';
import { postgresUnderTest } from './postgres-under-test.js';

operationStoreContract('Postgres', postgresUnderTest);
operationStoreContract('Postgres with shared statements', async () => {
  const under = await postgresUnderTest();
  return { ...under, store: new SharedStatements(under.store) };
});
operationStoreContract('Postgres with statements for newcomers', async () => {
  const under = await postgresUnderTest();
  return { ...under, store: tellingNewcomers(under.store) };
});

/** Says of every settlement whether it is a newcomer's, as those do that are made by a verdict. */
function tellingNewcomers(store: OperationStore): OperationStore {
  const told = async (settlement: Settlement): Promise<Settlement> => {
    const found = await store.read(settlement.id);
    return found ? { ...settlement, ...newcomerOf(found.operation) } : settlement;
  };
  return Object.assign(Object.create(store) as OperationStore, {
    settle: async (settlements: Settlement[]) => store.settle(await Promise.all(settlements.map(told))),
  });
}
