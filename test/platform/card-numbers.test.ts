import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCardNumber, maskCardNumbers } from '../../src/platform/card-numbers.js';
import { newId, toPublicId } from '../../src/platform/ids.js';
import { expectLinear } from '../kit/busy-machine.js';

/** Published test numbers. */
const CARDS = [
  '4242424242424242', // Visa
  '4000056655665556',
  '4222222222222', // Visa, 13 digits
  '4000000000000000006', // Visa, 19 digits
  '5555555555554444', // Mastercard
  '2223003122003222',
  '378282246310005', // American Express
  '371449635398431',
  '6011111111111117', // Discover
  '6445644564456445',
  '30569309025904', // Diners Club
  '36227206271667',
  '3566002020360505', // JCB
  '6200000000000005', // UnionPay
  '6205500000000000004', // UnionPay, 19 digits
  '6759649826438453', // Maestro
  '2200000000000004', // Mir
];
const VISA = '4242424242424242';

/** fast-check with a fixed seed: the same 10,000 every time. */
function noneOf(arbitrary: fc.Arbitrary<string>): void {
  fc.assert(
    fc.property(arbitrary, (text) => !findCardNumber(text)),
    { seed: 20261105, numRuns: 10_000 },
  );
}

function grouped(digits: string, separator: string): string {
  const sizes = digits.length === 15 ? [4, 6, 5] : digits.length === 14 ? [4, 6, 4] : [4, 4, 4, 4, 4];
  let at = 0;
  return sizes
    .map((size) => digits.slice(at, (at += size)))
    .filter((group) => group !== '')
    .join(separator);
}

describe('found', () => {
  test.each(CARDS)('%s, in one piece and in the midst of text', (card) => {
    expect(findCardNumber(card)).toBe(true);
    expect(findCardNumber(`my card is ${card}, thanks`)).toBe(true);
  });

  test.each([' ', '-', '.', '  ', ' - ', '\u00a0', '\u2009', '\u2013', '\u2212', '\u200b', '\t', '\n'])(
    'groups with %j between',
    (separator) => {
      for (const card of CARDS) expect([card, findCardNumber(grouped(card, separator))]).toEqual([card, true]);
    },
  );

  test('digits one by one', () => expect(findCardNumber([...VISA].join(' '))).toBe(true));

  test.each([
    ['fullwidth', 0xff10],
    ['Arabic-Indic', 0x0660],
    ['Extended Arabic-Indic', 0x06f0],
    ['Devanagari', 0x0966],
    ['mathematical bold', 0x1d7ce],
    ['mathematical monospace', 0x1d7f6],
  ])('%s digits', (_, zero) => {
    const foreign = [...VISA].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
    expect(findCardNumber(foreign)).toBe(true);
    expect(maskCardNumbers(`a ${foreign} b`)).toBe('a [card number] b');
  });

  test.each([
    `pan${VISA}`,
    `pm_${VISA}`,
    `user42_${VISA}`,
    `${VISA}x`,
    `"${VISA}"`,
    `/${VISA}/`,
    `a=${VISA}&b`,
    `1234 ${grouped(VISA, ' ')} 5678`,
    `12/26 ${VISA}`,
  ])('%s', (text) => expect(findCardNumber(text)).toBe(true));
});

describe('let through', () => {
  test('10,000 UUIDs, with and without dashes, in both cases', () => {
    noneOf(fc.uuid());
    noneOf(fc.uuid().map((uuid) => uuid.replaceAll('-', '')));
    noneOf(fc.uuid().map((uuid) => uuid.toUpperCase()));
  });

  test('UUIDs that are almost all digits', () => {
    const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
    noneOf(fc.tuple(digits(8), digits(4), digits(3), digits(3), digits(12)).map(([a, b, c, d, e]) => `${a}-${b}-4${c}-8${d}-${e}`));
  });

  test('10,000 TypeIDs', () => {
    noneOf(fc.uuid().map((uuid) => toPublicId('op', uuid)));
    for (let made = 0; made < 10_000; made += 1) if (findCardNumber(toPublicId('sub', newId()))) throw new Error('a TypeID was refused');
  });

  test('10,000 ULIDs', () => noneOf(fc.ulid()));

  test('10,000 order numbers', () => {
    const number = fc.nat(999_999);
    noneOf(number.map((n) => `ORD-2026-${String(n).padStart(6, '0')}`));
    noneOf(fc.tuple(number, number).map(([a, b]) => `SO${a}/${b}`));
    noneOf(fc.nat(2_147_483_647).map((n) => `#${n}`));
  });

  test('10,000 moments in every usual form', () => {
    const moment = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    noneOf(moment.map((date) => date.toISOString()));
    noneOf(moment.map((date) => date.toISOString().replace(/[-:T]/g, '')));
    noneOf(moment.map((date) => date.toISOString().replace(/[:T]/g, ' ')));
    const recent = fc.date({ min: new Date('2020-01-01'), max: new Date('2032-12-31'), noInvalidDate: true });
    for (const zeros of ['', '000', '000000']) noneOf(recent.map((date) => `${date.getTime()}${zeros}`));
    noneOf(moment.map((date) => date.toLocaleString('de-DE').replaceAll(':', '.')));
  });

  test.each([
    '4242424242424241', // check digit
    '42424242424242424242', // 20 digits
    '1234567812345670', // no issuer
    '424242424242424', // 15 digits are no Visa
    '4242 4242 4242',
    '4242/4242/4242/4242',
    '4242 4242 and 4242 4242',
    '30-11-2026 12.30.47',
    '+49 30 1234567 89012',
    '',
  ])('%j', (text) => expect(findCardNumber(text)).toBe(false));
});

describe('masking', () => {
  test('leaves everything else as it is', () => {
    expect(maskCardNumbers(`a ${grouped(VISA, ' ')} b 378282246310005.`)).toBe('a [card number] b [card number].');
    expect(maskCardNumbers('nothing here: op_01h455vb4pex5vsknk084sn02q')).toBe('nothing here: op_01h455vb4pex5vsknk084sn02q');
  });

  test('leaves nothing that could be found again', () => {
    const piece = fc.constantFrom(...CARDS, ' ', '-', 'x', '4', '0', '٤');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => !findCardNumber(maskCardNumbers(pieces.join('')))),
      { seed: 7, numRuns: 3_000 },
    );
  });
});

test.each([
  ['digits', '4'],
  ['digits with spaces', '4 '],
  ['groups', '4242 '],
  ['card numbers', `${VISA} `],
  ['separators', '- . '],
  ['letters and digits', 'a4242424242424242'],
  ['foreign digits', '\u0664'],
  ['foreign separators', '\u200b4'],
  ['halves of UUIDs', '42424242-4242-'],
])('eight times as many %s take eight times the CPU, and not more', (_, piece) => {
  expectLinear(findCardNumber, (size) => piece.repeat(Math.ceil(size / piece.length)), 50_000);
});
