import { describe, expect, test } from '@jest/globals';
import { chargedOf, isOpen, MOVES, OPEN, STATES, STATUSES } from '../../src/operations/states.js';

describe('the table of states', () => {
  test('has an operation open in exactly pending, requires_action, unknown and needs_review', () => {
    expect(OPEN).toEqual(['pending', 'requires_action', 'unknown', 'needs_review']);
    for (const status of STATUSES) expect(isOpen(status)).toBe(OPEN.includes(status));
  });

  test('says that money moved only of what succeeded, and that it did not only where that is certain', () => {
    const charged = Object.fromEntries(STATUSES.map((status) => [status, STATES[status].charged]));
    expect(charged).toEqual({
      pending: 'unknown',
      requires_action: 'no',
      unknown: 'unknown',
      needs_review: 'unknown',
      succeeded: 'yes',
      failed: 'no',
      canceled: 'no',
    });
  });

  test.each(STATUSES)('an operation of zero moves no money in %s', (status) => {
    expect(chargedOf({ kind: 'subscribe', status, amount: 0 })).toBe('no');
    expect(chargedOf({ kind: 'subscribe', status, amount: 1 })).toBe(STATES[status].charged);
  });

  test('a refund says whether the customer still is charged', () => {
    const charged = STATUSES.map((status) => [status, chargedOf({ kind: 'refund', status, amount: 1 })]);
    expect(Object.fromEntries(charged)).toEqual({
      pending: 'unknown',
      requires_action: 'unknown',
      unknown: 'unknown',
      needs_review: 'unknown',
      succeeded: 'no',
      failed: 'yes',
      canceled: 'yes',
    });
  });

  test('lets nothing out of an end, and nothing back to pending', () => {
    for (const [from, to] of MOVES) {
      expect(isOpen(from)).toBe(true);
      expect(to).not.toBe('pending');
    }
  });

  test.each(OPEN)('leads from %s to every end', (status) => {
    const ends = MOVES.filter(([from, to]) => from === status && !isOpen(to)).map(([, to]) => to);
    expect(ends).toEqual(['succeeded', 'failed', 'canceled']);
  });

  test('never doubts again what the customer has yet to decide: requires_action does not become unknown', () => {
    expect(MOVES).not.toContainEqual(['requires_action', 'unknown']);
  });

  test('names only states that it has', () => {
    for (const [, to] of MOVES) expect(STATUSES).toContain(to);
  });
});
