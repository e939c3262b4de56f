import { digitOf, isSeparator, isWordCharacter } from './card-characters.js';

/**
 * Whether something in the text looks like a card number: 13 to 19 digits of an issuer that gives out numbers of that
 * length, with a right check digit (Luhn), written in one piece or in groups. Digits of any script count.
 */
export function findCardNumber(text: string): boolean {
  return cardNumbersIn(text).length > 0;
}

/** The text with everything that looks like a card number replaced. */
export function maskCardNumbers(text: string): string {
  let masked = '';
  let from = 0;
  for (const { start, end } of cardNumbersIn(text)) {
    masked += `${text.slice(from, start)}[card number]`;
    from = end;
  }
  return from === 0 ? text : masked + text.slice(from);
}

interface Range {
  start: number;
  end: number;
}

/** Digits without anything between them, as positions in the text and in the digits of their run. */
interface Group extends Range {
  firstDigit: number;
  digits: number;
}

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;
/** "4242 - 4242" is still one number, two words apart are two. */
const MAX_SEPARATORS = 3;

/** One pass over the text: digits are collected into groups, groups into runs, and every run is looked at once. */
function cardNumbersIn(text: string): Range[] {
  if (text.length < MIN_DIGITS) return [];
  const found: Range[] = [];
  let digits: number[] = [];
  let groups: Group[] = [];
  let separators = 0;
  let width = 1;
  for (let at = 0; at < text.length; at += width) {
    const character = text.codePointAt(at) as number;
    width = character > 0xffff ? 2 : 1;
    const digit = digitOf(character);
    const last = groups.at(-1);
    if (digit >= 0) {
      if (last?.end === at) {
        last.end = at + width;
        last.digits += 1;
      } else groups.push({ start: at, end: at + width, firstDigit: digits.length, digits: 1 });
      digits.push(digit);
      separators = 0;
    } else if (last && (!isSeparator(character) || ++separators > MAX_SEPARATORS)) {
      collect(text, digits, groups, found);
      digits = [];
      groups = [];
      separators = 0;
    }
  }
  collect(text, digits, groups, found);
  return found;
}

/** Adds the card numbers that begin and end at the edges of groups. Each start looks at 19 groups at most. */
function collect(text: string, digits: number[], groups: Group[], found: Range[]): void {
  if (digits.length < MIN_DIGITS) return;
  for (let first = 0; first < groups.length; first += 1) {
    const last = lastGroupOfCard(text, digits, groups, first);
    if (last < 0) continue;
    found.push({ start: (groups[first] as Group).start, end: (groups[last] as Group).end });
    first = last;
  }
}

/** The longest card number that begins with this group ends with the group answered; -1 when none does. */
function lastGroupOfCard(text: string, digits: number[], groups: Group[], first: number): number {
  const { firstDigit, digits: size, start } = groups[first] as Group;
  const lengths = lengthsIssued(digits, firstDigit);
  if (lengths.length === 0) return -1;
  let found = -1;
  let sizesFit = true;
  for (let last = first; last < groups.length && sizesFit; last += 1) {
    const group = groups[last] as Group;
    const length = group.firstDigit + group.digits - firstDigit;
    if (length > MAX_DIGITS) break;
    if (lengths.some(([shortest, longest]) => length >= shortest && length <= longest) && passesLuhn(digits, firstDigit, length)) {
      if (!isPartOfId(text, { start, end: group.end })) found = last;
    }
    // People write groups of three digits and more, or all of one size; dates and telephone numbers are written otherwise.
    sizesFit = group.digits === size || (group.digits >= 3 && size >= 3);
  }
  return found;
}

/** First six digits from, to, and the lengths that are issued. */
const ISSUERS: [from: number, to: number, shortest: number, longest: number][] = [
  [400000, 499999, 13, 13], // Visa
  [400000, 499999, 16, 16],
  [400000, 499999, 19, 19],
  [510000, 559999, 16, 16], // Mastercard
  [222100, 272099, 16, 16],
  [340000, 349999, 15, 15], // American Express
  [370000, 379999, 15, 15],
  [601100, 601199, 16, 19], // Discover
  [644000, 659999, 16, 19],
  [300000, 305999, 14, 14], // Diners Club
  [309500, 309599, 14, 14],
  [360000, 369999, 14, 14],
  [380000, 399999, 14, 14],
  [352800, 358999, 16, 19], // JCB
  [620000, 629999, 16, 19], // UnionPay
  [810000, 817199, 16, 19],
  [220000, 220499, 16, 19], // Mir
  [508500, 508999, 16, 16], // RuPay
  [606985, 608984, 16, 16],
  ...[5018, 5019, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].map((prefix): [number, number, number, number] => [
    prefix * 100, // Maestro
    prefix * 100 + 99,
    13,
    19,
  ]),
];

function lengthsIssued(digits: number[], from: number): [shortest: number, longest: number][] {
  if (digits.length - from < MIN_DIGITS) return [];
  let prefix = 0;
  for (let at = from; at < from + 6; at += 1) prefix = prefix * 10 + (digits[at] as number);
  const issuers = ISSUERS.filter(([low, high]) => prefix >= low && prefix <= high);
  return issuers.map(([, , shortest, longest]) => [shortest, longest]);
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: number[], from: number, length: number): boolean {
  let sum = 0;
  for (let place = 0; place < length; place += 1) {
    const digit = digits[from + length - 1 - place] as number;
    const doubled = digit * 2;
    if (place % 2 === 0) sum += digit;
    else sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const UUID_CHARACTERS = 36;
/** No id that we know has more characters in one word. */
const MAX_WORD_CHARACTERS = 64;

/** Ids in hexadecimal or base 32 have long runs of digits by chance, one in ten with a right check digit. */
function isPartOfId(text: string, { start, end }: Range): boolean {
  const offset = Math.max(0, start - UUID_CHARACTERS);
  const around = text.slice(offset, end + UUID_CHARACTERS);
  for (const match of around.includes('-') ? around.matchAll(UUID) : []) {
    const from = offset + match.index;
    if (from < end && from + UUID_CHARACTERS > start) return true;
  }
  const rest = wordBefore(text, start) + wordAfter(text, end);
  return /\p{L}/u.test(rest) && /\d/.test(rest);
}

function wordBefore(text: string, end: number): string {
  let start = end;
  while (start > 0 && end - start < MAX_WORD_CHARACTERS && isWordCharacter(text.charCodeAt(start - 1))) start -= 1;
  return text.slice(start, end);
}

function wordAfter(text: string, start: number): string {
  let end = start;
  while (end < text.length && end - start < MAX_WORD_CHARACTERS && isWordCharacter(text.charCodeAt(end))) end += 1;
  return text.slice(start, end);
}
