import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { endServers, newDataDir, runProgram } from '../kit/processes.js';
import { freePort } from '../kit/servers.js';
import { SECRET, Shop } from '../kit/shop.js';
import { counterfoil, READY_WITHIN_MS } from './counterfoil.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

let dataDir: string;
let shop: Shop;

beforeAll(async () => {
  dataDir = await newDataDir();
  // Whoever comes first builds the program, which takes longer than a test may.
  await counterfoil(dataDir, {}, '--help');
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
}, READY_WITHIN_MS);
afterAll(async () => {
  await shop?.close();
  await endServers();
});

describe('what is not understood', () => {
  test.each([
    ['an unknown command', ['explode']],
    ['an unknown command below another', ['ops', 'explode', 'op_1']],
    ['no command', []],
    ['half a command', ['ops']],
    ['an unknown option', ['ops', 'ls', '--everything']],
    ['an option without its value', ['token', '--user']],
    ['a token for nobody', ['token']],
    ['a role that nobody has', ['token', '--user', 'x', '--role', 'root']],
    ['hours that are no number', ['token', '--user', 'x', '--hours', 'many']],
    ['a status that no operation has', ['ops', 'ls', '--status', 'gone']],
    ['a recovery without a reason', ['ops', 'recover', 'op_01k0000000e0080000000000000']],
  ])('ends with 2 and usage on the error stream: %s', async (_, args) => {
    const { code, stdout, stderr } = await counterfoil(dataDir, {}, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/Usage: counterfoil /);
  });

  test('help that was asked for is no error', async () => {
    const { code, stdout, stderr } = await counterfoil(dataDir, {}, '--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const command of ['token', 'migrate', 'ops', 'config', 'doctor']) expect(stdout).toContain(command);
  });
});

describe('counterfoil token', () => {
  const env = { AUTH_JWT_SECRET: SECRET };

  test('prints a token that the service believes, and nothing else', async () => {
    const { code, stdout, stderr } = await counterfoil(dataDir, env, 'token', '--user', 'user_42');
    expect([code, stderr]).toEqual([0, '']);
    expect(await ask(stdout.trim(), '/v1/me/operations')).toBe(200);
    expect(await ask(stdout.trim(), '/v1/admin/stats')).toBe(403);
  });

  test('gives a role, as JSON too', async () => {
    const told = await counterfoil(dataDir, env, '--json', 'token', '--user', 'viewer_1', '--role', 'viewer', '--hours', '1');
    const { token } = told.json();
    expect(await ask(token, '/v1/admin/stats')).toBe(200);
    const { exp, iat, sub } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    expect([exp - iat, sub]).toEqual([3_600, 'viewer_1']);
  });

  test('issues none where somebody else does', async () => {
    const { code, stdout, stderr } = await counterfoil(
      dataDir,
      { AUTH_JWT_SECRET: '', AUTH_JWKS_URL: 'https://login.example.com/jwks' },
      'token',
      '--user',
      'x',
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('AUTH_JWKS_URL');
  });

  function ask(token: string, path: string): Promise<number> {
    return fetch(`${shop.url}${path}`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
  }
});

describe('counterfoil config check', () => {
  test('says what is valid', async () => {
    const [text, json] = await Promise.all([
      counterfoil(dataDir, {}, 'config', 'check'),
      counterfoil(dataDir, {}, 'config', 'check', '--json'),
    ]);
    expect([text.code, text.stdout]).toEqual([
      0,
      'The configuration is valid: gateway sandbox, roles api, recovery, renewals, embedded database.\n',
    ]);
    expect([json.code, json.json()]).toEqual([
      0,
      { valid: true, gateway: 'sandbox', roles: ['api', 'recovery', 'renewals'], database: 'embedded' },
    ]);
  });

  test('names every problem at once with an example and ends with 78', async () => {
    const env = {
      PORT: 'many',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      GATEWAY: 'stripe',
      LEASE_TTL_MS: '1',
      AUTH_JWT_SECRET: 'too-short-secret',
    };
    const { code, stdout, stderr } = await counterfoil(dataDir, env, 'config', 'check');
    expect([code, stdout]).toEqual([78, '']);
    const named = ['PORT', 'DATABASE_URL', 'LEASE_TTL_MS', 'STRIPE_API_KEY', 'STRIPE_WEBHOOK_SECRET', 'AUTH_JWT_SECRET'];
    for (const name of named) expect(stderr).toMatch(new RegExp(`^  ${name} .*\\(for example ${name}=`, 'm'));
    expect(stderr).not.toMatch(/hunter2|too-short-secret/);
  });

  test.each(['token --user x', 'migrate', 'ops ls', 'doctor'])('is what every command begins with: %s', async (command) => {
    const { code, stderr } = await counterfoil(dataDir, { PORT: 'many' }, ...command.split(' '));
    expect([code, stderr.includes('PORT')]).toEqual([78, true]);
  });
});

test('a live key is shown to nobody but the gateway: the service does not start, and the stranger hears nothing', async () => {
  let calls = 0;
  const stranger = createServer(() => (calls += 1)).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const { port } = stranger.address() as { port: number };
  const env = {
    PORT: String(await freePort()),
    DATABASE_URL: shop.databaseUrl,
    GATEWAY: 'stripe',
    STRIPE_API_KEY: ['sk', 'live', 'of0the0process0tests'].join('_'),
    STRIPE_WEBHOOK_SECRET: 'whsec_x',
    STRIPE_API_BASE: `http://127.0.0.1:${port}`,
  };
  for (const program of ['main.js', 'cli.js'] as const) {
    const { code, stderr } = await runProgram(program, program === 'cli.js' ? ['doctor'] : [], { dataDir, env });
    expect([program, code]).toEqual([program, 78]);
    expect(stderr).toContain('STRIPE_API_BASE must be https://api.stripe.com with a live key');
    expect(stderr).not.toContain('of0the0process0tests');
  }
  expect(calls).toBe(0);
  stranger.close();
});
