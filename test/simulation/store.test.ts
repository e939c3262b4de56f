import { operationStoreContract } from '../contracts/operation-store.contract.js';
import { simulatedUnderTest } from './simulated-under-test.js';

operationStoreContract('the simulated store', () => Promise.resolve(simulatedUnderTest()));
