import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { Door } from './api/door.js';
import { createHttpApp } from './api/http-app.js';
import { CounterfoilModule, type Ports } from './counterfoil.module.js';
import { Bell } from './events/bell.js';
import { Retention } from './events/retention.js';
import { PaymentGateway } from './gateways/payment-gateway.js';
import { Leases } from './leases/leases.js';
import { Invoicing } from './operations/invoicing/invoicing.js';
import { Recovery } from './operations/recovery.js';
import { Renewals } from './operations/due/renewals.js';
import { Runner } from './operations/runner.js';
import { SavedCards } from './operations/cards/saved-cards.js';
import { SeatCount, seatsAdrift } from './operations/seat-count.js';
import { StatisticsQuery } from './operations/statistics.js';
import type { Config, ResolvedConfig } from './platform/config.js';
import { migrate } from './platform/database/migrate.js';
import { startEmbedded, type Embedded } from './platform/embedded/embedded.js';
import { secret } from './platform/embedded/secrets.js';
import { NestLogger } from './platform/telemetry/logger.js';
import { Metrics } from './platform/telemetry/metrics.js';
import { sellSamplePlans } from './subscriptions/sample-plans.js';

export interface Service {
  app: NestFastifyApplication;
  config: ResolvedConfig;
  /** What it started by itself, in sentences. */
  started: string[];
  /** Lets calls in flight finish, then stops everything that it started. What takes longer than the grace is left to recovery. */
  stop(): Promise<void>;
}

/** How often the end of the last answer is looked for while stopping. */
const DRAIN_LOOK_MS = 20;
/** Answers to those who are told that waiting is over go out at once; a caller that does not read must not hold up the end. */
const LAST_ANSWERS_MS = 1_000;
/** Giving connections back takes milliseconds; a database or a Redis that says nothing must not hold up the end. */
const DISCONNECT_MS = 3_000;
const SECRET_BYTES = 32;

/** Everything from the configuration to a listening process. What it starts and cannot finish, it stops again. */
export async function startService(wanted: Config, log: Logger, ports: Ports = {}): Promise<Service> {
  const { embedded, config } = await resolve(wanted);
  try {
    if (config.migrate === 'auto') await migrate(config.databaseUrl);
    const app = await createHttpApp(CounterfoilModule.forRoot(config, log, ports), config, log);
    if (config.gateway === 'sandbox') await sellSamplePlans(app.get(DataSource));
    app.get(Metrics).openOperations(() => app.get(StatisticsQuery).open());
    app.get(Metrics).seatDrift(async () => seatsAdrift(await app.get(SeatCount).drifts()));
    await app.listen(config.port, config.host);
    if (config.roles.has('api')) app.get(Bell).start();
    if (config.roles.has('recovery')) app.get(Recovery).start();
    if (config.roles.has('recovery')) app.get(Retention).start();
    if (config.roles.has('recovery')) app.get(Invoicing).start();
    if (config.roles.has('renewals')) app.get(Renewals).start();
    if (config.roles.has('renewals')) app.get(SavedCards).start();
    return { app, config, started: embedded.sentences, stop: () => stop(app, embedded, config, log) };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** The rooms without the door, for the operator's commands. What it started is stopped by `close`. */
export async function openRooms(
  wanted: Config,
  log: Logger,
): Promise<{ rooms: INestApplicationContext; config: ResolvedConfig; close: () => Promise<void> }> {
  const { embedded, config } = await resolve(wanted);
  try {
    const rooms = await NestFactory.createApplicationContext(CounterfoilModule.forRoot(config, log), {
      logger: new NestLogger(log),
      abortOnError: false,
    });
    const close = async () => {
      await rooms.get(Bell).close();
      await rooms.close();
      rooms.get(PaymentGateway).close();
      await rooms.get(Leases).close();
      await embedded.stop();
    };
    return { rooms, config, close };
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** Starts what the configuration leaves open, and fills in where it is. */
export async function resolve(wanted: Config): Promise<{ embedded: Embedded; config: ResolvedConfig }> {
  const { dataDir } = wanted;
  const needsSandbox = wanted.gateway === 'sandbox' && wanted.stripe.apiBase === null;
  const webhookSecrets = needsSandbox ? [`whsec_${await secret(dataDir, 'webhook-secret', SECRET_BYTES)}`] : wanted.stripe.webhookSecrets;
  const webhookUrl = `http://127.0.0.1:${wanted.port}/v1/webhooks/stripe`;
  const embedded = await startEmbedded({
    dataDir,
    postgres: wanted.databaseUrl === null,
    redis: wanted.databaseUrl === null && wanted.redisUrls.length === 0,
    sandbox: needsSandbox ? { port: wanted.sandboxPort, webhookUrl, webhookSecret: webhookSecrets[0] as string } : null,
  });
  return {
    embedded,
    config: {
      ...wanted,
      databaseUrl: wanted.databaseUrl ?? (embedded.postgresUrl as string),
      redisUrls: embedded.redisUrl ? [embedded.redisUrl] : wanted.redisUrls,
      stripe: { ...wanted.stripe, apiBase: embedded.sandboxUrl ?? wanted.stripe.apiBase, webhookSecrets },
      auth: { ...wanted.auth, secret: await authSecret(wanted) },
    },
  };
}

/** What tokens are signed with: given, or generated once and kept in the data folder; null where others issue them. */
export async function authSecret({ auth, dataDir }: Config): Promise<string | null> {
  return auth.secret ?? (auth.jwksUrl ? null : secret(dataDir, 'auth-jwt-secret', SECRET_BYTES));
}

/**
 * Readiness off, and a while later the door closed; calls in flight and their answers finish; then the rest. Whoever still waits after the grace is told
 * to ask again, and what it waits for is left to recovery.
 */
async function stop(app: NestFastifyApplication, embedded: Embedded, config: ResolvedConfig, log: Logger): Promise<void> {
  const door = app.get(Door);
  door.announceClosing();
  if (config.shutdownDelayMs > 0) await sleep(config.shutdownDelayMs);
  door.close();
  if (!(await within(config.shutdownGraceMs, drain(app)))) {
    log.warn('calls still in flight after the grace are left to recovery');
    door.dismiss();
    await within(LAST_ANSWERS_MS, answersOut(door));
  }
  if (!(await within(DISCONNECT_MS, disconnect(app)))) log.warn('the database or the leases do not let go: left without a farewell');
  await embedded.stop();
}

async function disconnect(app: NestFastifyApplication): Promise<void> {
  await Promise.all([app.get(Retention).stop(), app.get(Invoicing).stop()]);
  await app.get(Bell).close();
  await app.close();
  app.get(PaymentGateway).close();
  await app.get(Leases).close();
}

async function drain(app: NestFastifyApplication): Promise<void> {
  const door = app.get(Door);
  await Promise.all([app.get(Recovery).stop(), app.get(Renewals).stop(), app.get(SavedCards).stop()]);
  await app.get(Runner).drained();
  while (door.occupancy + door.atWork > 0) await sleep(DRAIN_LOOK_MS);
  // What came in just before the door closed may have begun only now, and its caller may have left.
  await app.get(Runner).drained();
}

async function answersOut(door: Door): Promise<void> {
  while (door.occupancy > 0) await sleep(DRAIN_LOOK_MS);
}

/** Whether it was over within this time. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const over = new AbortController();
  const late = sleep(ms, false, { signal: over.signal }).catch(() => false);
  return Promise.race([work.then(() => true), late]).finally(() => over.abort());
}
