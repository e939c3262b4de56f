import type { Logger } from 'pino';
import type { GatewayAbilities, PaymentGateway } from '../gateways/payment-gateway.js';
import type { Clock } from '../platform/clock.js';
import { assertNoTransaction } from '../platform/database/transaction.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { childTraceparent } from '../platform/telemetry/trace.js';
import { logIdsOf } from './log-ids.js';
import type { Operation, Terms } from './operation.entity.js';
import type { Happening } from './timeline.js';
import { chargeTerms } from './kinds/terms.js';
import { answered, type Held, type Outcome, type Step } from './verdict.js';

export interface GatewayCallerParts {
  gateway: PaymentGateway;
  clock: Clock;
  metrics: Metrics;
  log: Logger;
  /** One gateway call, in milliseconds. */
  gatewayTimeoutMs: number;
}

/** Where sending again gave no definite answer, one looks for what was sent. */
const DOUBTFUL: ReadonlySet<Outcome['kind']> = new Set(['unknown', 'not_charged', 'not_refunded']);
const SECOND_LOOK = { charge: 'find', refund: 'find_refund' } as const;

/** Adapters end their calls themselves; this is for one that does not. */
const ADAPTER_GRACE_MS = 1_000;

/** Asks the gateway, never inside a transaction and never for longer than it may take. Whatever goes wrong in here is `unknown`. */
export class GatewayCaller {
  constructor(private readonly parts: GatewayCallerParts) {}

  get gatewayName(): string {
    return this.parts.gateway.name;
  }

  get abilities(): GatewayAbilities {
    return this.parts.gateway.abilities;
  }

  /** One call to the gateway; a second look, by reference, where sending again gave no definite answer. */
  async ask(step: Exclude<Step, 'settle'>, held: Held): Promise<{ outcome: Outcome; happened: Omit<Happening, 'at'>[] }> {
    const outcome = await this.call(step, held.operation);
    const doubtful = DOUBTFUL.has(outcome.outcome.kind);
    if ((step !== 'charge' && step !== 'refund') || held.first || !doubtful)
      return { outcome: outcome.outcome, happened: [outcome.happened] };
    const found = await this.call(SECOND_LOOK[step], held.operation);
    return { outcome: found.outcome, happened: [outcome.happened, found.happened] };
  }

  /** One call, with what is to be told of it. */
  async call(step: Exclude<Step, 'settle'>, operation: Operation): Promise<{ outcome: Outcome; happened: Omit<Happening, 'at'> }> {
    assertNoTransaction('the gateway was called');
    const startedAt = this.parts.clock.monotonicMs();
    const answer = answeredInTime((deadline) => this.send(step, operation, deadline), this.parts);
    const outcome = await answer.catch((error: unknown): Outcome => {
      this.parts.log.error({ err: error, ...logIdsOf(operation) }, 'the gateway adapter failed');
      return { kind: 'unknown', why: 'the gateway adapter failed' };
    });
    const durationMs = this.parts.clock.monotonicMs() - startedAt;
    this.parts.metrics.gatewayCalls.observe({ gateway: this.parts.gateway.name, call: step, outcome: outcome.kind }, durationMs / 1000);
    if ('why' in outcome && outcome.why === 'credentials') this.parts.metrics.alarms.inc({ alarm: 'gateway_credentials' });
    return { outcome, happened: answered(step, outcome, durationMs) };
  }

  private async send(step: Exclude<Step, 'settle'>, operation: Operation, signal: AbortSignal): Promise<Outcome> {
    const { reference, gatewayReference } = operation;
    if (step === 'refund' || step === 'find_refund') return this.sendRefund(step, operation, signal);
    if (step === 'cancel' && gatewayReference) return this.parts.gateway.cancel(gatewayReference, signal);
    if (step !== 'charge') return this.parts.gateway.find({ reference, gatewayReference, amount: operation.money }, signal);
    const charge = {
      reference,
      amount: operation.money,
      paymentMethod: operation.paymentMethod as string,
      userId: operation.userId,
      ...chargeTerms(operation),
      ...(operation.traceparent ? { traceparent: childTraceparent(operation.traceparent) } : {}),
    };
    return this.parts.gateway.charge(charge, signal);
  }

  private async sendRefund(step: 'refund' | 'find_refund', { reference, terms, money }: Operation, signal: AbortSignal): Promise<Outcome> {
    const { gateway } = this.parts;
    // A person may have found a charge without writing down its id.
    const chargeReference = terms.chargeReference ?? (await this.chargeBehind(terms.charge, money.currency, signal));
    if (chargeReference === null) return { kind: 'unknown', why: 'the charge that is to be given back was not found' };
    const refund = { reference, chargeReference, amount: money };
    return step === 'refund' ? gateway.refund(refund, signal) : gateway.findRefund(refund, signal);
  }

  private async chargeBehind(charge: Terms['charge'], currency: string, signal: AbortSignal): Promise<string | null> {
    if (!charge) return null;
    const { reference, amount } = charge;
    const found = await this.parts.gateway.find({ reference, gatewayReference: null, amount: { amount, currency } }, signal);
    return found.kind === 'charged' ? found.gatewayReference : null;
  }
}

/** An adapter that does not keep its deadline must not keep whoever asks it. */
export async function answeredInTime<T>(
  call: (deadline: AbortSignal) => Promise<T>,
  { clock, gatewayTimeoutMs }: Pick<GatewayCallerParts, 'clock' | 'gatewayTimeoutMs'>,
): Promise<T | { kind: 'unknown'; why: string }> {
  const answer = await clock.within(gatewayTimeoutMs + ADAPTER_GRACE_MS, clock.withDeadline(gatewayTimeoutMs, call));
  return answer ?? { kind: 'unknown', why: 'the gateway adapter did not answer in time' };
}
