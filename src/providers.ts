import type { FactoryProvider, Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Admission } from './api/admission.js';
import { Door } from './api/door.js';
import { Shoppers } from './api/shoppers.js';
import { StageGateway } from './api/stage-gateway.js';
import { Streams } from './api/streams.js';
import { CreditsQuery } from './credits/credits-query.js';
import { Transfers } from './credits/transfers.js';
import { Bell } from './events/bell.js';
import { Feed } from './events/feed.js';
import { Hints } from './events/hints.js';
import { Retention } from './events/retention.js';
import { PaymentGateway } from './gateways/payment-gateway.js';
import { InvoiceCheck } from './invoices/invoice-check.js';
import { InvoicesQuery } from './invoices/invoices-query.js';
import { Taxes } from './invoices/taxes.js';
import { Leases } from './leases/leases.js';
import { AuditedRecord } from './operations/audited-record.js';
import { CardStore } from './operations/cards/card-store.js';
import { ChoresQuery } from './operations/chores.js';
import { CreditCheck } from './operations/credit-check.js';
import { Decisions } from './operations/decisions.js';
import { GatewayCaller } from './operations/gateway-caller.js';
import { GatewayInbox } from './operations/gateway-inbox.js';
import { Invoicing } from './operations/invoicing/invoicing.js';
import { Meeting } from './operations/meeting.js';
import { OperationDesk } from './operations/operation-desk.js';
import { OperationStore } from './operations/store/operation-store.js';
import { Operations } from './operations/operations.js';
import { OperationsQuery } from './operations/operations-query.js';
import { Quotes } from './operations/quotes.js';
import { Recovery } from './operations/recovery.js';
import { Refunds } from './operations/refunds.js';
import { RequestSearch } from './operations/request-search.js';
import { Renewals } from './operations/due/renewals.js';
import { Runner } from './operations/runner.js';
import { SavedCards } from './operations/cards/saved-cards.js';
import { SeatCount } from './operations/seat-count.js';
import { SnapshotQuery } from './operations/snapshot.js';
import { StatisticsQuery } from './operations/statistics.js';
import { TestClock } from './operations/due/test-clock.js';
import { OperationWatch } from './operations/watch.js';
import { AuditLog } from './platform/audit/audit-log.js';
import { Clock } from './platform/clock.js';
import type { ResolvedConfig } from './platform/config.js';
import { ServiceClock } from './platform/database/service-clock.js';
import { HealthCheck } from './platform/health.js';
import { About } from './platform/settings.js';
import { Metrics } from './platform/telemetry/metrics.js';
import { Plans } from './subscriptions/plans.js';

/** What the rooms offer to each other, and what it is made of. The ports among it are met elsewhere. */
export function rooms(config: ResolvedConfig, log: Logger): Provider[] {
  return [...platform(config), ...credits(), ...invoices(), ...events(log), ...operations(config, log), ...door(config)];
}

function platform(config: ResolvedConfig): Provider[] {
  return [
    { provide: Metrics, useFactory: () => new Metrics() },
    { provide: About, useFactory: () => new About(config) },
    provide(AuditLog, [DataSource], (database) => new AuditLog(database)),
    provide(ServiceClock, [DataSource], (database) => new ServiceClock(database)),
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

function invoices(): Provider[] {
  return [
    provide(InvoicesQuery, [DataSource], (database) => new InvoicesQuery(database)),
    provide(InvoiceCheck, [DataSource], (database) => new InvoiceCheck(database)),
  ];
}

function events(log: Logger): Provider[] {
  return [
    provide(Feed, [DataSource, Bell], (database, bell) => {
      return new Feed({ database, bell, onError: (err) => log.warn({ err }, 'events cannot be read') });
    }),
    provide(Hints, [Bell], (bell) => new Hints(bell)),
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
      return new Decisions({ plans, quotes: new Quotes(database), gateway: gateway.name, returnUrl, dunning: config.dunning });
    }),
    provide(SavedCards, [CardStore, PaymentGateway, Clock, Metrics], (store, gateway, clock, metrics) => {
      return new SavedCards({ store, gateway, clock, metrics, log, gatewayTimeoutMs, intervalMs: config.recoveryIntervalMs });
    }),
    provide(AuditedRecord, [DataSource, OperationStore, Bell], (...parts) => new AuditedRecord(...parts)),
    provide(
      Operations,
      [OperationStore, Leases, Decisions, Runner, Meeting, SavedCards, AuditedRecord, Clock, Metrics],
      (store, leases, decisions, runner, meeting, cards, audited, clock, metrics) => {
        return new Operations({ store, leases, decisions, runner, meeting, cards, audited, clock, metrics });
      },
    ),
    provide(Renewals, [OperationStore, Operations, Clock, Metrics], (store, operations, clock, metrics) => {
      return new Renewals({ store, operations, clock, metrics, log, intervalMs: config.recoveryIntervalMs });
    }),
    provide(OperationsQuery, [DataSource], (database) => new OperationsQuery(database)),
    provide(RequestSearch, [DataSource], (database) => new RequestSearch(database)),
    provide(ChoresQuery, [DataSource], (database) => new ChoresQuery(database)),
    provide(SeatCount, [DataSource], (database) => new SeatCount(database)),
    provide(CreditCheck, [DataSource], (database) => new CreditCheck(database)),
    provide(StatisticsQuery, [DataSource, ServiceClock, Clock], (database, serviceClock, clock) => {
      return new StatisticsQuery({ database, serviceClock, clock });
    }),
    provide(Refunds, [DataSource, OperationStore, Runner, OperationWatch, Clock, Bell], (database, store, runner, watch, clock, bell) => {
      return new Refunds({ database, store, runner, watch, clock, bell });
    }),
    provide(OperationDesk, [DataSource, OperationStore, Runner, OperationWatch, Clock, Bell], (...parts) => new OperationDesk(...parts)),
    provide(GatewayInbox, [OperationStore, GatewayCaller, Runner, Metrics], (store, caller, runner, metrics) => {
      return new GatewayInbox({ store, caller, runner, metrics, log });
    }),
    provide(Invoicing, [DataSource, Taxes, Clock, Metrics], (database, taxes, clock, metrics) => {
      return new Invoicing({ database, taxes, clock, metrics, log, intervalMs: config.recoveryIntervalMs });
    }),
    provide(Recovery, [OperationStore, Runner, GatewayInbox, Clock], (store, runner, inbox, clock) => {
      const { recoveryIntervalMs: intervalMs, keyRetentionHours } = config;
      return new Recovery({ store, runner, inbox, clock, log, intervalMs, keyRetentionHours });
    }),
    provide(
      TestClock,
      [DataSource, ServiceClock, Clock, Recovery, Renewals, SavedCards, Invoicing],
      (database, serviceClock, clock, recovery, renewals, cards, invoicing) => {
        const patienceMs = config.leaseTtlMs + LEASE_LATE_MS;
        return new TestClock({ database, serviceClock, clock, recovery, renewals, cards, invoicing, patienceMs });
      },
    ),
  ];
}

/** A lease that has run out is gone a moment later. */
const LEASE_LATE_MS = 1_000;

function door(config: ResolvedConfig): Provider[] {
  const { publicUrl, stripe, auth, gatewayTimeoutMs: timeoutMs } = config;
  return [
    { provide: Door, useFactory: () => new Door(publicUrl, new Admission(config.maxInFlight, config.maxQueued)) },
    provide(Streams, [Door, Metrics], (...parts) => new Streams(...parts)),
    provide(StageGateway, [], () => new StageGateway({ apiBase: stripe.apiBase, apiKey: stripe.apiKey, timeoutMs })),
    provide(Shoppers, [], () => new Shoppers({ ...auth, publicUrl })),
  ];
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
