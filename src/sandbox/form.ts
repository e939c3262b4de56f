import { invalidRequest } from './stripe-error.js';

/** No request of the subset comes near; a longer one is a mistake or an attack. */
const MAX_PARAMETERS = 300;
/** Stripe's limits on metadata, https://docs.stripe.com/metadata#data. */
const MAX_METADATA_KEYS = 50;
const MAX_METADATA_KEY_CHARACTERS = 40;
const MAX_METADATA_VALUE_CHARACTERS = 500;
const MAX_TEXT_CHARACTERS = 2_000;

/**
 * A form-encoded body or query in Stripe's bracket notation, kept flat: `metadata[reference]` stays one name. A Map of flat
 * names needs no nesting limit and knows no `__proto__`. Its readers throw a 400 in Stripe's shape that names the parameter.
 */
export class Form {
  readonly #values = new Map<string, string>();

  constructor(encoded: string) {
    const counters = new Map<string, number>();
    for (const [rawName, value] of new URLSearchParams(encoded)) {
      const name = rawName.endsWith('[]') ? numbered(rawName, counters) : rawName;
      if (this.#values.has(name)) throw invalidRequest(`Received the parameter ${name} twice.`, { param: name });
      this.#values.set(name, value);
      if (this.#values.size > MAX_PARAMETERS) throw invalidRequest(`More than ${MAX_PARAMETERS} parameters.`);
    }
  }

  /** Equal for equal parameters in whatever order they were sent. */
  canonical(): string {
    return JSON.stringify([...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Stripe refuses what it does not know, which is how a misspelt parameter is noticed. */
  allowOnly(names: readonly string[]): void {
    for (const name of this.#values.keys()) {
      const top = name.split('[', 1)[0] ?? name;
      if (!names.includes(top)) throw invalidRequest(`Received unknown parameter: ${top}`, { code: 'parameter_unknown', param: top });
    }
  }

  /** null where it was left out or sent empty, which is how Stripe's clients unset a value. */
  text(name: string): string | null {
    const value = this.#values.get(name) ?? '';
    if (value.length > MAX_TEXT_CHARACTERS) {
      throw invalidRequest(`Invalid string: must be at most ${MAX_TEXT_CHARACTERS} characters`, { param: name });
    }
    return value === '' ? null : value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === null) throw invalidRequest(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name });
    return value;
  }

  /** Decimal digits only: neither `1e3` nor `0.1` nor `+5` is an integer to Stripe. */
  integer(name: string): number | null {
    const value = this.text(name);
    if (value === null) return null;
    const number = Number(value);
    if (!/^-?\d{1,16}$/.test(value) || !Number.isSafeInteger(number)) {
      throw invalidRequest(`Invalid integer: ${value.slice(0, 40)}`, { code: 'parameter_invalid_integer', param: name });
    }
    return number;
  }

  boolean(name: string): boolean {
    const value = this.text(name);
    if (value === null || value === 'false') return false;
    if (value === 'true') return true;
    throw invalidRequest(`Invalid boolean: ${value.slice(0, 40)}`, { param: name });
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const value = this.text(name);
    if (value === null) return null;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw invalidRequest(`Invalid ${name}: must be one of ${choices.join(', ')}`, { param: name });
    return choice;
  }

  /** `name[0]=a&name[1]=b` or `name[]=a&name[]=b`. */
  list(name: string): string[] {
    return [...this.#values].filter(([key]) => key.startsWith(`${name}[`)).map(([, value]) => value);
  }

  metadata(): Record<string, string> {
    const entries: [string, string][] = [];
    for (const [name, value] of this.#values) {
      if (!name.startsWith('metadata')) continue;
      const key = /^metadata\[([^[\]]+)\]$/.exec(name)?.[1];
      if (key === undefined) throw invalidRequest('Invalid metadata: a hash of strings is expected.', { param: 'metadata' });
      if (key.length > MAX_METADATA_KEY_CHARACTERS || value.length > MAX_METADATA_VALUE_CHARACTERS) {
        throw invalidRequest(
          `Metadata keys have up to ${MAX_METADATA_KEY_CHARACTERS} characters, values up to ${MAX_METADATA_VALUE_CHARACTERS}.`,
          { param: 'metadata' },
        );
      }
      if (value !== '') entries.push([key, value]);
    }
    if (entries.length > MAX_METADATA_KEYS) {
      throw invalidRequest(`Metadata can have up to ${MAX_METADATA_KEYS} keys.`, { param: 'metadata' });
    }
    return Object.fromEntries(entries);
  }
}

function numbered(name: string, counters: Map<string, number>): string {
  const base = name.slice(0, -2);
  const position = counters.get(base) ?? 0;
  counters.set(base, position + 1);
  return `${base}[${position}]`;
}
