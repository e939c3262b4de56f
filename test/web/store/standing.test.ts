import { describe, expect, test } from '@jest/globals';
import { after, mayNotBegin, NOTHING_KNOWN, type Operation, type Standing } from '../../../web/store/standing.ts';

const AT_REST = { underWay: 0, naive: false };
const OPEN = ['pending', 'requires_action', 'unknown', 'needs_review'] as const;
const OVER = ['succeeded', 'failed', 'canceled'] as const;

function operation(status: Operation['status'], of: Partial<Operation> = {}): Operation {
  return { id: 'op_1', version: 1, kind: 'subscribe', status, result: null, ...of } as Operation;
}

function told(standing: Standing, data: Operation): Standing {
  return after(standing, { event: 'operation.updated', data });
}

describe('nothing is begun', () => {
  test.each(OPEN)('while an operation is %s, whichever tab asked for it', (status) => {
    expect(mayNotBegin(told(NOTHING_KNOWN, operation(status)), AT_REST)).toBe(true);
    const snapshot = { subscription: null, openOperations: [operation(status)] };
    expect(mayNotBegin(after(NOTHING_KNOWN, { event: 'snapshot', data: snapshot }), AT_REST)).toBe(true);
  });

  test('while a press of this tab is on its way, protected or not', () => {
    expect(mayNotBegin(NOTHING_KNOWN, { underWay: 1, naive: false })).toBe(true);
    expect(mayNotBegin(NOTHING_KNOWN, { underWay: 1, naive: true })).toBe(true);
  });

  test('while one is open, though another one of before is told to be over', () => {
    const standing = told(told(NOTHING_KNOWN, operation('unknown', { id: 'op_2' })), operation('failed'));
    expect(mayNotBegin(standing, AT_REST)).toBe(true);
  });
});

describe('something may be begun', () => {
  test.each(OVER)('once it is %s', (status) => {
    const standing = told(told(NOTHING_KNOWN, operation('pending')), operation(status, { version: 2 }));
    expect(mayNotBegin(standing, AT_REST)).toBe(false);
  });

  test('while money is on its way back', () => {
    expect(mayNotBegin(told(NOTHING_KNOWN, operation('pending', { kind: 'refund' })), AT_REST)).toBe(false);
  });

  test('without protection, whatever is open', () => {
    expect(mayNotBegin(told(NOTHING_KNOWN, operation('unknown')), { underWay: 0, naive: true })).toBe(false);
  });
});
