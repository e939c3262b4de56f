import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. A gateway call takes 0.2 to 2 s and has a deadline of 20. */
const CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30];
/** Seconds. A request may wait 30 s for its outcome. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const DRIFT_LOOK_MS = 60_000;

/** What is counted, for Prometheus. Every instance has a registry of its own, so that two applications may live in one process. */
export class Metrics {
  readonly registry = new Registry();

  /** Operations that came to an outcome. */
  readonly operations = this.#counter('operations_total', 'Operations settled, by kind and status', ['kind', 'status']);
  /** Calls of the gateway: `charge`, `find`, `cancel`. Seconds. */
  readonly gatewayCalls = this.#histogram('gateway_call_seconds', 'Gateway calls by outcome', ['gateway', 'call', 'outcome'], CALL_BUCKETS);
  /** Requests that charged nothing because an operation was there already: `joined` or `replayed`. */
  readonly duplicates = this.#counter('duplicates_absorbed_total', 'Requests that shared an operation instead of making one', ['how']);
  readonly leases = this.#counter('lease_acquisitions_total', 'Attempts to take a lease: acquired, taken, unavailable', ['outcome']);
  readonly leasesDegraded = this.#gauge('leases_degraded', '1 while leases cannot be had and the database alone keeps order');
  /** Looks at an open operation: by the sweep, a request, an event or a person. */
  readonly recoveryChecks = this.#counter('recovery_checks_total', 'Checks of open operations, by who asked', ['by']);
  readonly eventStreams = this.#gauge('event_streams', 'Streams of events that are open at this process');
  readonly bellSilent = this.#gauge('bell_silent', '1 while other processes are not heard (LISTEN), and events are looked for instead');
  /** A person should look. */
  readonly alarms = this.#counter('alarms_total', 'What a person should look at: gateway_credentials, late_money, …', ['alarm']);
  readonly httpRequests = this.#histogram('http_request_seconds', 'HTTP requests', ['method', 'route', 'status'], REQUEST_BUCKETS);

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: PREFIX });
  }

  /** Asked at every scrape. A scrape for which it cannot be known lacks the metric instead of lying. */
  openOperations(count: () => Promise<Record<string, number>>): void {
    new Gauge({
      name: `${PREFIX}open_operations`,
      help: 'Operations that are not over, by status',
      labelNames: ['status'],
      registers: [this.registry],
      async collect() {
        this.reset();
        const byStatus = await count().catch(() => ({}));
        for (const [status, open] of Object.entries(byStatus)) this.set({ status }, open);
      },
    });
  }

  /** Looked at by scrapes, at most once a minute: counting is cheap and not free. Lacks a value where it cannot be known. */
  seatDrift(count: () => Promise<number>): void {
    let nextLookAt = 0;
    new Gauge({
      name: `${PREFIX}seat_drift`,
      help: 'Seats by which the counters of plans differ from operations and subscriptions; must be 0',
      registers: [this.registry],
      async collect() {
        if (performance.now() < nextLookAt) return;
        nextLookAt = performance.now() + DRIFT_LOOK_MS;
        this.set(await count().catch(() => Number.NaN));
      },
    });
  }

  #counter<const Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
  }

  #histogram<const Label extends string>(name: string, help: string, labelNames: Label[], buckets: number[]): Histogram<Label> {
    return new Histogram({ name: PREFIX + name, help, labelNames, buckets, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: PREFIX + name, help, registers: [this.registry] });
  }
}

const PREFIX = 'counterfoil_';
