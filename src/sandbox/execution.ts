import { setTimeout as sleep } from 'node:timers/promises';
import type { Barriers } from './barrier.js';
import { testMethodNamed } from './cards.js';
import type { Epoch } from './epoch.js';
import type { Fault, Faults, Movement } from './faults.js';
import { FAULTS } from './faults.js';
import { type IdempotencyKeys, type KeyedRequest, keyedRequest } from './idempotency.js';
import type { Outcome } from './outcome.js';
import type { Change, KeyRecord } from './records.js';
import { rateLimited, serverErrorBody, StripeError, unauthenticated } from './stripe-error.js';
import { faultOfMethod } from './test-methods.js';
import type { Asked, Room, Verb } from './verbs.js';
import type { Webhooks } from './webhooks.js';

const RETRY_AFTER_SECONDS = 2;

export interface PostRequest extends Asked {
  apiKey: string;
  path: string;
  requestId: string;
  /** The money that it asks to be moved, or null: then it has no faults and cannot be held. */
  moves: Movement | null;
}

/** The answer, and how it comes through. `isLost`: there never was one. */
export type Delivery = { isLost: true } | { isLost: false; record: KeyRecord; replayed: boolean; how: 'send' | 'never' | 'reset' | 'cut' };

/** The one way in which anything is changed over the API: faults, key, preparation, execution, one line of the journal, events. */
export class Execution {
  constructor(
    private readonly room: Room,
    private readonly keys: IdempotencyKeys,
    private readonly faults: Faults,
    private readonly barriers: Barriers,
    private readonly epoch: Epoch,
    private readonly webhooks: Webhooks,
  ) {}

  /** Throws StripeError for what was refused before execution and `Dropped` when the sandbox was emptied meanwhile. */
  async run(verb: Verb, request: PostRequest): Promise<Delivery> {
    const { signal } = this.epoch;
    const keyed =
      request.idempotencyKey === null ? null : keyedRequest(request.apiKey, request.idempotencyKey, request.path, request.form.canonical());
    const { moves } = request;
    const fault: Fault = moves === null ? FAULTS.none : (this.faults.takeNext(moves) ?? this.#faultOfMethod(request, keyed));
    if (moves !== null) await this.barriers[moves].pass('arrival', signal);
    refuse(fault);
    if (fault.isLost) return { isLost: true };
    const how = fault.delivery ?? 'send';
    const finished = keyed === null ? null : this.keys.enter(keyed);
    if (finished !== null)
      return { isLost: false, record: moves === 'charge' ? this.#countReplay(finished) : finished, replayed: true, how };
    try {
      const record = await this.#execute(verb, request, keyed, fault, signal);
      return { isLost: false, record, replayed: false, how };
    } finally {
      if (keyed !== null && !signal.aborted) this.keys.leave(keyed);
    }
  }

  /** The fault of the payment method that is to be charged, once per key. What was queued comes before it; a refund names no method. */
  #faultOfMethod(request: PostRequest, keyed: KeyedRequest | null): Fault {
    const { state, now } = this.room;
    const charged = request.form.text('payment_method') ?? state.intents.get(request.id)?.paymentMethod ?? null;
    const name = charged === null ? null : faultOfMethod(testMethodNamed(charged, state));
    if (name === null || (keyed !== null && state.hasFired(keyed.id))) return FAULTS.none;
    if (keyed !== null) state.commit([{ fired: { id: keyed.id, createdAt: now() } }]);
    return FAULTS[name];
  }

  async #execute(verb: Verb, request: PostRequest, keyed: KeyedRequest | null, fault: Fault, signal: AbortSignal): Promise<KeyRecord> {
    if (this.room.state.full)
      throw new StripeError(503, { type: 'api_error', message: 'The sandbox is full: DELETE /sandbox empties it.' });
    request.form.allowOnly(verb.parameters);
    const execute = verb.prepare(request, this.room);
    if (fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    if (request.moves !== null) await this.barriers[request.moves].pass('before', signal);
    const outcome = crashed(execute, fault);
    const record = recordOf(outcome, request, keyed, this.room.now());
    this.room.state.commit(keyed === null ? outcome.changes : [...outcome.changes, { key: record }]);
    for (const event of outcome.events) this.webhooks.send(event, request.requestId, request.idempotencyKey);
    if (request.moves !== null) {
      // The answer is stored: from here on a repeat of the request is a replay, however long this one is parked.
      if (keyed !== null) this.keys.leave(keyed);
      await this.barriers[request.moves].pass('after', signal);
    }
    return record;
  }

  #countReplay(record: KeyRecord): KeyRecord {
    const { state } = this.room;
    const intent = record.intentId === null ? undefined : state.intents.get(record.intentId);
    const changes: Change[] = intent === undefined ? [] : [{ intent: { ...intent, attempts: intent.attempts + 1 } }];
    state.commit(changes);
    return record;
  }
}

/** Neither is stored under the key: Stripe gave up before it looked at the request. */
function refuse(fault: Fault): void {
  if (fault.refusal === 401) throw unauthenticated('Invalid API Key provided.');
  if (fault.refusal === 429) throw rateLimited(RETRY_AFTER_SECONDS);
}

function crashed(execute: () => Outcome, fault: Fault): Outcome {
  const crash = { status: 500, body: serverErrorBody() };
  if (fault.crash === 'instead') return { ...crash, changes: [], events: [], intentId: null };
  const outcome = execute();
  return fault.crash === 'after' ? { ...outcome, ...crash } : outcome;
}

function recordOf(outcome: Outcome, request: PostRequest, keyed: KeyedRequest | null, createdAt: number): KeyRecord {
  return {
    id: keyed?.id ?? '',
    fingerprint: keyed?.fingerprint ?? '',
    requestId: request.requestId,
    status: outcome.status,
    body: JSON.stringify(outcome.body),
    intentId: outcome.intentId,
    createdAt,
  };
}
