import { TypeID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';

/** What an id names: operation, subscription, audit entry, request, event, quote, movement of credit. */
export type IdPrefix = 'op' | 'sub' | 'aud' | 'req' | 'evt' | 'qt' | 'led';

/** A UUIDv7 as text, as it is stored. Later ids sort after earlier ones, also within one millisecond of this process. */
export function newId(): string {
  return uuidv7();
}

/** The id as callers see it, a TypeID: `op_01k…`. */
export function toPublicId(prefix: IdPrefix, uuid: string): string {
  return TypeID.fromUUID(prefix, uuid).toString();
}

/** The stored id behind a public one, or null when the text is not an id with this prefix. Never throws. */
export function fromPublicId(prefix: IdPrefix, text: string): string | null {
  try {
    return TypeID.fromString(text, prefix).toUUID();
  } catch {
    return null;
  }
}
