/** The requests that move money; only they have faults and can be held. Of a charge, those that confirm one. */
export const MOVEMENTS = ['charge', 'refund'] as const;
export type Movement = (typeof MOVEMENTS)[number];

/**
 * What goes wrong with one request that moves money, and where:
 * `refusal` and `isLost` on its way in, before any key is looked at; `delayMs` and `crash` while it is executed; `delivery` on the answer's way out.
 */
export interface Fault {
  refusal?: 401 | 429;
  /** Never arrives: nothing is executed or remembered, and the caller hears nothing. */
  isLost?: true;
  /** Milliseconds before execution. The charge or refund does not exist until they are over; meanwhile its key is in use. */
  delayMs?: number;
  /** A 500, which Stripe stores and replays like any other answer: `after` the money has moved or `instead` of moving it. */
  crash?: 'after' | 'instead';
  /** How a finished answer fails to come through. It is stored all the same. */
  delivery?: 'never' | 'reset' | 'cut';
}

/**
 * Each but the first and last is also a payment method, with `pm_sandbox_` before its name. Of a refund, read "refunded" for "charged".
 */
export const FAULTS = {
  none: {},
  slow_3s: { delayMs: 3_000 },
  timeout_charged: { delivery: 'never' },
  timeout_uncharged: { isLost: true },
  '500_charged': { crash: 'after' },
  '500_uncharged': { crash: 'instead' },
  reset_charged: { delivery: 'reset' },
  rate_limited: { refusal: 429 },
  malformed: { delivery: 'cut' },
  refused_credentials: { refusal: 401 },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

export interface FaultSettings {
  /** Milliseconds before each request of the API is looked at. */
  latencyMs?: number | undefined;
  /** Milliseconds until an intent is found by search. Stripe's own search lags by up to a minute. */
  searchLagMs?: number | undefined;
  /** Replaces what was still queued; one is taken by each such request, replays included. */
  next?: FaultName[] | undefined;
  /** Whose `next` it is; `charge` where it is left out. */
  of?: Movement | undefined;
  webhooks?: WebhookMode | undefined;
}

export type WebhookMode = 'on' | 'off' | 'twice';

/** What was asked to go wrong. Not kept over a restart. */
export class Faults {
  latencyMs: number;
  searchLagMs = 0;
  webhooks: WebhookMode = 'on';
  readonly #next: Record<Movement, FaultName[]> = { charge: [], refund: [] };

  constructor(private readonly usualLatencyMs: number) {
    this.latencyMs = usualLatencyMs;
  }

  /** Leaves alone what is not named. */
  set(settings: FaultSettings): void {
    this.latencyMs = settings.latencyMs ?? this.latencyMs;
    this.searchLagMs = settings.searchLagMs ?? this.searchLagMs;
    this.webhooks = settings.webhooks ?? this.webhooks;
    if (settings.next !== undefined) this.#next[settings.of ?? 'charge'] = [...settings.next];
  }

  nextOf(movement: Movement): readonly FaultName[] {
    return this.#next[movement];
  }

  takeNext(movement: Movement): Fault | null {
    const name = this.#next[movement].shift();
    return name === undefined ? null : FAULTS[name];
  }

  clear(): void {
    this.set({ latencyMs: this.usualLatencyMs, searchLagMs: 0, webhooks: 'on' });
    for (const movement of MOVEMENTS) this.#next[movement] = [];
  }
}
