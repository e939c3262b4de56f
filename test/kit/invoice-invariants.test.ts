import { expect, test } from '@jest/globals';
import { invoicesAgree, type InvoicedFact, type NumberFact } from './invoice-invariants.js';

const paid: InvoicedFact = {
  id: 'op_1',
  due: true,
  amount: 1_400,
  invoices: [{ total: 1_400, lines: [{ amount: 1_900 }, { amount: -500 }] }],
};
const given: NumberFact[] = [
  { year: 2027, sequence: 2 },
  { year: 2026, sequence: 1 },
  { year: 2027, sequence: 1 },
];

test('books in order break nothing', () => {
  expect(invoicesAgree([paid, { ...paid, id: 'op_2', due: false, invoices: [] }], given)).toEqual([]);
});

test.each<[string, InvoicedFact[], NumberFact[]]>([
  ['I11 op_1 has 0 invoices', [{ ...paid, invoices: [] }], []],
  ['I11 op_1 has 2 invoices', [{ ...paid, invoices: [...paid.invoices, ...paid.invoices] }], []],
  ['I11 op_1 has 1 invoices', [{ ...paid, due: false }], []],
  ['I11 op_1 was charged 1400 and its invoice says 1900', [{ ...paid, invoices: [{ total: 1_900, lines: [{ amount: 1_400 }] }] }], []],
  ['I11 the lines of op_1 sum to 1900, not to 1400', [{ ...paid, invoices: [{ total: 1_400, lines: [{ amount: 1_900 }] }] }], []],
  ['I11 invoice 3 of 2027 bears 4', [], [...given, { year: 2027, sequence: 4 }]],
  ['I11 invoice 2 of 2026 bears 1', [], [...given, { year: 2026, sequence: 1 }]],
  ['I11 invoice 1 of 2028 bears 2', [], [{ year: 2028, sequence: 2 }]],
])('%s', (broken, charges, numbers) => {
  expect(invoicesAgree(charges, numbers)).toEqual([broken]);
});
