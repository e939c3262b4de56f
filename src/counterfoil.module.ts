import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { CONTROLLERS, SANDBOX_CONTROLLERS } from './api/controllers.js';
import { CreditAccount } from './credits/credit-account.entity.js';
import { Bell } from './events/bell.js';
import { PostgresBell } from './events/postgres-bell.js';
import { PaymentGateway } from './gateways/payment-gateway.js';
import { StripeGateway } from './gateways/stripe/stripe-gateway.js';
import { Invoice } from './invoices/invoice.entity.js';
import { NoTax, Taxes } from './invoices/taxes.js';
import { Leases } from './leases/leases.js';
import { PostgresLeases } from './leases/postgres-leases.js';
import { RedlockLeases } from './leases/redlock-leases.js';
import { CardStore } from './operations/cards/card-store.js';
import { OperationStore } from './operations/store/operation-store.js';
import { Operation } from './operations/operation.entity.js';
import { PostgresCardStore } from './operations/cards/postgres-card-store.js';
import { PostgresOperationStore } from './operations/store/postgres-store.js';
import { Quote } from './operations/quote.entity.js';
import { SharedStatements } from './operations/store/shared-statements.js';
import { Clock, SystemClock } from './platform/clock.js';
import type { ResolvedConfig } from './platform/config.js';
import { createDataSource } from './platform/database/data-source.js';
import { poolOf } from './platform/database/named-statement.js';
import { ServiceClock } from './platform/database/service-clock.js';
import { Metrics } from './platform/telemetry/metrics.js';
import { Plan } from './subscriptions/plan.entity.js';
import { Subscription } from './subscriptions/subscription.entity.js';
import { provide, rooms } from './providers.js';

/** Replacements for ports, for tests and for those who bring their own. */
export interface Ports {
  leases?: Leases;
  gateway?: PaymentGateway;
  clock?: Clock;
  /** Says which taxes a charge contains; without it invoices say nothing about taxes. */
  taxes?: Taxes;
  /** Put around what stands behind each port, so that every call of it can be watched. */
  around?: Around;
}

export type Around = <Port extends object>(name: 'Leases' | 'PaymentGateway' | 'OperationStore' | 'CardStore', port: Port) => Port;

/** The only place where a port meets its adapter. */
@Module({})
export class CounterfoilModule {
  static forRoot(config: ResolvedConfig, log: Logger, ports: Ports = {}): DynamicModule {
    return {
      module: CounterfoilModule,
      imports: [TypeOrmModule.forRootAsync({ useFactory: () => CONNECTING, dataSourceFactory: () => connect(config, log) })],
      controllers: controllersOf(config),
      providers: [...adapters(config, ports, log), ...rooms(config, log)],
    };
  }
}

function controllersOf({ roles, gateway }: ResolvedConfig) {
  if (!roles.has('api')) return CONTROLLERS.filter(({ name }) => name === 'HealthController');
  return gateway === 'sandbox' ? [...CONTROLLERS, ...SANDBOX_CONTROLLERS] : CONTROLLERS;
}

/** A database that starts together with the service is there within seconds; one that is not is an error to be told. */
const CONNECTING = { retryAttempts: 3, retryDelay: 500 };

async function connect(config: ResolvedConfig, log: Logger): Promise<DataSource> {
  const database = await createDataSource({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    entities: [Operation, Subscription, Plan, Quote, CreditAccount, Invoice],
    onPoolError: (err) => log.warn({ err }, 'a pooled connection broke'),
  }).initialize();
  if (config.gateway !== 'sandbox') await refuseMovedClock(database);
  return database;
}

/** Nobody is charged real money by a clock that was moved. */
async function refuseMovedClock(database: DataSource): Promise<void> {
  try {
    await new ServiceClock(database).refuseMoved();
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

function adapters(config: ResolvedConfig, ports: Ports, log: Logger): Provider[] {
  const holder = `${hostname()}:${process.pid}`;
  const { leaseTtlMs: ttlMs, redisUrls: urls, gatewayTimeoutMs: timeoutMs, recoveryScheduleMs: scheduleMs } = config;
  const around: Around = ports.around ?? ((_name, port) => port);
  return [
    { provide: Clock, useFactory: () => ports.clock ?? new SystemClock() },
    provide(Taxes, [], () => ports.taxes ?? new NoTax()),
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
    provide(CardStore, [DataSource, Bell], (database, bell) =>
      around('CardStore', new PostgresCardStore(database, (userIds) => bell.ring(userIds))),
    ),
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
