import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../platform/problems/problem.js';

/**
 * The request's idempotency key. Bare or as a quoted string (RFC 8941, section 3.3.3), it is one key.
 * Throws Problem `idempotency-key-missing` or `idempotency-key-invalid`.
 */
export function readIdempotencyKey(headers: IncomingHttpHeaders): string {
  const header = headers['idempotency-key'];
  if (header === undefined) throw new Problem('idempotency-key-missing');
  // Node joins a header that was sent twice with a comma and a space, and a space is not visible.
  const value = [header].flat().join(', ').trim();
  const key = value.startsWith('"') ? unquoted(value) : value;
  if (key === null || !KEY.test(key)) throw new Problem('idempotency-key-invalid');
  return key;
}

/** 8 to 255 visible ASCII characters: long enough not to be met by chance, short enough for an index. */
const KEY = /^[\x21-\x7e]{8,255}$/;

/** Only the quote and the backslash may be escaped. */
const STRUCTURED_STRING = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"$/;

function unquoted(value: string): string | null {
  return STRUCTURED_STRING.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : null;
}
