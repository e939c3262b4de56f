import { createHash } from 'node:crypto';
import type { KeyRecord } from './records.js';
import type { State } from './state.js';
import { invalidRequest, StripeError } from './stripe-error.js';

const MAX_KEY_CHARACTERS = 255;

/** The name under which a request is remembered, and what makes another request the same. */
export interface KeyedRequest {
  id: string;
  fingerprint: string;
  key: string;
}

/** Throws 400 for a key that Stripe would refuse as such. */
export function keyedRequest(apiKey: string, key: string, path: string, canonicalForm: string): KeyedRequest {
  if (key.length > MAX_KEY_CHARACTERS) {
    throw invalidRequest(`The idempotency key is longer than ${MAX_KEY_CHARACTERS} characters.`, { type: 'idempotency_error' });
  }
  return { id: hash(apiKey, key), fingerprint: hash(path, canonicalForm), key };
}

/** Stripe's v1 behaviour, https://docs.stripe.com/api/idempotent_requests, and its error codes. */
export class IdempotencyKeys {
  readonly #inUse = new Set<string>();
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /**
   * The finished request to be answered again, or null: then the key is in use until `leave`.
   * Throws 400 when the key belongs to another request, 409 while the first one is in progress.
   */
  enter(request: KeyedRequest): KeyRecord | null {
    if (this.#inUse.has(request.id)) throw inUse(request.key);
    const finished = this.#state.key(request.id);
    if (finished === undefined) {
      this.#inUse.add(request.id);
      return null;
    }
    if (finished.fingerprint !== request.fingerprint) throw otherRequest(request.key);
    return finished;
  }

  leave(request: KeyedRequest): void {
    this.#inUse.delete(request.id);
  }

  clear(): void {
    this.#inUse.clear();
  }
}

function inUse(key: string): StripeError {
  return new StripeError(409, {
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotency Key (that probably means you submitted twice, and the other request is still going through): ${key}.`,
  });
}

function otherRequest(key: string): StripeError {
  return new StripeError(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used with the same parameters and endpoint they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

function hash(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
