import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import type { GatewayEvent, PaymentGateway } from '../gateways/payment-gateway.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import type { GatewayCaller } from './gateway-caller.js';
import { Operation } from './operation.entity.js';
import type { Runner } from './runner.js';

/** After this many tries an event is left to recovery, which looks at the operation itself. */
const MAX_ATTEMPTS = 10;
const MAX_DUE = 100;

export interface InboxParts {
  database: DataSource;
  gateway: PaymentGateway;
  caller: GatewayCaller;
  runner: Runner;
  metrics: Metrics;
  log: Logger;
}

interface EventRow {
  gateway: string;
  event_id: string;
  type: string;
  reference: string | null;
  attempts: number;
}

/**
 * What the gateway tells us. An event is stored once, then acknowledged, then acted on; it is a hint to ask the gateway and never
 * itself the proof of a payment, so order and repetition do not matter.
 */
export class GatewayInbox {
  constructor(private readonly parts: InboxParts) {}

  /** Stores an event whose signature is checked. False when it was stored before. */
  async store(event: GatewayEvent): Promise<boolean> {
    const rows = (await this.parts.database.query(
      `insert into gateway_events (gateway, event_id, type, reference, gateway_reference, next_attempt_at)
       values ($1, $2, $3, $4, $5, case when $4::text is not null then now() end) on conflict do nothing returning event_id`,
      [this.parts.gateway.name, event.id, event.type, event.reference, event.gatewayReference],
    )) as unknown[];
    return rows.length > 0;
  }

  /** Acts soon, without anybody waiting for it. */
  wake(): void {
    void this.sweep().catch((error: unknown) => this.parts.log.warn({ err: error }, 'inbox not swept'));
  }

  /** Acts on what is due, each event on its own. */
  async sweep(): Promise<void> {
    // Claimed and put off in one statement: whoever crashes while acting leaves the event due again.
    const [rows] = (await this.parts.database.query(
      `update gateway_events e set attempts = e.attempts + 1,
         next_attempt_at = case when e.attempts + 1 < ${MAX_ATTEMPTS} then now() + interval '2 seconds' * (2 ^ least(e.attempts, 8)) end
       from (select gateway, event_id from gateway_events where next_attempt_at <= now() and gateway = $1
             order by next_attempt_at limit ${MAX_DUE} for update skip locked) due
       where e.gateway = due.gateway and e.event_id = due.event_id
       returning e.*`,
      [this.parts.gateway.name],
    )) as [EventRow[], number];
    await Promise.all(
      rows.map((row) =>
        this.act(row).catch((error: unknown) => this.parts.log.warn({ err: error, eventId: row.event_id }, 'event not acted on')),
      ),
    );
  }

  private async act(event: EventRow): Promise<void> {
    const operation = await this.parts.database.getRepository(Operation).findOneBy({ reference: event.reference ?? '' });
    if (!operation) {
      this.parts.metrics.alarms.inc({ alarm: 'charge_without_operation' });
      this.parts.log.error({ eventId: event.event_id, reference: event.reference }, 'the gateway knows a charge of ours that we do not');
      return this.done(event, 'no_operation');
    }
    if (operation.isOpen) {
      const taken = await this.parts.runner.takeOver(operation, 'webhook');
      if (taken.kind === 'driven') await this.done(event, taken.settled.operation.status);
      return;
    }
    const late = operation.status !== 'succeeded' && operation.amount > 0 && (await this.isCharged(operation));
    if (late) await this.parts.runner.lateMoney(operation);
    await this.done(event, late ? 'late_money' : 'nothing_to_do');
  }

  private async isCharged(operation: Operation): Promise<boolean> {
    const { outcome } = await this.parts.caller.call('find', operation);
    if (outcome.kind === 'unknown') throw new Error(`the gateway did not say what became of ${operation.reference}: ${outcome.why}`);
    return outcome.kind === 'charged';
  }

  private async done(event: EventRow, outcome: string): Promise<void> {
    await this.parts.database.query('update gateway_events set outcome = $3, next_attempt_at = null where gateway = $1 and event_id = $2', [
      event.gateway,
      event.event_id,
      outcome,
    ]);
  }
}
