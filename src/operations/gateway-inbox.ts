import type { Logger } from 'pino';
import type { GatewayEvent } from '../gateways/payment-gateway.js';
import { toPublicId } from '../platform/ids.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import type { GatewayCaller } from './gateway-caller.js';
import type { OperationStore, TakenEvent } from './store/operation-store.js';
import { Operation } from './operation.entity.js';
import type { Runner } from './runner.js';
import type { Status } from './states.js';
import type { Outcome } from './verdict.js';

/** Events acted on in one look. */
const MAX_TAKEN = 100;

/** Where an operation stands when the gateway has said what an event is about. While it is open otherwise, the event is acted on again. */
const ANSWERED: ReadonlySet<Status> = new Set(['succeeded', 'requires_action']);

export interface InboxParts {
  store: OperationStore;
  caller: GatewayCaller;
  runner: Runner;
  metrics: Metrics;
  log: Logger;
}

/**
 * What the gateway tells us. An event is stored once, then acknowledged, then acted on; it is a hint to ask the gateway and never
 * itself the proof of a payment, so order and repetition do not matter.
 */
export class GatewayInbox {
  constructor(private readonly parts: InboxParts) {}

  /** Stores an event whose signature is checked. False when it was stored before. */
  store(event: GatewayEvent): Promise<boolean> {
    return this.parts.store.keepEvent(this.parts.caller.gatewayName, event);
  }

  /** Acts soon, without anybody waiting for it. */
  wake(): void {
    void this.sweep().catch((error: unknown) => this.parts.log.warn({ err: error }, 'inbox not swept'));
  }

  /** Acts on what is due, each event on its own. */
  async sweep(): Promise<void> {
    const events = await this.parts.store.takeEvents(this.parts.caller.gatewayName, MAX_TAKEN);
    await Promise.all(events.map((event) => this.act(event).catch((error: unknown) => this.putOff(event, error))));
  }

  private async act(event: TakenEvent): Promise<void> {
    const operation = await this.parts.store.findByReference(event.reference ?? '');
    if (!operation) {
      this.parts.metrics.alarms.inc({ alarm: 'charge_without_operation' });
      this.parts.log.error({ eventId: event.id, reference: event.reference }, 'the gateway knows a charge of ours that we do not');
      return this.done(event, 'no_operation');
    }
    if (!operation.isOpen) return this.actOnClosed(operation, event, 'nothing_to_do');
    const taken = await this.parts.runner.takeOver(operation, 'webhook');
    if (taken.kind !== 'driven') return;
    const { operation: now } = taken.settled;
    if (ANSWERED.has(now.status)) return this.done(event, now.status);
    // It may have been ended by somebody who asked before the money came: what the event is about is asked once more, after the end.
    if (!now.isOpen) await this.actOnClosed(now, event, now.status);
  }

  private async actOnClosed(operation: Operation, event: TakenEvent, otherwise: string): Promise<void> {
    if (operation.kind === 'refund') return this.done(event, (await this.hasBounced(operation)) ? 'refund_failed' : otherwise);
    await this.done(event, (await this.lateMoney(operation, event)) ? 'late_money' : otherwise);
  }

  /** Whether money came for an operation that had ended without it. */
  private async lateMoney(operation: Operation, event: TakenEvent): Promise<boolean> {
    if (operation.status === 'succeeded' || operation.amount === 0) return false;
    const outcome = await this.ask(operation, event);
    if (outcome.kind === 'unknown' || outcome.kind === 'not_found')
      throw new Error(`the gateway did not say what became of ${operation.reference}`);
    return outcome.kind === 'charged' && this.parts.runner.giveBackLate(operation, outcome.gatewayReference);
  }

  /** By the id that the event names, because by our reference a charge is found only after a while; by our reference where that id is not ours. */
  private async ask(operation: Operation, { gatewayReference }: TakenEvent): Promise<Outcome> {
    const named = Object.assign(new Operation(), operation, { gatewayReference: operation.gatewayReference ?? gatewayReference });
    const { outcome } = await this.parts.caller.call('find', named);
    if (outcome.kind !== 'not_found' || operation.gatewayReference || !gatewayReference) return outcome;
    return (await this.parts.caller.call('find', operation)).outcome;
  }

  /** A refund can come back from the customer's bank days after it succeeded: nothing of ours can mend that, so a person is woken. */
  private async hasBounced(refund: Operation): Promise<boolean> {
    if (refund.status !== 'succeeded') return false;
    const { outcome } = await this.parts.caller.call('find_refund', refund);
    if (outcome.kind === 'unknown') throw new Error(`the gateway did not say what became of ${refund.reference}: ${outcome.why}`);
    if (outcome.kind !== 'refused') return false;
    this.parts.metrics.alarms.inc({ alarm: 'refund_failed' });
    this.parts.log.error({ operationId: toPublicId('op', refund.id), why: outcome.why }, 'a refund came back: the customer has no money');
    return true;
  }

  /** It is due again later, unless this was the last try: then a person has to look what it was about. */
  private putOff(event: TakenEvent, error: unknown): void {
    if (event.last) this.parts.metrics.alarms.inc({ alarm: 'gateway_event_given_up' });
    this.parts.log[event.last ? 'error' : 'warn']({ err: error, eventId: event.id }, 'event not acted on');
  }

  private done(event: TakenEvent, outcome: string): Promise<void> {
    return this.parts.store.closeEvent(this.parts.caller.gatewayName, event.id, outcome);
  }
}
