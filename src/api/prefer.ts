import type { EtagCondition } from '../platform/etag.js';
import { splitUnquoted, unquote } from './header-fields.js';

/** How the caller would like to be answered (RFC 7240). */
export interface Preference {
  /** Milliseconds to wait for the outcome. */
  waitMs: number;
  /** Whether the caller named a wait. */
  asked: boolean;
  /** `respond-async`: answer at once. */
  respondAsync: boolean;
  /** `handling=strict`: refuse instead of joining. */
  strict: boolean;
}

/** Preferences that are unknown or malformed are ignored, and of one that is repeated the first counts (RFC 7240, section 2). */
export function readPrefer(header: string | string[] | undefined): Preference {
  const preferences = preferencesIn([header ?? []].flat().join(','));
  const wait = preferences.get('wait') ?? '';
  const asked = /^\d{1,9}$/.test(wait);
  return {
    waitMs: asked ? Math.min(Number(wait) * 1_000, MAX_WAIT_MS) : DEFAULT_WAIT_MS,
    asked,
    respondAsync: preferences.get('respond-async') === '',
    strict: preferences.get('handling')?.toLowerCase() === 'strict',
  };
}

/**
 * The request's If-Match, or null without one. Weak tags are left out, because they never match (RFC 9110, section 13.1.1),
 * and so is what is malformed: such a condition holds for nothing.
 */
export function readIfMatch(header: string | string[] | undefined): EtagCondition | null {
  if (header === undefined) return null;
  const value = [header].flat().join(',').trim();
  if (value === '*') return { any: true };
  return { any: false, tags: splitUnquoted(value, ',').filter((tag) => STRONG_TAG.test(tag)) };
}

/** Most payments are over by then; browsers and proxies wait longer. */
const DEFAULT_WAIT_MS = 8_000;
/** Common proxies give up after 60 s; a request that waits holds a socket. */
const MAX_WAIT_MS = 30_000;
/** RFC 9110, section 8.8.3. */
const STRONG_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;

/** Names in lower case; a preference without a value has the empty one. Parameters after `;` are not ours. */
function preferencesIn(header: string): Map<string, string> {
  const preferences = new Map<string, string>();
  for (const preference of splitUnquoted(header, ',')) {
    const [first = ''] = splitUnquoted(preference, ';');
    const equals = first.indexOf('=');
    const name = (equals < 0 ? first : first.slice(0, equals)).trim().toLowerCase();
    const word = equals < 0 ? '' : first.slice(equals + 1).trim();
    if (!preferences.has(name)) preferences.set(name, unquote(word) ?? word);
  }
  return preferences;
}
