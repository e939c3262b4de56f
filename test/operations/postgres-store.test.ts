import { operationStoreContract } from '../contracts/operation-store.contract.js';
import { postgresUnderTest } from './postgres-under-test.js';

operationStoreContract('Postgres', postgresUnderTest);
