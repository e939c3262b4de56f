import type { FactoryProvider, Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Admission } from './api/admission.js';
import { Door } from './api/door.js';
import { CreditsQuery } from './credits/credits-query.js';
import { Transfers } from './credits/transfers.js';
import { Bell } from './events/bell.js';
import { Feed } from './events/feed.js';
import { Retention } from './events/retention.js';
import { PaymentGateway } from './gateways/payment-gateway.js';
import { Leases } from './leases/leases.js';
import { CreditCheck } from './operations/credit-check.js';
import { Decisions } from './operations/decisions.js';
import { GatewayCaller } from './operations/gateway-caller.js';
import { GatewayInbox } from './operations/gateway-inbox.js';
import { Meeting } from './operations/meeting.js';
import { OperationDesk } from './operations/operation-desk.js';
import { OperationStore } from './operations/operation-store.js';
import { Operations } from './operations/operations.js';
import { OperationsQuery } from './operations/operations-query.js';
import { Quotes } from './operations/quotes.js';
import { Recovery } from './operations/recovery.js';
import { Runner } from './operations/runner.js';
import { SeatCount } from './operations/seat-count.js';
import { SnapshotQuery } from './operations/snapshot.js';
import { StatisticsQuery } from './operations/statistics.js';
import { OperationWatch } from './operations/watch.js';
import { AuditLog } from './platform/audit/audit-log.js';
import { Clock } from './platform/clock.js';
import type { ResolvedConfig } from './platform/config.js';
import { HealthCheck } from './platform/health.js';
import { Metrics } from './platform/telemetry/metrics.js';
import { Plans } from './subscriptions/plans.js';

/** What the rooms offer to each other, and what it is made of. The ports among it are met elsewhere. */
export function rooms(config: ResolvedConfig, log: Logger): Provider[] {
  return [...platform(config), ...credits(), ...events(log), ...operations(config, log), ...door(config)];
}

function platform(config: ResolvedConfig): Provider[] {
  return [
    { provide: Metrics, useFactory: () => new Metrics() },
    provide(AuditLog, [DataSource], (database) => new AuditLog(database)),
    provide(HealthCheck, [DataSource, Leases], (database, leases) => {
      const without = 'Leases cannot be had: the database alone keeps order. Nothing is charged twice, but contention is higher.';
      return new HealthCheck(database, [{ name: 'leases', ping: () => leases.ping(), without }], config.migrate !== 'off');
    }),
  ];
}

function credits(): Provider[] {
  return [
    provide(CreditsQuery, [DataSource], (database) => new CreditsQuery(database)),
    provide(Transfers, [DataSource, Bell], (database, bell) => new Transfers(database, bell)),
  ];
}

function events(log: Logger): Provider[] {
  return [
    provide(Feed, [DataSource, Bell], (database, bell) => {
      return new Feed({ database, bell, onError: (err) => log.warn({ err }, 'events cannot be read') });
    }),
    provide(Retention, [DataSource], (database) => {
      return new Retention({ database, onError: (err) => log.warn({ err }, 'old events not cleared') });
    }),
  ];
}

function operations(config: ResolvedConfig, log: Logger): Provider[] {
  const { gatewayTimeoutMs } = config;
  return [
    provide(Plans, [DataSource], (database) => new Plans(database)),
    provide(OperationWatch, [OperationStore, Clock, Bell], (...parts) => new OperationWatch(...parts)),
    provide(SnapshotQuery, [DataSource], (database) => new SnapshotQuery(database)),
    provide(GatewayCaller, [PaymentGateway, Clock, Metrics], (gateway, clock, metrics) => {
      return new GatewayCaller({ gateway, clock, metrics, log, gatewayTimeoutMs });
    }),
    provide(
      Runner,
      [OperationStore, GatewayCaller, Leases, Clock, OperationWatch, Metrics],
      (store, caller, leases, clock, watch, metrics) => {
        return new Runner({ store, caller, leases, clock, watch, metrics, log });
      },
    ),
    provide(Meeting, [OperationStore, Runner, OperationWatch, Clock, Metrics], (...parts) => new Meeting(...parts)),
    provide(Decisions, [Plans, DataSource, PaymentGateway], (plans, database, gateway) => {
      const returnUrl = `${config.publicUrl}/return`;
      return new Decisions({ plans, quotes: new Quotes(database), gateway: gateway.name, returnUrl });
    }),
    provide(
      Operations,
      [OperationStore, Leases, Decisions, Runner, Meeting, Clock, Metrics],
      (store, leases, decisions, runner, meeting, clock, metrics) => {
        return new Operations({ store, leases, decisions, runner, meeting, clock, metrics });
      },
    ),
    provide(OperationsQuery, [DataSource], (database) => new OperationsQuery(database)),
    provide(SeatCount, [DataSource], (database) => new SeatCount(database)),
    provide(CreditCheck, [DataSource], (database) => new CreditCheck(database)),
    provide(StatisticsQuery, [DataSource], (database) => new StatisticsQuery(database)),
    provide(OperationDesk, [DataSource, OperationStore, Runner, OperationWatch, Clock, Bell], (...parts) => new OperationDesk(...parts)),
    provide(GatewayInbox, [OperationStore, GatewayCaller, Runner, Metrics], (store, caller, runner, metrics) => {
      return new GatewayInbox({ store, caller, runner, metrics, log });
    }),
    provide(Recovery, [OperationStore, Runner, GatewayInbox, Clock], (store, runner, inbox, clock) => {
      const { recoveryIntervalMs: intervalMs, keyRetentionHours } = config;
      return new Recovery({ store, runner, inbox, clock, log, intervalMs, keyRetentionHours });
    }),
  ];
}

function door(config: ResolvedConfig): Provider[] {
  return [{ provide: Door, useFactory: () => new Door(config.publicUrl, new Admission(config.maxInFlight, config.maxQueued)) }];
}

type Token<T> = abstract new (...args: never[]) => T;

/** A factory whose arguments are the instances behind the tokens, in their order. */
export function provide<T, const Parts extends readonly Token<unknown>[]>(
  token: Token<T>,
  inject: Parts,
  make: (...parts: { -readonly [K in keyof Parts]: Parts[K] extends Token<infer Part> ? Part : never }) => T | Promise<T>,
): FactoryProvider<T> {
  return { provide: token, inject: [...inject], useFactory: make as (...parts: unknown[]) => T | Promise<T> };
}
