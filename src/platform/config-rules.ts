import { isSecure } from './config-shapes.js';
import { VARIABLES, type ConfigProblem, type Values, type VariableName } from './config-variables.js';

/** What one variable may not be, given the others. It is judged only when every variable that it reads is valid. */
interface Rule {
  variable: VariableName;
  reads: VariableName[];
  broken: (values: Values, env: NodeJS.ProcessEnv) => boolean;
  wrong: string;
}

/** A call that was just answered must still be settled. */
const SETTLE_MS = 2_000;
const STRIPE_ORIGIN = 'https://api.stripe.com';

const RULES: Rule[] = [
  {
    variable: 'GATEWAY_TIMEOUT_MS',
    reads: ['GATEWAY_TIMEOUT_MS', 'SHUTDOWN_GRACE_MS'],
    broken: (v) => v.GATEWAY_TIMEOUT_MS + SETTLE_MS > v.SHUTDOWN_GRACE_MS,
    wrong: 'must be at least 2 s below SHUTDOWN_GRACE_MS: a call in flight must be able to finish while the process stops',
  },
  {
    variable: 'RECOVERY_SCHEDULE',
    reads: ['RECOVERY_SCHEDULE', 'RECOVERY_INTERVAL_MS'],
    broken: (v) => first(v.RECOVERY_SCHEDULE) < v.RECOVERY_INTERVAL_MS,
    wrong: 'must not begin before RECOVERY_INTERVAL_MS: nobody looks sooner than that',
  },
  {
    variable: 'RECOVERY_SCHEDULE',
    reads: ['RECOVERY_SCHEDULE', 'LEASE_TTL_MS'],
    broken: (v) => first(v.RECOVERY_SCHEDULE) < v.LEASE_TTL_MS,
    wrong: "must not begin before LEASE_TTL_MS: a crashed owner's lease must be over when recovery looks",
  },
  {
    variable: 'RECOVERY_SCHEDULE',
    reads: ['RECOVERY_SCHEDULE', 'GATEWAY_TIMEOUT_MS'],
    broken: (v) => last(v.RECOVERY_SCHEDULE) <= v.GATEWAY_TIMEOUT_MS,
    wrong: 'must end later than GATEWAY_TIMEOUT_MS: the last check must come after the end of the first call',
  },
  {
    variable: 'KEY_RETENTION_HOURS',
    reads: ['KEY_RETENTION_HOURS', 'RECOVERY_SCHEDULE'],
    broken: (v) => v.KEY_RETENTION_HOURS * 3_600_000 < last(v.RECOVERY_SCHEDULE),
    wrong: 'must not be shorter than RECOVERY_SCHEDULE: a key must be known as long as its operation is open',
  },
  {
    variable: 'STRIPE_API_KEY',
    reads: ['GATEWAY', 'STRIPE_API_KEY'],
    broken: (v) => v.GATEWAY === 'stripe' && v.STRIPE_API_KEY === null,
    wrong: 'must be set when GATEWAY is stripe',
  },
  {
    variable: 'STRIPE_WEBHOOK_SECRET',
    reads: ['GATEWAY', 'STRIPE_WEBHOOK_SECRET'],
    broken: (v) => v.GATEWAY === 'stripe' && v.STRIPE_WEBHOOK_SECRET.length === 0,
    wrong: 'must be set when GATEWAY is stripe: events without a signature are never believed',
  },
  {
    variable: 'STRIPE_API_BASE',
    reads: ['STRIPE_API_KEY', 'STRIPE_API_BASE'],
    broken: (v) => isLive(v.STRIPE_API_KEY) && v.STRIPE_API_BASE !== null && v.STRIPE_API_BASE !== STRIPE_ORIGIN,
    wrong: `must be ${STRIPE_ORIGIN} with a live key: such a key is shown to nobody else`,
  },
  {
    variable: 'GATEWAY',
    reads: ['GATEWAY'],
    broken: (v, env) => v.GATEWAY === 'sandbox' && env['NODE_ENV'] === 'production',
    wrong: 'must name a real gateway when NODE_ENV is production: the sandbox never runs in production',
  },
  {
    variable: 'AUTH_JWKS_URL',
    reads: ['AUTH_JWT_SECRET', 'AUTH_JWKS_URL'],
    broken: (v) => v.AUTH_JWT_SECRET !== null && v.AUTH_JWKS_URL !== null,
    wrong: 'and AUTH_JWT_SECRET are both set: keep one, so that there is one way to be believed',
  },
  {
    variable: 'AUTH_ROLES_CLAIM',
    reads: ['AUTH_ROLES_CLAIM', 'AUTH_JWKS_URL'],
    broken: (v) => v.AUTH_ROLES_CLAIM !== 'roles' && v.AUTH_JWKS_URL === null,
    wrong: 'goes with AUTH_JWKS_URL alone: whoever signs with the secret puts the roles into roles',
  },
  {
    variable: 'CONSOLE_OIDC_CLIENT_ID',
    reads: ['CONSOLE_OIDC_CLIENT_ID', 'AUTH_JWKS_URL', 'AUTH_AUDIENCE'],
    broken: (v) => v.CONSOLE_OIDC_CLIENT_ID !== null && (v.AUTH_JWKS_URL === null || v.AUTH_AUDIENCE === null),
    wrong: 'needs AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE: what the issuer gives the console is believed by them',
  },
  {
    variable: 'AUTH_ISSUER',
    reads: ['CONSOLE_OIDC_CLIENT_ID', 'AUTH_ISSUER'],
    broken: (v) => v.CONSOLE_OIDC_CLIENT_ID !== null && !isSecure(v.AUTH_ISSUER ?? ''),
    wrong: 'must be the address of the issuer when CONSOLE_OIDC_CLIENT_ID is set, https unless it is on this machine',
  },
  {
    variable: 'AUTH_AUDIENCE',
    reads: ['CONSOLE_OIDC_CLIENT_ID', 'AUTH_AUDIENCE'],
    broken: (v) => v.CONSOLE_OIDC_CLIENT_ID !== null && v.AUTH_AUDIENCE === v.CONSOLE_OIDC_CLIENT_ID,
    wrong: 'must not be CONSOLE_OIDC_CLIENT_ID: an ID token, which names the console, would pass for an access token',
  },
];

export function brokenRules(values: Partial<Values>, env: NodeJS.ProcessEnv): ConfigProblem[] {
  return RULES.filter((rule) => rule.reads.every((name) => values[name] !== undefined) && rule.broken(values as Values, env)).map(
    ({ variable, wrong }) => ({ variable, wrong, example: VARIABLES[variable].example }),
  );
}

function first(scheduleMs: number[]): number {
  return scheduleMs[0] ?? 0;
}

function last(scheduleMs: number[]): number {
  return scheduleMs.at(-1) ?? 0;
}

function isLive(apiKey: string | null): boolean {
  return apiKey !== null && /^[sr]k_live_/.test(apiKey);
}
