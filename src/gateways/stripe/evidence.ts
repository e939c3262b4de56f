import type { Evidence } from '../payment-gateway.js';
import type { Exchange } from './transport.js';

/** Long enough for a sentence of Stripe's, short enough for a row of the timeline. */
const MAX_TEXT_CHARACTERS = 200;

/** What may be kept of an exchange: two identifiers and a status, each only in the form that identifiers have. */
export function evidenceOf(exchange: Exchange, errorCode?: string): Evidence {
  return {
    ...(exchange.httpStatus !== undefined && { httpStatus: exchange.httpStatus }),
    ...(isIdentifier(exchange.requestId) && { requestId: exchange.requestId }),
    ...(isIdentifier(errorCode) && { errorCode }),
  };
}

/** A code of the gateway's if it looks like one, and `fallback` otherwise: codes end up in answers and logs. */
export function codeOr(fallback: string, ...candidates: (string | null | undefined)[]): string {
  return candidates.find((candidate) => isIdentifier(candidate)) ?? fallback;
}

/** A sentence of the gateway's or of an error, without keys, secrets and anything that could be a card number, on one line. */
export function harmless(text: string): string {
  return text
    .slice(0, MAX_TEXT_CHARACTERS * 4)
    .replace(/\b(?:sk|rk|pk|whsec)_[\w*]+|\bpi_\w+_secret_\w+/g, '[secret]')
    .replace(/\d(?:[ -]?\d){11,}/g, '[digits]')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .slice(0, MAX_TEXT_CHARACTERS);
}

function isIdentifier(text: string | null | undefined): text is string {
  return typeof text === 'string' && /^[\w.-]{1,64}$/.test(text);
}
