import { hostname } from 'node:os';
import { createRequire } from 'node:module';
import type { ResolvedConfig } from './config.js';

/** One setting as people see it, under the name of its variable. */
interface Setting {
  name: string;
  value: string;
}

/** This program and how it was told to run, for those who look after it. Secrets are not in it: only whether they are there. */
export class About {
  readonly version = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
  readonly node = process.versions.node;
  /** How this process names itself where it holds a lease. */
  readonly process = `${hostname()}:${process.pid}`;
  readonly settings: Setting[];

  constructor(readonly config: ResolvedConfig) {
    this.settings = settingsOf(config);
  }

  runs(role: 'api' | 'recovery' | 'renewals'): boolean {
    return this.config.roles.has(role);
  }
}

/** Named one by one: what is not named here is not shown, so that a variable that is added later cannot give away a secret. */
export function settingsOf(config: ResolvedConfig): Setting[] {
  const { dunning, auth, stripe } = config;
  const values: Record<string, string | number | null> = {
    ROLES: [...config.roles].join(', '),
    PUBLIC_URL: withoutLogin(config.publicUrl),
    GATEWAY: config.gateway,
    GATEWAY_TIMEOUT_MS: config.gatewayTimeoutMs,
    STRIPE_API_KEY: keyMode(stripe.apiKey),
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecrets.length === 0 ? 'not set' : `set, ${stripe.webhookSecrets.length}`,
    DATABASE_POOL_SIZE: config.databasePoolSize,
    MIGRATE: config.migrate,
    REDIS_URLS: config.redisUrls.length === 0 ? 'none: leases are kept in Postgres' : `${config.redisUrls.length} of them`,
    LEASE_TTL_MS: config.leaseTtlMs,
    RECOVERY_SCHEDULE: config.recoveryScheduleMs.map(spanText).join(', '),
    RECOVERY_INTERVAL_MS: config.recoveryIntervalMs,
    DUNNING_SCHEDULE: dunning.scheduleMs.map(spanText).join(', '),
    DUNNING_END: dunning.end,
    KEY_RETENTION_HOURS: config.keyRetentionHours,
    AUTH_JWT_SECRET: auth.secret === null ? 'not set' : 'set',
    AUTH_JWKS_URL: auth.jwksUrl === null ? null : withoutLogin(auth.jwksUrl),
    AUTH_ISSUER: auth.issuer,
    AUTH_AUDIENCE: auth.audience,
    AUTH_ROLES_CLAIM: auth.rolesClaim,
    CONSOLE_OIDC_CLIENT_ID: config.consoleSignIn?.clientId ?? null,
    CONSOLE_OIDC_SCOPES: config.consoleSignIn?.scopes ?? null,
    RATE_LIMIT_PER_MINUTE: config.rateLimitPerMinute,
    MAX_IN_FLIGHT: config.maxInFlight,
    MAX_QUEUED: config.maxQueued,
    SHUTDOWN_DELAY_MS: config.shutdownDelayMs,
    SHUTDOWN_GRACE_MS: config.shutdownGraceMs,
    LOG_LEVEL: config.logLevel,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value: String(value ?? 'not set') }));
}

/** Whose cards it charges is worth knowing, and no secret. */
function keyMode(apiKey: string): string {
  if (apiKey === '') return 'not set';
  return /^[sr]k_live_/.test(apiKey) ? 'set, for real cards' : 'set, for test cards';
}

/** An address may bear a name and a password, and in its query a token. */
function withoutLogin(address: string): string {
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** As it is written in the variable: `10m`. */
function spanText(ms: number): string {
  const [unit, of] = Object.entries(UNITS_MS).find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
  return `${ms / of}${unit}`;
}
