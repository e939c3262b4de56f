import { randomInt } from 'node:crypto';
import { fromString, fromUUID, toUUID } from 'typeid-js';
import { V7Generator } from 'uuidv7';

/** What an id names: operation, subscription, audit entry, request, event, quote, movement of credit, invoice. */
export type IdPrefix = 'op' | 'sub' | 'aud' | 'req' | 'evt' | 'qt' | 'led' | 'inv';

/** A UUIDv7 as text, as it is stored. Later ids sort after earlier ones, also within one millisecond of this process. */
export function newId(): string {
  return ids.generate().toString();
}

/** When an id was made, by the clock of the process that made it; null where the text is no UUIDv7. */
export function madeAtMs(uuid: string): number | null {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7/i.exec(uuid) ?? [];
  return high === undefined ? null : Number.parseInt(`${high}${low}`, 16);
}

/** What every id that is made at this moment or later is not below. Milliseconds since 1970, as `madeAtMs` gives them. */
export function idBoundAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** The id as callers see it, a TypeID: `op_01k…`. */
export function toPublicId(prefix: IdPrefix, uuid: string): string {
  return fromUUID(uuid, prefix);
}

/** The stored id behind a public one, or null when the text is not an id with this prefix. Never throws. */
export function fromPublicId(prefix: IdPrefix, text: string): string | null {
  try {
    return toUUID(fromString(text, prefix));
  } catch {
    return null;
  }
}

/** Node keeps a store of random bytes for this; the library would ask for 32 at a time, two or three ids long. */
const ids = new V7Generator({ nextUint32: () => randomInt(2 ** 32) });
