import 'reflect-metadata';
import { issueToken } from './api/caller.js';
import { banner } from './banner.js';
import { ConfigError, readConfig, type Config } from './platform/config.js';
import { createLogger } from './platform/telemetry/logger.js';
import { startService, type Service } from './service.js';

/** A token that is printed at the start of a demonstration need not outlive the day. */
const DEMO_TOKEN_TTL_SECONDS = 24 * 3_600;

const config = configOrExit();
const log = createLogger(config.logLevel);
let service: Service | null = null;
let stopping = false;

process.on('SIGTERM', leave);
process.on('SIGINT', leave);
process.on('unhandledRejection', (err) => log.error({ err }, 'unhandled rejection'));

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

/** The first signal lets calls in flight finish, the second one does not. */
function leave(): void {
  if (stopping) process.exit(130);
  stopping = true;
  if (service) void finish();
}

async function finish(): Promise<void> {
  await service?.stop();
  process.exit(0);
}

async function demoTokens(secret: string, { auth }: Config): Promise<{ user: string; admin: string }> {
  const shared = { secret, issuer: auth.issuer, audience: auth.audience, ttlSeconds: DEMO_TOKEN_TTL_SECONDS };
  const [user, admin] = await Promise.all([
    issueToken({ ...shared, userId: 'user_42', roles: [] }),
    issueToken({ ...shared, userId: 'admin_1', roles: ['admin'] }),
  ]);
  return { user, admin };
}
