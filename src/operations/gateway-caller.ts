import type { Logger } from 'pino';
import type { CancelOutcome, ChargeOutcome, FindOutcome, GatewayAbilities, PaymentGateway } from '../gateways/payment-gateway.js';
import type { Clock } from '../platform/clock.js';
import { assertNoTransaction } from '../platform/database/transaction.js';
import { toPublicId } from '../platform/ids.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { childTraceparent } from '../platform/telemetry/trace.js';
import type { Operation } from './operation.entity.js';
import type { Happening } from './timeline.js';
import { answered, type Held, type Step } from './verdict.js';

export interface GatewayCallerParts {
  gateway: PaymentGateway;
  clock: Clock;
  metrics: Metrics;
  log: Logger;
  /** One gateway call, in milliseconds. */
  gatewayTimeoutMs: number;
  /** Where a customer's browser returns to after authenticating. */
  returnUrl: string;
}

export type Outcome = ChargeOutcome | FindOutcome | CancelOutcome;

/** Adapters end their calls themselves; this is for one that does not. */
const ADAPTER_GRACE_MS = 1_000;

/** Asks the gateway, never inside a transaction and never for longer than it may take. Whatever goes wrong in here is `unknown`. */
export class GatewayCaller {
  constructor(private readonly parts: GatewayCallerParts) {}

  get abilities(): GatewayAbilities {
    return this.parts.gateway.abilities;
  }

  /** One call to the gateway; a second look, by reference, where sending again gave no definite answer. */
  async ask(step: Exclude<Step, 'settle'>, held: Held): Promise<{ outcome: Outcome; happened: Omit<Happening, 'at'>[] }> {
    const outcome = await this.call(step, held.operation);
    const doubtful = outcome.outcome.kind === 'unknown' || outcome.outcome.kind === 'not_charged';
    if (step !== 'charge' || held.first || !doubtful) return { outcome: outcome.outcome, happened: [outcome.happened] };
    const found = await this.call('find', held.operation);
    return { outcome: found.outcome, happened: [outcome.happened, found.happened] };
  }

  /** One call, with what is to be told of it. */
  async call(step: Exclude<Step, 'settle'>, operation: Operation): Promise<{ outcome: Outcome; happened: Omit<Happening, 'at'> }> {
    assertNoTransaction('the gateway was called');
    const startedAt = this.parts.clock.monotonicMs();
    const outcome = await this.inTime(this.send(step, operation)).catch((error: unknown): Outcome => {
      this.parts.log.error({ err: error, operationId: toPublicId('op', operation.id) }, 'the gateway adapter failed');
      return { kind: 'unknown', why: 'the gateway adapter failed' };
    });
    const durationMs = this.parts.clock.monotonicMs() - startedAt;
    this.parts.metrics.gatewayCalls.observe({ gateway: this.parts.gateway.name, call: step, outcome: outcome.kind }, durationMs / 1000);
    if (outcome.kind === 'not_charged' && outcome.why === 'credentials') this.parts.metrics.alarms.inc({ alarm: 'gateway_credentials' });
    return { outcome, happened: answered(step, outcome, durationMs) };
  }

  private async send(step: Exclude<Step, 'settle'>, operation: Operation): Promise<Outcome> {
    const signal = this.parts.clock.deadline(this.parts.gatewayTimeoutMs);
    const { reference, gatewayReference } = operation;
    if (step === 'cancel' && gatewayReference) return this.parts.gateway.cancel(gatewayReference, signal);
    if (step !== 'charge') return this.parts.gateway.find({ reference, gatewayReference, amount: operation.money }, signal);
    const charge = {
      reference,
      amount: operation.money,
      paymentMethod: operation.paymentMethod as string,
      userId: operation.userId,
      description: `${operation.kind === 'subscribe' ? 'Subscription' : 'Change of plan'}: ${operation.toPlanId}`,
      returnUrl: this.parts.returnUrl,
      ...(operation.traceparent ? { traceparent: childTraceparent(operation.traceparent) } : {}),
    };
    return this.parts.gateway.charge(charge, signal);
  }

  /** An adapter that does not keep its deadline must not keep the operation. */
  private async inTime(call: Promise<Outcome>): Promise<Outcome> {
    const answered = new AbortController();
    const late = this.parts.clock.sleep(this.parts.gatewayTimeoutMs + ADAPTER_GRACE_MS, answered.signal);
    try {
      return (await Promise.race([call, late])) ?? { kind: 'unknown', why: 'the gateway adapter did not answer in time' };
    } finally {
      answered.abort();
    }
  }
}
