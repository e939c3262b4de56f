/** What a character can be within a card number that somebody wrote or pasted. All take code points. */

/** 0 to 9 for a digit of any script, -1 for everything else. */
export function digitOf(character: number): number {
  if (character < ASCII_END) return character >= ZERO && character <= NINE ? character - ZERO : -1;
  let digit = known.get(character);
  if (digit === undefined) {
    digit = foreignDigit(character);
    if (known.size < MAX_KNOWN) known.set(character, digit);
  }
  return digit;
}

/** Space, dash or dot, also such that cannot be seen. */
export function isSeparator(character: number): boolean {
  return character < ASCII_END ? ASCII_SEPARATORS.has(character) : FOREIGN_SEPARATOR.test(String.fromCodePoint(character));
}

/** A letter or digit: part of a word such as an id. */
export function isWordCharacter(character: number): boolean {
  if (character >= ASCII_END) return FOREIGN_WORD.test(String.fromCharCode(character));
  const lower = character | LOWER_CASE;
  return (character >= ZERO && character <= NINE) || (lower >= LETTER_A && lower <= LETTER_Z);
}

const ASCII_END = 0x80;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_A = 0x61;
const LETTER_Z = 0x7a;
/** The bit that tells a from A. */
const LOWER_CASE = 0x20;
const ASCII_SEPARATORS = new Set([...' \t\r\n\v\f-.'].map((character) => character.charCodeAt(0)));
const FOREIGN_SEPARATOR = /[\p{Z}\p{Pd}\p{Cf}\u2212\u00b7\uff0e]/u;

const FOREIGN_WORD = /[\p{L}\p{N}]/u;

const known = new Map<number, number>();
/** All digits of Unicode are fewer; a hostile text may have every other character once. */
const MAX_KNOWN = 4_096;

/** Every script's digits lie together, ten by ten from zero on, so the distance to the first tells the value. */
function foreignDigit(character: number): number {
  if (!isDigit(character)) return -1;
  let first = character;
  while (isDigit(first - 1)) first -= 1;
  return (character - first) % 10;
}

function isDigit(character: number): boolean {
  return /\p{Nd}/u.test(String.fromCodePoint(character));
}
