import 'reflect-metadata';
import { constants } from 'node:os';
import { issueToken } from './api/caller.js';
import { banner } from './banner.js';
import { ConfigError, readConfig, type Config } from './platform/config.js';
import { createLogger } from './platform/telemetry/logger.js';
import { startService, type Service } from './service.js';

/** A token that is printed at the start of a demonstration need not outlive the day. */
const DEMO_TOKEN_TTL_SECONDS = 24 * 3_600;
/** What shells add to the number of the signal that ended a process. */
const KILLED = 128;
/** System calls that fail because of somebody else. */
const OF_CONNECTIONS: ReadonlySet<string | undefined> = new Set(['connect', 'getaddrinfo', 'read', 'write']);

const config = configOrExit();
const log = createLogger(config.logLevel);
let service: Service | null = null;
let stopping = false;

process.on('SIGTERM', leave);
process.on('SIGINT', leave);
// One promise that nobody waited for is no reason to cut off all the calls in flight.
process.on('unhandledRejection', (err) => log.error({ err }, 'unhandled rejection'));
process.on('uncaughtException', surprised);

try {
  service = await startService(config, log);
  const { secret } = service.config.auth;
  const tokens = secret && config.gateway === 'sandbox' ? await demoTokens(secret, service.config) : null;
  process.stdout.write(banner(service, tokens));
  if (stopping) await finish();
} catch (error) {
  process.stderr.write(`counterfoil could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  log.debug({ err: error }, 'start failed');
  process.exit(1);
}

function configOrExit(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(error.exitCode);
  }
}

/** The first signal lets calls in flight finish. The second one does not: what is in flight is left to recovery, as after a crash. */
function leave(signal: 'SIGTERM' | 'SIGINT'): void {
  if (stopping) process.exit(KILLED + constants.signals[signal]);
  stopping = true;
  if (service) void finish();
}

/**
 * A connection that broke while nobody listened to it says nothing of this process. Anything else may have been left in the middle of its work:
 * calls in flight get their answers, then the process ends, and whoever watches over it starts another.
 */
function surprised(err: NodeJS.ErrnoException): void {
  if (service && OF_CONNECTIONS.has(err.syscall)) return log.error({ err }, 'a connection broke that nobody listened to');
  log.fatal({ err }, 'uncaught exception');
  if (stopping || !service) process.exit(1);
  stopping = true;
  void finish(1);
}

async function finish(exitCode = 0): Promise<void> {
  await service?.stop();
  process.exit(exitCode);
}

async function demoTokens(secret: string, { auth }: Config): Promise<{ user: string; admin: string }> {
  const shared = { secret, issuer: auth.issuer, audience: auth.audience, ttlSeconds: DEMO_TOKEN_TTL_SECONDS };
  const [user, admin] = await Promise.all([
    issueToken({ ...shared, userId: 'user_42', roles: [] }),
    issueToken({ ...shared, userId: 'admin_1', roles: ['admin'] }),
  ]);
  return { user, admin };
}
