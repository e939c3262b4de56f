import { brokenRules } from './config-rules.js';
import { readVariables, type ConfigProblem, type Values } from './config-variables.js';

/** Everything that the environment decides, already validated. Milliseconds where the name says Ms. */
export interface Config {
  port: number;
  host: string;
  /** Without a trailing slash. */
  publicUrl: string;
  /** null: embedded Postgres under dataDir. */
  databaseUrl: string | null;
  databasePoolSize: number;
  /** Empty: a private Redis when a binary is found, else leases in Postgres. */
  redisUrls: string[];
  leaseTtlMs: number;
  gateway: 'sandbox' | 'stripe';
  gatewayTimeoutMs: number;
  /** For gateway `sandbox` the key, base and secret that fit the sandbox process. */
  stripe: { apiKey: string; apiBase: string | null; webhookSecrets: string[] };
  sandboxPort: number;
  /** Checks of an open operation, in milliseconds from its start, ascending. */
  recoveryScheduleMs: number[];
  recoveryIntervalMs: number;
  /** When a declined renewal is tried again, in milliseconds from the first decline, ascending; and what becomes of the subscription after the last. */
  dunning: { scheduleMs: number[]; end: 'cancel' | 'pause' };
  auth: { secret: string | null; jwksUrl: string | null; issuer: string | null; audience: string | null; rolesClaim: string };
  /** How people sign in to the console at the issuer (`auth.issuer`); null: by pasting a token alone. */
  consoleSignIn: { clientId: string; scopes: string } | null;
  roles: Set<'api' | 'recovery' | 'renewals'>;
  migrate: 'auto' | 'check' | 'off';
  /** Requests per user and minute; 0 = no limit. */
  rateLimitPerMinute: number;
  maxInFlight: number;
  maxQueued: number;
  /** From readiness off to refusing what is new. */
  shutdownDelayMs: number;
  shutdownGraceMs: number;
  keyRetentionHours: number;
  dataDir: string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** A configuration in which everything has an address: nothing is left to be started by itself. */
export type ResolvedConfig = Config & { databaseUrl: string };

/**
 * Reads and validates the environment. A variable that is set to nothing counts as not set, which is how compose files pass
 * on what is missing. Throws ConfigError with every problem at once.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const { values, problems } = readVariables(env);
  problems.push(...brokenRules(values, env));
  if (problems.length > 0) throw new ConfigError(problems);
  return configOf(values as Values);
}

/** Values of secrets are never part of it. */
export class ConfigError extends Error {
  /** EX_CONFIG of sysexits.h: restarting does not help. */
  readonly exitCode = 78;

  constructor(readonly problems: ConfigProblem[]) {
    super(['The configuration is not valid:', ...problems.map(lineOf)].join('\n'));
    this.name = 'ConfigError';
  }
}

function lineOf({ variable, wrong, example }: ConfigProblem): string {
  return `  ${variable} ${wrong} (for example ${variable}=${example})`;
}

function configOf(values: Values): Config {
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL ?? publicUrlOf(values.HOST, values.PORT),
    databaseUrl: values.DATABASE_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    redisUrls: values.REDIS_URLS,
    leaseTtlMs: values.LEASE_TTL_MS,
    gateway: values.GATEWAY,
    gatewayTimeoutMs: values.GATEWAY_TIMEOUT_MS,
    stripe: stripeOf(values),
    sandboxPort: values.SANDBOX_PORT,
    recoveryScheduleMs: values.RECOVERY_SCHEDULE,
    recoveryIntervalMs: values.RECOVERY_INTERVAL_MS,
    dunning: { scheduleMs: values.DUNNING_SCHEDULE, end: values.DUNNING_END },
    auth: {
      secret: values.AUTH_JWT_SECRET,
      jwksUrl: values.AUTH_JWKS_URL,
      issuer: values.AUTH_ISSUER,
      audience: values.AUTH_AUDIENCE,
      rolesClaim: values.AUTH_ROLES_CLAIM,
    },
    consoleSignIn:
      values.CONSOLE_OIDC_CLIENT_ID === null ? null : { clientId: values.CONSOLE_OIDC_CLIENT_ID, scopes: values.CONSOLE_OIDC_SCOPES },
    roles: values.ROLES,
    migrate: values.MIGRATE ?? (values.DATABASE_URL === null ? 'auto' : 'check'),
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    maxInFlight: values.MAX_IN_FLIGHT,
    maxQueued: values.MAX_QUEUED,
    shutdownDelayMs: values.SHUTDOWN_DELAY_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    keyRetentionHours: values.KEY_RETENTION_HOURS,
    dataDir: values.DATA_DIR,
    logLevel: values.LOG_LEVEL,
  };
}

/** The sandbox is never given a real key, whatever the environment holds. */
function stripeOf(values: Values): Config['stripe'] {
  const apiKey = values.GATEWAY === 'stripe' ? (values.STRIPE_API_KEY ?? '') : SANDBOX_API_KEY;
  return { apiKey, apiBase: values.STRIPE_API_BASE, webhookSecrets: values.STRIPE_WEBHOOK_SECRET };
}

/** A wildcard address can be listened on but not visited. */
function publicUrlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Understood by the sandbox gateway, refused by every real one. */
const SANDBOX_API_KEY = 'sk_test_sandbox';
