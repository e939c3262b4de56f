import { SharedStatements } from '../../src/operations/store/shared-statements.js';
import { operationStoreContract } from '../contracts/operation-store.contract.js';
import { postgresUnderTest } from './postgres-under-test.js';

operationStoreContract('Postgres', postgresUnderTest);
operationStoreContract('Postgres with shared statements', async () => {
  const under = await postgresUnderTest();
  return { ...under, store: new SharedStatements(under.store) };
});
