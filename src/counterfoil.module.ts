import { Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Admission } from './api/admission.js';
import { CONTROLLERS } from './api/controllers.js';
import { Door } from './api/door.js';
import { CreditAccount } from './credits/credit-account.entity.js';
import { CreditsQuery } from './credits/credits-query.js';
import { Transfers } from './credits/transfers.js';
import { Bell } from './events/bell.js';
import { Feed } from './events/feed.js';
import { PostgresBell } from './events/postgres-bell.js';
import { Retention } from './events/retention.js';
import { PaymentGateway } from './gateways/payment-gateway.js';
import { StripeGateway } from './gateways/stripe/stripe-gateway.js';
import { Leases } from './leases/leases.js';
import { PostgresLeases } from './leases/postgres-leases.js';
import { RedlockLeases } from './leases/redlock-leases.js';
import { CreditCheck } from './operations/credit-check.js';
import { Decisions } from './operations/decisions.js';
import { GatewayCaller } from './operations/gateway-caller.js';
import { GatewayInbox } from './operations/gateway-inbox.js';
import { Meeting } from './operations/meeting.js';
import { OperationDesk } from './operations/operation-desk.js';
import { OperationStore } from './operations/operation-store.js';
import { Operation } from './operations/operation.entity.js';
import { Operations } from './operations/operations.js';
import { OperationsQuery } from './operations/operations-query.js';
import { PostgresOperationStore } from './operations/postgres-store.js';
import { Quote } from './operations/quote.entity.js';
import { Quotes } from './operations/quotes.js';
import { Recovery } from './operations/recovery.js';
import { Runner } from './operations/runner.js';
import { SeatCount } from './operations/seat-count.js';
import { SharedStatements } from './operations/shared-statements.js';
import { SnapshotQuery } from './operations/snapshot.js';
import { StatisticsQuery } from './operations/statistics.js';
import { OperationWatch } from './operations/watch.js';
import { AuditLog } from './platform/audit/audit-log.js';
import { Clock, SystemClock } from './platform/clock.js';
import type { Config } from './platform/config.js';
import { createDataSource } from './platform/database/data-source.js';
import { poolOf } from './platform/database/named-statement.js';
import { HealthCheck } from './platform/health.js';
import { Metrics } from './platform/telemetry/metrics.js';
import { Plan } from './subscriptions/plan.entity.js';
import { Plans } from './subscriptions/plans.js';
import { Subscription } from './subscriptions/subscription.entity.js';

/** A configuration in which everything has an address: nothing is left to be started by itself. */
export type ResolvedConfig = Config & { databaseUrl: string };

/** Replacements for ports, for tests and for those who bring their own. */
export interface Ports {
  leases?: Leases;
  gateway?: PaymentGateway;
  clock?: Clock;
  /** Put around what stands behind each port, so that every call of it can be watched. */
  around?: Around;
}

export type Around = <Port extends object>(name: 'Leases' | 'PaymentGateway' | 'OperationStore', port: Port) => Port;

/** The only place where a port meets its adapter. */
@Module({})
export class CounterfoilModule {
  static forRoot(config: ResolvedConfig, log: Logger, ports: Ports = {}): DynamicModule {
    return {
      module: CounterfoilModule,
      imports: [TypeOrmModule.forRootAsync({ useFactory: () => CONNECTING, dataSourceFactory: () => connect(config, log) })],
      controllers: config.roles.has('api') ? CONTROLLERS : CONTROLLERS.filter(({ name }) => name === 'HealthController'),
      providers: [
        ...credits(),
        ...adapters(config, ports, log),
        ...platform(config),
        ...events(log),
        ...operations(config, log),
        ...door(config),
      ],
    };
  }
}

/** A database that starts together with the service is there within seconds; one that is not is an error to be told. */
const CONNECTING = { retryAttempts: 3, retryDelay: 500 };

function connect(config: ResolvedConfig, log: Logger): Promise<DataSource> {
  return createDataSource({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    entities: [Operation, Subscription, Plan, Quote, CreditAccount],
    onPoolError: (err) => log.warn({ err }, 'a pooled connection broke'),
  }).initialize();
}

function adapters(config: ResolvedConfig, ports: Ports, log: Logger): Provider[] {
  const holder = `${hostname()}:${process.pid}`;
  const { leaseTtlMs: ttlMs, redisUrls: urls, gatewayTimeoutMs: timeoutMs, recoveryScheduleMs: scheduleMs } = config;
  const around: Around = ports.around ?? ((_name, port) => port);
  return [
    { provide: Clock, useFactory: () => ports.clock ?? new SystemClock() },
    provide(Leases, [DataSource], async (database) => {
      const inPostgres = () => new PostgresLeases({ pool: poolOf(database), ttlMs, holder });
      return around('Leases', ports.leases ?? (urls.length > 0 ? await redlock(urls, ttlMs, holder, log) : inPostgres()));
    }),
    provide(PaymentGateway, [], () => around('PaymentGateway', ports.gateway ?? new StripeGateway({ ...config.stripe, timeoutMs }))),
    provide(Bell, [DataSource, Metrics], (database, metrics) => {
      const onChange = (hears: boolean, why: unknown) => {
        metrics.bellSilent.set(hears ? 0 : 1);
        log[hears ? 'info' : 'warn'](
          { err: why },
          hears ? 'other processes are heard' : 'other processes are not heard: events are looked for',
        );
      };
      return new PostgresBell({ databaseUrl: config.databaseUrl, pool: poolOf(database), onChange });
    }),
    provide(OperationStore, [DataSource, Bell], (database, bell) => {
      const ring = (userIds: string[]) => bell.ring(userIds);
      return around(
        'OperationStore',
        new SharedStatements(new PostgresOperationStore(database, scheduleMs, timeoutMs * CRASHED_CHECK_AGAIN, ring)),
      );
    }),
  ];
}

/** Gateway timeouts after which a check beyond the schedule that crashed is made again. */
const CRASHED_CHECK_AGAIN = 3;

/** The first request need not find the nodes still being connected to. */
async function redlock(urls: string[], ttlMs: number, holder: string, log: Logger): Promise<RedlockLeases> {
  const onChange = (available: boolean) => log.warn({ available }, available ? 'leases can be had again' : 'leases cannot be had');
  const leases = new RedlockLeases({ urls, ttlMs, holder, onChange });
  await leases.connected();
  return leases;
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
function provide<T, const Parts extends readonly Token<unknown>[]>(
  token: Token<T>,
  inject: Parts,
  make: (...parts: { -readonly [K in keyof Parts]: Parts[K] extends Token<infer Part> ? Part : never }) => T | Promise<T>,
): FactoryProvider<T> {
  return { provide: token, inject: [...inject], useFactory: make as (...parts: unknown[]) => T | Promise<T> };
}
