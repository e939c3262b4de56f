import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import {
  httpUrl,
  integer,
  jwksUrl,
  jwtSecret,
  matching,
  oneOf,
  redisUrls,
  schedule,
  scopes,
  severalOf,
  url,
  webhookSecrets,
} from './config-shapes.js';

/** What is wrong with one variable. `wrong` follows its name in a sentence and never holds the value of a secret. */
export interface ConfigProblem {
  variable: string;
  wrong: string;
  example: string;
}

/** One environment variable. A secret may also be given as `<NAME>_FILE`, the path of a file that holds it. */
interface Variable {
  schema: z.ZodType<unknown, string | null | undefined>;
  example: string;
  secret?: true;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_DUNNING_MS = [DAY_MS, 3 * DAY_MS, 5 * DAY_MS, 7 * DAY_MS];
const DEFAULT_SCHEDULE_MS = [10_000, 30_000, 120_000, 600_000, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS];

/** Every variable, what it may be, and what it is when it is left out. */
export const VARIABLES = {
  PORT: { schema: integer(0, 65_535).default(3000), example: '3000' },
  HOST: { schema: matching(/^[\w.:-]+$/, 'must be an address or a host name').default('127.0.0.1'), example: '0.0.0.0' },
  PUBLIC_URL: { schema: httpUrl().nullable().default(null), example: 'https://pay.example.com' },
  DATABASE_URL: {
    schema: url(['postgres:', 'postgresql:']).nullable().default(null),
    example: 'postgres://user:password@db:5432/counterfoil',
    secret: true,
  },
  DATABASE_POOL_SIZE: { schema: integer(1, 500).default(16), example: '16' },
  REDIS_URLS: { schema: redisUrls().default([]), example: 'redis://a:6379,redis://b:6379,redis://c:6379', secret: true },
  // Three extensions must fit into it, each with a command timeout of 200 ms.
  LEASE_TTL_MS: { schema: integer(1_000, 60_000).default(5_000), example: '5000' },
  GATEWAY: { schema: oneOf(['sandbox', 'stripe']).default('sandbox'), example: 'stripe' },
  GATEWAY_TIMEOUT_MS: { schema: integer(100, 120_000).default(20_000), example: '20000' },
  STRIPE_API_KEY: {
    schema: matching(/^[sr]k_(test|live)_\w+$/, 'must start with sk_test_, sk_live_, rk_test_ or rk_live_')
      .nullable()
      .default(null),
    example: 'sk_test_51…',
    secret: true,
  },
  STRIPE_API_BASE: { schema: httpUrl().nullable().default(null), example: 'https://api.stripe.com' },
  STRIPE_WEBHOOK_SECRET: { schema: webhookSecrets().default([]), example: 'whsec_new…,whsec_old…', secret: true },
  SANDBOX_PORT: { schema: integer(0, 65_535).default(4010), example: '4010' },
  RECOVERY_SCHEDULE: { schema: schedule().default(DEFAULT_SCHEDULE_MS), example: '10s,30s,2m,10m,1h,6h,24h' },
  RECOVERY_INTERVAL_MS: { schema: integer(50, 60_000).default(1_000), example: '1000' },
  DUNNING_SCHEDULE: { schema: schedule().default(DEFAULT_DUNNING_MS), example: '1d,3d,5d,7d' },
  DUNNING_END: { schema: oneOf(['cancel', 'pause']).default('cancel'), example: 'cancel' },
  AUTH_JWT_SECRET: { schema: jwtSecret().nullable().default(null), example: '"$(openssl rand -base64 48)"', secret: true },
  AUTH_JWKS_URL: { schema: jwksUrl().nullable().default(null), example: 'https://login.example.com/.well-known/jwks.json' },
  AUTH_ISSUER: { schema: matching(/^\S+$/, 'must have no spaces').nullable().default(null), example: 'https://login.example.com/' },
  AUTH_AUDIENCE: { schema: matching(/^\S+$/, 'must have no spaces').nullable().default(null), example: 'counterfoil' },
  AUTH_ROLES_CLAIM: { schema: matching(/^\S+$/, 'must have no spaces').default('roles'), example: 'https://pay.example.com/roles' },
  CONSOLE_OIDC_CLIENT_ID: { schema: matching(/^\S+$/, 'must have no spaces').nullable().default(null), example: 'counterfoil-console' },
  CONSOLE_OIDC_SCOPES: { schema: scopes().default('openid'), example: '"openid counterfoil"' },
  ROLES: {
    schema: severalOf(['api', 'recovery', 'renewals']).default(new Set(['api', 'recovery', 'renewals'])),
    example: 'api,recovery,renewals',
  },
  MIGRATE: { schema: oneOf(['auto', 'check', 'off']).nullable().default(null), example: 'check' },
  RATE_LIMIT_PER_MINUTE: { schema: integer(0, 1_000_000).default(300), example: '300' },
  MAX_IN_FLIGHT: { schema: integer(1, 100_000).default(256), example: '256' },
  MAX_QUEUED: { schema: integer(0, 100_000).default(256), example: '256' },
  SHUTDOWN_DELAY_MS: { schema: integer(0, 120_000).default(0), example: '5000' },
  SHUTDOWN_GRACE_MS: { schema: integer(1_000, 600_000).default(25_000), example: '25000' },
  // The gateway remembers a key for 24 h; forgetting it earlier here would let a retry pass as a new request.
  KEY_RETENTION_HOURS: { schema: integer(24, 8_760).default(72), example: '72' },
  DATA_DIR: { schema: matching(/./, 'must be a path').default('.counterfoil'), example: '/var/lib/counterfoil' },
  LOG_LEVEL: { schema: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'), example: 'info' },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
export type Values = { [N in VariableName]: z.output<(typeof VARIABLES)[N]['schema']> };

/** Variables that are not valid are missing from `values`. */
export function readVariables(env: NodeJS.ProcessEnv): { values: Partial<Values>; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries<Variable>(VARIABLES)) {
    const given = variable.secret ? readSecret(env, name) : { text: env[name] || undefined };
    if ('wrong' in given) {
      problems.push({ variable: `${name}_FILE`, wrong: given.wrong, example: `/run/secrets/${name.toLowerCase()}` });
      continue;
    }
    const parsed = variable.schema.safeParse(given.text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push({ variable: name, wrong: wrongOf(parsed.error, variable, given.text), example: variable.example });
  }
  return { values, problems };
}

function readSecret(env: NodeJS.ProcessEnv, name: string): { text: string | undefined } | { wrong: string } {
  const path = env[`${name}_FILE`];
  if (!path) return { text: env[name] || undefined };
  if (env[name]) return { wrong: `and ${name} are both set: keep one` };
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? { wrong: 'names an empty file' } : { text };
  } catch (error) {
    return { wrong: `names a file that cannot be read: ${(error as NodeJS.ErrnoException).code}` };
  }
}

function wrongOf(error: z.ZodError, variable: Variable, text: string | undefined): string {
  const wrong = [...new Set(error.issues.map((issue) => issue.message))].join(' and ');
  return variable.secret ? wrong : `${wrong}, not ${JSON.stringify(text)}`;
}
