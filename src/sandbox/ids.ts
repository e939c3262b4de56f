import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** As long as Stripe's. */
const ID_CHARACTERS = 24;

/** `pi_3MtwBwLkdIwHu7ix28a3tqPa` and the like. */
export function newId(prefix: 'pi' | 'pm' | 'ch' | 're' | 'cus' | 'req' | 'evt' | 'secret'): string {
  let id = `${prefix}_`;
  for (let n = 0; n < ID_CHARACTERS; n += 1) id += ALPHABET[randomInt(ALPHABET.length)];
  return id;
}
