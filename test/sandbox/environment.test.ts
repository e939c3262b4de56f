import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from '../../src/sandbox/environment.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('with nothing set it listens on loopback, port 4010, and sends no webhooks', () => {
  const defaults = {
    port: 4010,
    options: { host: '127.0.0.1', dataFile: '.counterfoil/sandbox-charges.jsonl', latencyMs: 500, publicUrl: null, webhook: null },
  };
  expect(readEnvironment({})).toEqual(defaults);
  expect(readEnvironment({ SANDBOX_PORT: '', SANDBOX_HOST: '', SANDBOX_WEBHOOK_URL: '' })).toEqual(defaults);
});

test('everything can be set, the secret by a file too', async () => {
  const file = join(folder, 'secret');
  await writeFile(file, 'whsec_1\n');
  const env = {
    SANDBOX_PORT: '0',
    SANDBOX_LATENCY_MS: '0',
    SANDBOX_HOST: '0.0.0.0',
    SANDBOX_DATA_FILE: '/tmp/x',
    SANDBOX_PUBLIC_URL: 'https://pay.example/',
    SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:3000/v1/webhooks/stripe',
  };
  const wanted = {
    port: 0,
    options: {
      host: '0.0.0.0',
      dataFile: '/tmp/x',
      latencyMs: 0,
      publicUrl: 'https://pay.example',
      webhook: { url: env.SANDBOX_WEBHOOK_URL, secret: 'whsec_1' },
    },
  };
  expect(readEnvironment({ ...env, SANDBOX_WEBHOOK_SECRET: 'whsec_1' })).toEqual(wanted);
  expect(readEnvironment({ ...env, SANDBOX_WEBHOOK_SECRET_FILE: file })).toEqual(wanted);
});

test.each([
  [{ SANDBOX_PORT: '65536' }, 'SANDBOX_PORT'],
  [{ SANDBOX_PORT: '-1' }, 'SANDBOX_PORT'],
  [{ SANDBOX_LATENCY_MS: '60001' }, 'SANDBOX_LATENCY_MS'],
  [{ SANDBOX_PORT: '4e3' }, 'SANDBOX_PORT'],
  [{ SANDBOX_PORT: '40.10' }, 'SANDBOX_PORT'],
  [{ SANDBOX_WEBHOOK_URL: 'localhost:3000', SANDBOX_WEBHOOK_SECRET: 'x' }, 'SANDBOX_WEBHOOK_URL'],
  [{ SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:1/' }, 'SANDBOX_WEBHOOK_SECRET'],
  [{ SANDBOX_PUBLIC_URL: '/pay' }, 'SANDBOX_PUBLIC_URL'],
  [{ SANDBOX_WEBHOOK_SECRET_FILE: '/nowhere/secret' }, 'SANDBOX_WEBHOOK_SECRET_FILE'],
])('%j is one problem that begins with the name %s', (env, name) => {
  expect(readEnvironment(env)).toEqual({ problems: [expect.stringMatching(new RegExp(`^${name} `))] });
});
