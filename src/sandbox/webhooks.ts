import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Epoch } from './epoch.js';
import type { Faults } from './faults.js';
import { newId } from './ids.js';
import type { SandboxEvent } from './outcome.js';
import { seconds, type Views } from './views.js';

/** Stripe retries for three days; a sandbox's receiver is either there within seconds or not at all. */
const DEFAULT_BACKOFF_MS: readonly number[] = [250, 1_000, 4_000, 15_000];
const RECEIVER_TIMEOUT_MS = 10_000;
/** Deliveries at once. */
const MAX_DELIVERING = 16;
/** Events that wait, each with its body in memory; later ones are dropped, which webhooks may be at any time. */
const MAX_PENDING = 10_000;
export const STRIPE_API_VERSION = '2026-10-28.endive';

export interface WebhookTarget {
  url: string;
  secret: string;
}

/** Signed events, told after the fact: nothing waits for them, and what is undelivered when the process ends is lost. */
export class Webhooks {
  target: WebhookTarget | null = null;
  /** Milliseconds before each retry of a delivery that was not answered with 2xx. */
  backoffMs: readonly number[] = DEFAULT_BACKOFF_MS;
  readonly #limit = pLimit(MAX_DELIVERING);
  #pending = 0;

  constructor(
    private readonly faults: Faults,
    private readonly views: Views,
    private readonly epoch: Epoch,
    private readonly now: () => number,
  ) {}

  /** Returns at once. */
  send(event: SandboxEvent, requestId: string | null, idempotencyKey: string | null): void {
    if (this.target === null || this.faults.webhooks === 'off') return;
    const body = JSON.stringify(this.#eventOf(event, requestId, idempotencyKey));
    const copies = this.faults.webhooks === 'twice' ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) void this.#deliver(body, this.target, this.epoch.signal);
  }

  async #deliver(body: string, target: WebhookTarget, signal: AbortSignal): Promise<void> {
    if (this.#pending >= MAX_PENDING) return;
    this.#pending += 1;
    try {
      for (const pauseMs of [0, ...this.backoffMs]) {
        await sleep(pauseMs, undefined, { signal });
        if (await this.#limit(() => this.#attempt(body, target, signal))) return;
      }
    } catch {
      // The sandbox was emptied or is stopping: its events have nothing to tell any more.
    } finally {
      this.#pending -= 1;
    }
  }

  /** Signed anew each time, as Stripe does, so that a late retry is not refused for its age. */
  async #attempt(body: string, { url, secret }: WebhookTarget, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Stripe-Signature': signatureOf(body, secret, seconds(this.now())),
      'User-Agent': 'Stripe/1.0 (sandbox)',
    };
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, RECEIVER_TIMEOUT_MS);
    // Not `AbortSignal.any`: of that, the signal of the whole sandbox would keep every delivery that was ever made (nodejs/node#54614).
    signal.addEventListener('abort', end);
    try {
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: over.signal });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  #eventOf(event: SandboxEvent, requestId: string | null, idempotencyKey: string | null): Record<string, unknown> {
    return {
      id: newId('evt'),
      object: 'event',
      api_version: STRIPE_API_VERSION,
      created: seconds(this.now()),
      data: { object: this.#objectOf(event) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: requestId, idempotency_key: idempotencyKey },
      type: event.type,
    };
  }

  #objectOf(event: SandboxEvent): Record<string, unknown> {
    if (event.type === 'refund.created') return this.views.refund(event.refund);
    return event.type === 'charge.refunded' ? this.views.charge(event.intent) : this.views.intent(event.intent);
  }
}

/** The scheme `v1` of https://docs.stripe.com/webhooks#verify-manually. */
function signatureOf(body: string, secret: string, timestamp: number): string {
  const mac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${mac}`;
}
