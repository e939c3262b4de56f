import { createHash } from 'node:crypto';
import { isNativeError } from 'node:util/types';
import { isCardField } from '../card-fields.js';
import { maskCardNumbers } from '../card-numbers.js';

/** A copy of `value` that may be written into a log: no secret, no card number, bounded in depth and size. Never throws. */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'number') return value >= SMALLEST_CARD_NUMBER ? scrubNumber(value) : value;
  if (typeof value === 'bigint') return scrubText(String(value));
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (isNativeError(value)) return scrubError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((entry) => scrub(entry, depth + 1));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return scrubMembers(value, depth);
}

/** Secrets are known by their form, card numbers by their digits. */
export function scrubText(text: string): string {
  const short = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  return maskCardNumbers(MAYBE_SECRET.test(short) ? withoutSecrets(short) : short);
}

/** Beyond these, a log line is not read by anybody. */
const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;
const MAX_CHARACTERS = 8_192;
const MAX_CAUSES = 3;
const SMALLEST_CARD_NUMBER = 1e12;

/** Names without case and punctuation. */
const REMOVED = new Set(
  (
    'authorization proxyauthorization cookie setcookie signature stripesignature password passwd secret clientsecret apikey token accesstoken ' +
    'refreshtoken idtoken jwt privatekey webhooksecret webhooksecrets databaseurl redisurl redisurls connectionstring'
  ).split(' '),
);
/** Can be recognised when one is looked for, but not read back. */
const HASHED = new Set(['idempotencykey', 'email']);

function scrubMembers(value: object, depth: number): Record<string, unknown> {
  const scrubbed: Record<string, unknown> = {};
  for (const [name, inner] of entriesOf(value)) {
    const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
    if (REMOVED.has(plain) || isCardField(name)) scrubbed[maskCardNumbers(name)] = '[removed]';
    else if (HASHED.has(plain) && typeof inner === 'string') scrubbed[name] = fingerprint(inner);
    else scrubbed[maskCardNumbers(name)] = scrub(inner, depth + 1);
  }
  return scrubbed;
}

/** A getter may throw, and a log line must not. */
function entriesOf(value: object): [string, unknown][] {
  try {
    return Object.entries(value).slice(0, MAX_ENTRIES);
  } catch {
    return [];
  }
}

/**
 * Only what is named here: libraries hang requests, parameters and headers onto their errors. Of the stack, the frames;
 * its first lines repeat the message.
 */
function scrubError(
  error: Error & { code?: unknown; driverError?: { code?: unknown; constraint?: unknown } },
  depth: number,
): Record<string, unknown> {
  const code = error.driverError?.code ?? error.code;
  const frames = String(error.stack ?? '').indexOf('\n    at ');
  return {
    name: scrubText(String(error.name)),
    message: scrubMessage(String(error.message), code),
    ...(typeof code === 'string' ? { code: scrubText(code) } : {}),
    ...(typeof error.driverError?.constraint === 'string' ? { constraint: scrubText(error.driverError.constraint) } : {}),
    ...(frames < 0 ? {} : { stack: scrubText(String(error.stack).slice(frames + 1)) }),
    ...(isNativeError(error.cause) && depth < MAX_CAUSES ? { cause: scrubError(error.cause, depth + 1) } : {}),
  };
}

/** Postgres quotes the value that it could not read (SQLSTATE class 22). */
function scrubMessage(message: string, code: unknown): string {
  const quotesInput = typeof code === 'string' && /^22...$/.test(code);
  return scrubText(quotesInput ? message.replace(/".*"/s, '"…"') : message);
}

const MAYBE_SECRET = /eyJ|[sr]k_(?:test|live)_|whsec_|:\/\/|bearer |basic /i;

function withoutSecrets(text: string): string {
  return text
    .replace(/\b(bearer|basic) +[^\s"',;]+/gi, '$1 [removed]')
    .replace(/[^\s"',;()<>]+/g, (word) => (isSecret(word) ? '[removed]' : word.replace(/:\/\/[^/@]*@/, '://[removed]@')));
}

function isSecret(word: string): boolean {
  return /[sr]k_(?:test|live)_|whsec_/.test(word) || (word.includes('eyJ') && word.split('.').length >= 3);
}

function scrubNumber(value: number): unknown {
  const text = String(value);
  return maskCardNumbers(text) === text ? value : '[card number]';
}

function fingerprint(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}
