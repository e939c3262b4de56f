import type { Logger } from 'pino';
import type { GatewayEvent } from '../gateways/payment-gateway.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import type { GatewayCaller } from './gateway-caller.js';
import type { OperationStore, TakenEvent } from './operation-store.js';
import type { Operation } from './operation.entity.js';
import type { Runner } from './runner.js';
import type { Status } from './states.js';

/** Events acted on in one look. */
const MAX_TAKEN = 100;

/** Where an operation stands when the gateway has said what an event is about. In all others the event is acted on again. */
const ANSWERED: ReadonlySet<Status> = new Set(['succeeded', 'failed', 'canceled', 'requires_action']);

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
    await Promise.all(
      events.map((event) =>
        this.act(event).catch((error: unknown) => this.parts.log.warn({ err: error, eventId: event.id }, 'event not acted on')),
      ),
    );
  }

  private async act(event: TakenEvent): Promise<void> {
    const operation = await this.parts.store.findByReference(event.reference ?? '');
    if (!operation) {
      this.parts.metrics.alarms.inc({ alarm: 'charge_without_operation' });
      this.parts.log.error({ eventId: event.id, reference: event.reference }, 'the gateway knows a charge of ours that we do not');
      return this.done(event, 'no_operation');
    }
    if (operation.isOpen) {
      const taken = await this.parts.runner.takeOver(operation, 'webhook');
      if (taken.kind === 'driven' && ANSWERED.has(taken.settled.operation.status)) await this.done(event, taken.settled.operation.status);
      return;
    }
    await this.done(event, (await this.lateMoney(operation)) ? 'late_money' : 'nothing_to_do');
  }

  /** Whether money came for an operation that had ended without it. */
  private async lateMoney(operation: Operation): Promise<boolean> {
    if (operation.status === 'succeeded' || operation.amount === 0 || operation.kind === 'refund') return false;
    const { outcome } = await this.parts.caller.call('find', operation);
    if (outcome.kind === 'unknown') throw new Error(`the gateway did not say what became of ${operation.reference}: ${outcome.why}`);
    return outcome.kind === 'charged' && this.parts.runner.giveBackLate(operation, outcome.gatewayReference);
  }

  private done(event: TakenEvent, outcome: string): Promise<void> {
    return this.parts.store.closeEvent(this.parts.caller.gatewayName, event.id, outcome);
  }
}
