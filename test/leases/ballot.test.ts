import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Ballot } from '../../src/leases/ballot.js';

type Answer = 'granted' | 'refused' | 'failed';

const kinds: { nodes: Answer[]; kind: 'won' | 'split' | 'refused' | 'no quorum' }[] = [
  { nodes: ['granted'], kind: 'won' },
  { nodes: ['refused'], kind: 'refused' },
  { nodes: ['failed'], kind: 'no quorum' },
  { nodes: ['granted', 'granted', 'refused'], kind: 'won' },
  { nodes: ['granted', 'failed', 'granted'], kind: 'won' },
  { nodes: ['refused', 'granted', 'refused'], kind: 'split' },
  { nodes: ['refused', 'granted', 'failed'], kind: 'split' },
  { nodes: ['refused', 'refused', 'refused'], kind: 'refused' },
  { nodes: ['refused', 'refused', 'failed'], kind: 'refused' },
  { nodes: ['granted', 'failed', 'failed'], kind: 'no quorum' },
  { nodes: ['refused', 'failed', 'failed'], kind: 'no quorum' },
  { nodes: ['failed', 'failed', 'failed'], kind: 'no quorum' },
  { nodes: ['granted', 'granted', 'refused', 'refused', 'failed'], kind: 'split' },
  { nodes: ['refused', 'refused', 'refused', 'failed', 'failed'], kind: 'refused' },
  { nodes: ['granted', 'refused', 'failed', 'failed', 'failed'], kind: 'no quorum' },
];

test.each(kinds)('a vote is $kind when the nodes answer $nodes', async ({ nodes, kind }) => {
  const ballot = new Ballot(nodes.map(nodeThatAnswers), 'value');
  const lock = await ballot.elect('key', 1_000);
  expect(kindOf(ballot, lock !== null)).toBe(kind);
});

test('a vote that is won too late is neither refused nor split, whatever the nodes say to giving it back', async () => {
  const slow = { evalsha: (...call: Call) => void sleep(30).then(() => call[2](null, call[1][3] === undefined ? 0 : 1)) };
  const ballot = new Ballot([slow as unknown as Redis], 'value');
  await expect(ballot.lock('key', 10)).rejects.toThrow();
  expect([ballot.refused, ballot.split, ballot.why]).toEqual([false, false, 'the vote came too late']);
  const outvoted = new Ballot([slow as unknown as Redis, slow as unknown as Redis, nodeThatAnswers('refused')], 'value');
  await expect(outvoted.lock('key', 10)).rejects.toThrow();
  expect(outvoted.split).toBe(false);
});

/** The script's hash, its arguments (only locking has a fourth: the TTL), and who waits for the answer. */
type Call = [string, unknown[], (error: Error | null, response?: unknown) => void];

function nodeThatAnswers(answer: Answer): Redis {
  const failure = answer === 'failed' ? new Error('the node failed') : null;
  const evalsha = (...[, , done]: Call) => queueMicrotask(() => done(failure, answer === 'granted' ? 1 : 0));
  return { evalsha } as unknown as Redis;
}

function kindOf(ballot: Ballot, won: boolean): string {
  if (won) return 'won';
  if (ballot.split) return 'split';
  return ballot.refused ? 'refused' : 'no quorum';
}
