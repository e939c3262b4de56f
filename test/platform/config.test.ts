import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, readConfig } from '../../src/platform/config.js';

const SECRET = 'canary-'.repeat(6);
const OIDC = {
  AUTH_JWKS_URL: 'https://login.example.com/keys',
  AUTH_ISSUER: 'https://login.example.com/',
  AUTH_AUDIENCE: 'counterfoil',
  CONSOLE_OIDC_CLIENT_ID: 'console',
};
const STRIPE = { GATEWAY: 'stripe', STRIPE_API_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
}

describe('with nothing set', () => {
  test('everything has the default of the contract', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: null,
      databasePoolSize: 16,
      redisUrls: [],
      leaseTtlMs: 5000,
      gateway: 'sandbox',
      gatewayTimeoutMs: 20000,
      stripe: { apiKey: 'sk_test_sandbox', apiBase: null, webhookSecrets: [] },
      sandboxPort: 4010,
      recoveryScheduleMs: [10_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000],
      recoveryIntervalMs: 1000,
      dunning: { scheduleMs: [86_400_000, 259_200_000, 432_000_000, 604_800_000], end: 'cancel' },
      auth: { secret: null, jwksUrl: null, issuer: null, audience: null, rolesClaim: 'roles' },
      consoleSignIn: null,
      roles: new Set(['api', 'recovery', 'renewals']),
      migrate: 'auto',
      rateLimitPerMinute: 300,
      maxInFlight: 256,
      maxQueued: 256,
      shutdownDelayMs: 0,
      shutdownGraceMs: 25000,
      keyRetentionHours: 72,
      dataDir: '.counterfoil',
      logLevel: 'info',
    });
  });

  test('a variable that is set to nothing counts as not set', () => {
    expect(readConfig({ PORT: '', AUTH_JWT_SECRET: '', DATABASE_URL_FILE: '' })).toEqual(readConfig({}));
  });

  test('somebody else’s database is checked and not migrated', () => {
    expect(readConfig({ DATABASE_URL: 'postgres://db/x' }).migrate).toBe('check');
  });
});

describe('values', () => {
  test('durations of the schedule are read in every unit', () => {
    const env = { RECOVERY_SCHEDULE: '1000ms, 10s,2m,1h,1d', LEASE_TTL_MS: '1000', RECOVERY_INTERVAL_MS: '50' };
    expect(readConfig(env).recoveryScheduleMs).toEqual([1_000, 10_000, 120_000, 3_600_000, 86_400_000]);
  });

  test('the public URL loses its trailing slash, and is derived from the listener otherwise', () => {
    expect(readConfig({ PUBLIC_URL: 'https://pay.example.com/shop/' }).publicUrl).toBe('https://pay.example.com/shop');
    expect(readConfig({ HOST: '::1', PORT: '80' }).publicUrl).toBe('http://[::1]:80');
    expect(readConfig({ HOST: '0.0.0.0' }).publicUrl).toBe('http://localhost:3000');
  });

  test('webhook secrets are a list, so that one can be rotated', () => {
    expect(readConfig({ ...STRIPE, STRIPE_WEBHOOK_SECRET: 'whsec_a, whsec_b' }).stripe.webhookSecrets).toEqual(['whsec_a', 'whsec_b']);
  });

  test('the sandbox is never given a real key', () => {
    expect(readConfig({ STRIPE_API_KEY: 'sk_live_1' }).stripe.apiKey).toBe('sk_test_sandbox');
  });

  test('a process may have one role', () => {
    expect(readConfig({ ROLES: 'recovery' }).roles).toEqual(new Set(['recovery']));
  });
});

describe('secrets from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  const file = (text: string) => {
    const path = join(folder, String(Math.random()));
    writeFileSync(path, text);
    return path;
  };

  test.each(['DATABASE_URL', 'REDIS_URLS', 'STRIPE_API_KEY', 'STRIPE_WEBHOOK_SECRET', 'AUTH_JWT_SECRET'])('%s may be in a file', (name) => {
    const text =
      { DATABASE_URL: 'postgres://f/x', REDIS_URLS: 'redis://f', AUTH_JWT_SECRET: SECRET }[name] ?? STRIPE[name as keyof typeof STRIPE];
    const { [name as keyof typeof STRIPE]: _, ...rest } = STRIPE;
    const config = readConfig({ ...rest, [`${name}_FILE`]: file(`${text}\n`) });
    const { databaseUrl, redisUrls, stripe, auth } = config;
    expect([databaseUrl, ...redisUrls, stripe.apiKey, ...stripe.webhookSecrets, auth.secret]).toContain(text);
  });

  test('a secret that is given twice is refused', () => {
    expect(problemsOf({ AUTH_JWT_SECRET: SECRET, AUTH_JWT_SECRET_FILE: file(SECRET) })).toEqual([
      expect.stringMatching(/AUTH_JWT_SECRET_FILE and AUTH_JWT_SECRET are both set/),
    ]);
  });

  test('a file that is missing or empty is refused', () => {
    expect(problemsOf({ DATABASE_URL_FILE: '/nowhere' })).toEqual([expect.stringMatching(/DATABASE_URL_FILE names .* ENOENT/)]);
    expect(problemsOf({ DATABASE_URL_FILE: file('\n') })).toEqual([expect.stringMatching(/empty/)]);
  });
});

describe('problems', () => {
  test('all are told at once, each with what is wrong and an example, and the exit code is 78', () => {
    const env = { PORT: 'abc', GATEWAY: 'bluesnap', MAX_IN_FLIGHT: '0', REDIS_URLS: 'redis://a,redis://b' };
    expect(problemsOf(env)).toEqual([
      '  PORT must be a whole number from 0 to 65535, not "abc" (for example PORT=3000)',
      expect.stringMatching(/REDIS_URLS must name 1, 3 or 5 nodes.*example REDIS_URLS=redis:/),
      expect.stringMatching(/GATEWAY must be one of sandbox, stripe, not "bluesnap"/),
      expect.stringMatching(/MAX_IN_FLIGHT must be a whole number from 1 /),
    ]);
    expect(() => readConfig(env)).toThrow(expect.objectContaining({ exitCode: 78 }));
  });

  test.each(['DATABASE_URL', 'REDIS_URLS', 'STRIPE_API_KEY', 'STRIPE_WEBHOOK_SECRET', 'AUTH_JWT_SECRET'])(
    'the value of %s is never told',
    (name) => {
      const wrong = problemsOf({ [name]: 'canary' });
      expect(wrong).toHaveLength(1);
      expect(wrong.join()).not.toContain('canary');
    },
  );

  test.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '0x50'],
    ['PORT', '1e3'],
    ['HOST', 'a b'],
    ['PUBLIC_URL', 'ftp://a'],
    ['PUBLIC_URL', 'https://a/?b'],
    ['DATABASE_URL', 'mysql://a'],
    ['REDIS_URLS', 'redis://a,redis://a,redis://a'],
    ['REDIS_URLS', 'redis://a,'],
    ['LEASE_TTL_MS', '999'],
    ['KEY_RETENTION_HOURS', '23'],
    ['RECOVERY_SCHEDULE', '10s,10s,1h'],
    ['RECOVERY_SCHEDULE', '10s,9s,1h'],
    ['RECOVERY_SCHEDULE', '10,1h'],
    ['RECOVERY_SCHEDULE', Array.from({ length: 21 }, (_, index) => `${index + 10}s`).join()],
    ['AUTH_JWT_SECRET', 'x'.repeat(31)],
    ['AUTH_JWKS_URL', 'http://login.example.com/keys'],
    ['AUTH_JWKS_URL', 'keys'],
    ['CONSOLE_OIDC_SCOPES', 'profile'],
    ['CONSOLE_OIDC_SCOPES', 'openid,profile'],
    ['AUTH_ROLES_CLAIM', 'our roles'],
    ['ROLES', 'api,webhooks'],
    ['MIGRATE', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['STRIPE_WEBHOOK_SECRET', 'whsec_a,,whsec_b'],
  ])('%s=%s is refused', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringContaining(`  ${name} must `)]);
  });
});

describe('rules across variables', () => {
  test.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['a call in flight can finish while stopping', { GATEWAY_TIMEOUT_MS: '23001' }, /GATEWAY_TIMEOUT_MS must be at least 2 s below/],
    ['nobody looks sooner than the interval', { RECOVERY_SCHEDULE: '9s,1h', RECOVERY_INTERVAL_MS: '9001' }, /RECOVERY_INTERVAL_MS: nobody/],
    ['recovery looks after the lease is over', { RECOVERY_SCHEDULE: '4999ms,1h' }, /LEASE_TTL_MS: a crashed/],
    ['the last check comes after the first call', { RECOVERY_SCHEDULE: '10s,20s' }, /later than GATEWAY_TIMEOUT_MS/],
    ['a key outlives its operation', { RECOVERY_SCHEDULE: '10s,73h' }, /KEY_RETENTION_HOURS must not be shorter/],
    ['stripe needs a key', { ...STRIPE, STRIPE_API_KEY: '' }, /STRIPE_API_KEY must be set/],
    ['stripe needs a signing secret', { ...STRIPE, STRIPE_WEBHOOK_SECRET: '' }, /STRIPE_WEBHOOK_SECRET must be set/],
    [
      'a live key is for Stripe alone',
      { ...STRIPE, STRIPE_API_KEY: 'sk_live_1', STRIPE_API_BASE: 'https://api.stripe.com.evil.example' },
      /a live key/,
    ],
    [
      'a restricted live key is for Stripe alone',
      { ...STRIPE, STRIPE_API_KEY: 'rk_live_1', STRIPE_API_BASE: 'http://api.stripe.com' },
      /a live key/,
    ],
    ['the sandbox never runs in production', { NODE_ENV: 'production' }, /the sandbox never runs in production/],
    [
      'there is one way to be believed',
      { AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URL: 'https://a/keys' },
      /AUTH_JWKS_URL and AUTH_JWT_SECRET are both set/,
    ],
    [
      'the console signs in where tokens are believed by public keys',
      { ...OIDC, AUTH_JWKS_URL: '' },
      /CONSOLE_OIDC_CLIENT_ID needs AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE/,
    ],
    [
      '… and made for this service',
      { ...OIDC, AUTH_AUDIENCE: '' },
      /CONSOLE_OIDC_CLIENT_ID needs AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE/,
    ],
    ['… by an issuer that has an address', { ...OIDC, AUTH_ISSUER: 'us' }, /AUTH_ISSUER must be the address of the issuer/],
    ['… that is named', { ...OIDC, AUTH_ISSUER: '' }, /AUTH_ISSUER must be the address of the issuer/],
    ['… and spoken to in private', { ...OIDC, AUTH_ISSUER: 'http://login.example.com' }, /AUTH_ISSUER must be .* https/],
    ['… and an ID token is no access token', { ...OIDC, AUTH_AUDIENCE: 'console' }, /AUTH_AUDIENCE must not be CONSOLE_OIDC_CLIENT_ID/],
    ['the secret signs roles by their name', { AUTH_ROLES_CLAIM: 'groups' }, /AUTH_ROLES_CLAIM goes with AUTH_JWKS_URL alone/],
  ])('%s', (_, env, wrong) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(wrong)]);
  });

  test('values that just keep the rules are taken', () => {
    expect(problemsOf({ GATEWAY_TIMEOUT_MS: '23000', RECOVERY_SCHEDULE: '5s,72h', AUTH_JWKS_URL: 'http://127.0.0.1:1/keys' })).toEqual([]);
    expect(
      problemsOf({ ...STRIPE, STRIPE_API_KEY: 'sk_live_1', STRIPE_API_BASE: 'https://api.stripe.com/', NODE_ENV: 'production' }),
    ).toEqual([]);
    expect(problemsOf({ REDIS_URLS: 'redis://a,redis://b,redis://c' })).toEqual([]);
    expect(problemsOf({ ...OIDC, AUTH_ISSUER: 'http://127.0.0.1:9/realms/us', AUTH_ROLES_CLAIM: 'groups' })).toEqual([]);
    expect(readConfig(OIDC).consoleSignIn).toEqual({ clientId: 'console', scopes: 'openid' });
  });
});
