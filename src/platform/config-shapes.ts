import { z } from 'zod';

/** The shapes that a variable's text may have. Messages follow the variable's name: "PORT must be …". */

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Each entry is one more look at the gateway for every operation in doubt; more than this is a typo. */
const MAX_CHECKS = 20;
/** HMAC-SHA256 needs a key as long as its output (RFC 7518, section 3.2). */
const MIN_SECRET_BYTES = 32;

export function integer(min: number, max: number) {
  const wrong = `must be a whole number from ${min} to ${max}`;
  return matching(/^\d{1,9}$/, wrong)
    .transform(Number)
    .pipe(z.number().min(min, wrong).max(max, wrong));
}

export function matching(pattern: RegExp, wrong: string) {
  return z.string().regex(pattern, wrong);
}

export function oneOf<const T extends string>(choices: readonly T[]) {
  return z.enum(choices, { error: `must be one of ${choices.join(', ')}` });
}

export function severalOf<const T extends string>(choices: readonly T[]) {
  return list(oneOf(choices)).transform((chosen) => new Set(chosen));
}

/** The value without a trailing slash. */
export function httpUrl() {
  return url(['http:', 'https:'])
    .refine((text) => !/[?#]/.test(text), 'must be a URL without query and fragment')
    .transform((text) => text.replace(/\/$/, ''));
}

export function url(schemes: string[]) {
  const wrong = `must be a URL that starts with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`;
  return z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), wrong);
}

/** Keys that arrive in clear could be swapped on the way, and with them every caller's identity. */
export function jwksUrl() {
  return url(['https:', 'http:']).refine((text) => !URL.canParse(text) || isSecure(text), 'must be https unless it is on this machine');
}

/** Whether nobody on the way can change what is said there: https, or on this machine. */
export function isSecure(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** RFC 6749, section 3.3; without `openid` an issuer does not say who signed in. */
export function scopes() {
  return matching(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must be names with a space between').refine(
    (text) => text.split(' ').includes('openid'),
    'must contain openid',
  );
}

export function redisUrls() {
  return list(url(['redis:', 'rediss:']))
    .refine((urls) => [1, 3, 5].includes(urls.length), 'must name 1, 3 or 5 nodes: only an odd number has a majority')
    .refine((urls) => new Set(urls).size === urls.length, 'must name different nodes: one that is asked twice is no quorum');
}

export function webhookSecrets() {
  return list(matching(/^whsec_\S+$/, 'must be a comma list of secrets that start with whsec_'));
}

export function jwtSecret() {
  return z.string().refine((text) => Buffer.byteLength(text) >= MIN_SECRET_BYTES, `must have at least ${MIN_SECRET_BYTES} bytes`);
}

/** Durations such as 500ms, 10s, 2m, 1h, 1d; milliseconds in the end. */
export function schedule() {
  return list(matching(/^\d{1,9}(ms|s|m|h|d)$/, 'must be a comma list of durations such as 500ms, 10s, 2m, 1h, 1d').transform(durationMs))
    .refine((ms) => ms.every((at, index) => index === 0 || at > (ms[index - 1] ?? 0)), 'must be strictly ascending')
    .refine((ms) => ms.length <= MAX_CHECKS, `must have at most ${MAX_CHECKS} entries`);
}

function list<T>(entry: z.ZodType<T, string>) {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(entry));
}

function durationMs(text: string): number {
  const unit = text.replace(/^\d+/, '') as keyof typeof UNIT_MS;
  return Number.parseInt(text, 10) * UNIT_MS[unit];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
