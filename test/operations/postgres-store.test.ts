import type { Draft } from '../../src/operations/draft.js';
import type { Operation } from '../../src/operations/operation.entity.js';
import type { Claim, OperationStore, Settlement } from '../../src/operations/store/operation-store.js';
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

/** Says of every settlement whether it is a newcomer's, as those do that are made by a verdict: with the operation as it was recorded or taken over, whatever joined it since. */
function tellingNewcomers(store: OperationStore): OperationStore {
  const held = new Map<string, Operation>();
  const told = (settlement: Settlement): Settlement => {
    const operation = held.get(settlement.id);
    return operation ? { ...settlement, ...newcomerOf(operation) } : settlement;
  };
  const remembering =
    <Item, Answer>(ask: (items: Item[]) => Promise<Answer[]>) =>
    async (items: Item[]): Promise<Answer[]> => {
      const answers = await ask(items);
      for (const answer of answers as ({ operation?: Operation } | null)[])
        if (answer?.operation) held.set(answer.operation.id, answer.operation);
      return answers;
    };
  return Object.assign(Object.create(store) as OperationStore, {
    record: remembering((drafts: Draft[]) => store.record(drafts)),
    claim: remembering((claims: Claim[]) => store.claim(claims)),
    settle: remembering((settlements: Settlement[]) => store.settle(settlements.map(told))),
  });
}
