import type { Group } from './guard.js';

export const dependencies: Group = {
  title: 'Database and Redis in trouble',
  guards: [
    {
      id: 'asked-for-again',
      name: 'A serialisation failure and a deadlock are met by asking again',
      at: '`run`',
      remove: [
        {
          file: 'src/platform/database/named-statement.ts',
          find: 'if (attempt === TRIES || !ASKED_FOR_AGAIN.has(sqlState(error))) throw error;',
          replace: 'if (attempt <= TRIES || !ASKED_FOR_AGAIN.has(sqlState(error))) throw error;',
        },
      ],
      test: { file: 'test/faults/statements.test.ts', name: '%s in %s is met by trying again: the caller hears nothing of it' },
      without: 'a customer is refused because two statements met',
    },
    {
      id: 'end-heard',
      name: 'The end of a connection is always heard',
      at: '`HeardClient`',
      remove: [{ file: 'src/platform/database/data-source.ts', find: "this.on('error', () => undefined);", replace: 'void this;' }],
      test: {
        file: 'test/platform/data-source.test.ts',
        name: 'the end of a connection that was lent this moment is heard, though its borrower does not listen yet',
      },
      without: 'a database that ends its connections ends the processes of the service with them',
    },
    {
      id: 'record-looked-up',
      name: 'Where the answer of record is lost, what is there decides whether it was made',
      at: '`record`',
      remove: [{ file: 'src/operations/operations.ts', find: 'if (!now?.keyed) throw error;', replace: 'if (now) throw error;' }],
      test: {
        file: 'test/operations/record-answer-lost.test.ts',
        name: 'after the commit costs the caller nothing: what is there is looked up and carried out',
      },
      without: 'a request that was recorded is told that it failed, and its operation waits for recovery',
    },
    {
      id: 'demoted-left',
      name: 'A Redis that was a primary is left for the one at its address now',
      remove: [{ file: 'src/leases/redis-nodes.ts', find: 'DEMOTED.test(message)', replace: "DEMOTED.test('') && message === ''" }],
      test: {
        file: 'test/leases/redlock-leases.test.ts',
        name: 'a former primary whose connection stayed open is left for whoever answers at its address now',
      },
      without: 'after a failover there are no leases until the service is started again',
    },
    {
      id: 'demoted-left-once',
      name: '… once, though all commands in flight are refused',
      at: '`isLeft`',
      remove: [
        { file: 'src/leases/redis-nodes.ts', find: '!isLeft && (isLeft = DEMOTED.test(message))', replace: 'DEMOTED.test(message)' },
      ],
      test: {
        file: 'test/leases/demoted-redis.test.ts',
        name: 'a connection to a node that is no primary any more is left once, however many commands are refused on it',
      },
      without: 'a timer and a listener for each refused command',
    },
  ],
};
