import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isCardField } from '../platform/card-fields.js';
import { findCardNumber } from '../platform/card-numbers.js';
import { Problem } from '../platform/problems/problem.js';

export { findCardNumber };

/**
 * Refuses what looks like card data before anything else reads, stores or logs it: the URL and the headers as soon as they
 * are there, the body as soon as it is parsed. Answers Problem `card-number-refused` without repeating what was found.
 * Must be called before routes are registered.
 */
export function refuseCardData(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (urlCarriesCardData(request.url)) return done(refusal('URL'));
    const header = headerWithCardData(request.headers);
    done(header === null ? undefined : refusal(header));
  });
  fastify.addHook('preValidation', (request, _reply, done) => {
    try {
      // A gateway event comes from strangers until its signature is checked, which costs less than reading all of it: its route does both.
      if (!request.routeOptions.url?.startsWith(GATEWAY_EVENTS)) refuseCardDataIn(request.body);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Throws Problem `card-number-refused` where a body, parsed or as bytes, looks as if it carried card data. */
export function refuseCardDataIn(body: unknown): void {
  const pointer = carriesCardData(Buffer.isBuffer(body) ? body.toString('utf8') : body);
  if (pointer !== null) throw refusal(pointer);
}

/**
 * The JSON pointer of the first place that looks like card data, or null. A member named like a security code or a card
 * number counts whatever it holds. Throws Problem `validation-failed` for more nesting or members than any request of ours has.
 */
export function carriesCardData(value: unknown): string | null {
  const open: Place[] = [{ value, pointer: '', depth: 0 }];
  let seen = 0;
  for (let place = open.pop(); place; place = open.pop()) {
    seen += 1;
    if (seen > MAX_VALUES || place.depth > MAX_DEPTH)
      throw new Problem('validation-failed', { detail: 'The body has too many or too deeply nested members.' });
    if (typeof place.value === 'object' && place.value !== null) {
      const named = push(open, place, place.value);
      if (named !== null) return named;
    } else if (isCardNumber(place.value)) return place.pointer;
  }
  return null;
}

interface Place {
  value: unknown;
  pointer: string;
  depth: number;
}

/** The one route whose callers show no token. */
const GATEWAY_EVENTS = '/v1/webhooks/';
/** A webhook's body may have 256 kB; the largest events have a few thousand values. */
const MAX_VALUES = 50_000;
const MAX_DEPTH = 64;

/** Tokens are signed by somebody else and full of digits; trace ids are hexadecimal or decimal by chance. */
const HEADERS_NOT_READ =
  /^(authorization|.*signature|traceparent|tracestate|baggage|b3|x-b3-.*|x-datadog-.*|x-cloud-trace-context|x-amzn-trace-id|sentry-trace)$/;

/** Puts what is inside on the pile; answers the pointer of a member whose name alone says enough. */
function push(open: Place[], { pointer, depth }: Place, value: object): string | null {
  for (const [key, inner] of Object.entries<unknown>(value as Record<string, unknown>)) {
    const here = { value: inner, pointer: `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth: depth + 1 };
    if (Array.isArray(value)) open.push(here);
    else if (isCardField(key)) return here.pointer;
    // A name that is itself a card number is not repeated.
    else if (findCardNumber(key)) return pointer;
    else open.push(here);
  }
  return null;
}

function isCardNumber(value: unknown): boolean {
  if (typeof value === 'string') return findCardNumber(value);
  return typeof value === 'number' && Number.isSafeInteger(value) && findCardNumber(String(value));
}

function urlCarriesCardData(url: string): boolean {
  const [path, query] = splitOnce(url, '?');
  if (findCardNumber(decoded(path))) return true;
  if (query === '') return false;
  if (findCardNumber(decoded(query.replaceAll('+', ' ')))) return true;
  return [...new URLSearchParams(query).keys()].some(isCardField);
}

function headerWithCardData(headers: FastifyRequest['headers']): string | null {
  for (const [name, value] of Object.entries(headers)) {
    if (HEADERS_NOT_READ.test(name) || value === undefined) continue;
    if (typeof value === 'string' ? findCardNumber(value) : value.some(findCardNumber)) return name;
  }
  return null;
}

/** What cannot be decoded is looked at as it is; the router refuses it anyway. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function refusal(pointer: string): Problem {
  return new Problem('card-number-refused', { errors: [{ pointer, detail: 'looks like card data' }] });
}
