import { expect, test } from '@jest/globals';
import { readConfig } from '../../src/platform/config.js';
import { settingsOf } from '../../src/platform/settings.js';

const CANARY = 'canary-'.repeat(6);

test('settings are shown without any secret: not in a key, a password, an address or a query', () => {
  const config = readConfig({
    GATEWAY: 'stripe',
    STRIPE_API_KEY: 'sk_live_canary',
    STRIPE_WEBHOOK_SECRET: `whsec_${CANARY},whsec_2${CANARY}`,
    DATABASE_URL: `postgres://me:${CANARY}@db:5432/counterfoil`,
    REDIS_URLS: `redis://:${CANARY}@a:6379,redis://:${CANARY}@b:6379,redis://:${CANARY}@c:6379`,
    AUTH_JWKS_URL: `https://keys:${CANARY}@login.example.com/keys?token=${CANARY}`,
    AUTH_ISSUER: 'https://login.example.com/',
    AUTH_AUDIENCE: 'counterfoil',
    PUBLIC_URL: `https://me:${CANARY}@pay.example.com`,
  });
  const settings = settingsOf({ ...config, databaseUrl: config.databaseUrl as string });
  expect(JSON.stringify(settings)).not.toContain('canary');
  expect(Object.fromEntries(settings.map(({ name, value }) => [name, value]))).toMatchObject({
    STRIPE_API_KEY: 'set, for real cards',
    STRIPE_WEBHOOK_SECRET: 'set, 2',
    REDIS_URLS: '3 of them',
    AUTH_JWT_SECRET: 'not set',
    AUTH_JWKS_URL: 'https://login.example.com/keys',
    PUBLIC_URL: 'https://pay.example.com',
    RATE_LIMIT_PER_MINUTE: '300',
  });
});

test('settings are written as they are in their variables', () => {
  const config = readConfig({ RECOVERY_SCHEDULE: '15s,90s,1h,1d', LOG_LEVEL: 'warn' });
  const settings = settingsOf({ ...config, databaseUrl: 'postgres://db/counterfoil' });
  expect(settings).toContainEqual({ name: 'RECOVERY_SCHEDULE', value: '15s, 90s, 1h, 1d' });
  expect(settings).toContainEqual({ name: 'LOG_LEVEL', value: 'warn' });
});
