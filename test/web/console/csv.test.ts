import { describe, expect, test } from '@jest/globals';
import type { Schemas } from '../../../web/service/client.ts';
import { csvOf } from '../../../web/console/operations/csv.ts';

function exported(userId: string): string {
  const operation = {
    id: 'op_1',
    status: 'succeeded',
    kind: 'subscribe',
    charged: 'yes',
    userId,
    fromPlanId: null,
    toPlanId: 'pro',
    amount: { amount: 1_900, currency: 'USD' },
    gateway: { name: 'stripe', reference: 'pi_1', attempts: 1 },
    recovery: { checks: 0, nextCheckAt: null },
    requests: 2,
    createdAt: '2026-11-22T00:00:00Z',
    settledAt: null,
  } as unknown as Schemas['Operation'];
  return csvOf([operation]).split('\r\n').slice(1).join('\r\n');
}

describe('an export', () => {
  test('is a line for each operation below its header, amounts in minor units', () => {
    expect(csvOf([])).toMatch(/^id,status,kind,charged,user,.*\r\n$/);
    expect(exported('ada')).toBe('op_1,succeeded,subscribe,yes,ada,,pro,1900,USD,stripe,pi_1,1,0,2,2026-11-22T00:00:00Z,\r\n');
  });

  test.each(['=1+2', '+1', '-1', '@SUM(A1)', '\t=1', '=cmd|calc'])(
    'makes text of %j, which a spreadsheet would take for a formula',
    (userId) => {
      expect(exported(userId)).toContain(`,'${userId},`);
    },
  );

  test('makes text of a formula that needs quotes as well', () => {
    expect(exported('=HYPERLINK("http://evil.example","a")')).toContain(`,"'=HYPERLINK(""http://evil.example"",""a"")",`);
    expect(exported('\r=1')).toContain(`,"'\r=1",`);
  });

  test.each([
    ['a,b', '"a,b"'],
    ['say "ada"', '"say ""ada"""'],
    ['two\nlines', '"two\nlines"'],
  ])('keeps %j in one cell', (userId, cell) => {
    expect(exported(userId)).toContain(`,yes,${cell},,pro,`);
  });

  test('leaves alone what is harmless', () => {
    for (const userId of ['a=b', 'a-b', 'ada@example.com', '1+1']) expect(exported(userId)).toContain(`,${userId},`);
  });
});
