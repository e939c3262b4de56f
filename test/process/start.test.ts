import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { embeddedProcesses, endServers, isAlive, newDataDir, runProgram, startServer, type ServerProcess } from '../kit/processes.js';

const run = promisify(execFile);
const START_TIMEOUT_MS = 150_000;
const WITHOUT_REDIS = fileURLToPath(new URL('./without-redis.mjs', import.meta.url));

afterAll(endServers);

describe('started with nothing set', () => {
  let dataDir: string;
  let server: ServerProcess;
  beforeAll(async () => {
    dataDir = await newDataDir();
    server = await startServer({ dataDir });
  }, START_TIMEOUT_MS);

  test('says where it listens, what it started, where the docs are, and gives two tokens', () => {
    const banner = server.output();
    expect(banner).toContain(`Counterfoil listens on ${server.url}\n`);
    expect(banner).toContain(`API docs   ${server.url}/docs`);
    expect(banner).toMatch(/Started {4}Postgres 18\S* \(embedded\), data in \S+postgres\n/);
    expect(banner).toMatch(/Started {4}Redis \(private\) on 127\.0\.0\.1:\d+\n/);
    expect(banner).toMatch(/Started {4}Sandbox gateway on http:\/\/127\.0\.0\.1:\d+\n/);
    expect(banner).toMatch(/USER=ey\S+\n\s*ADMIN=ey\S+\n/);
  });

  test('prints five curl lines that work as they stand', async () => {
    const lines = server.output().match(/^ *curl .*$/gm) as string[];
    expect(lines).toHaveLength(5);
    const [subscribe, watch, mine, all, month] = lines as [string, string, string, string, string];
    expect(await execute(subscribe)).toMatch(/^HTTP\/1\.1 201 /);
    expect(JSON.parse(await execute(mine))).toMatchObject({ object: 'subscription', planId: 'pro', status: 'active' });
    expect(JSON.parse(await execute(all))).toMatchObject({ object: 'list', data: [{ status: 'succeeded', userId: 'user_42' }] });
    expect(await execute(subscribe)).toMatch(/idempotent-replayed: true/i);
    expect(JSON.parse(await execute(month))).toMatchObject({ object: 'test_clock', renewals: 1, settled: true });
    // A stream does not end by itself.
    expect(await execute(`timeout 3 ${watch.trim()} || true`)).toMatch(/^event: snapshot$/m);
  });

  test('shows its docs, is ready, and answers a stranger with 401', async () => {
    expect((await fetch(`${server.url}/docs`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect((await fetch(`${server.url}/v1/me/subscription`)).status).toBe(401);
  });

  test('ends at Ctrl-C with everything that it started, and has its data when it is started again', async () => {
    const beside = await embeddedProcesses(dataDir);
    expect(beside).toHaveLength(3);
    expect(beside.every(isAlive)).toBe(true);
    server.interrupt();
    expect(await server.ended).toBe(0);
    expect(beside.filter(isAlive)).toEqual([]);
    const again = await startServer({ dataDir });
    expect((await again.send('user_42', 'GET', '/v1/me/subscription')).body).toMatchObject({ planId: 'pro' });
    const besideAgain = await embeddedProcesses(dataDir);
    again.interrupt();
    expect(await again.ended).toBe(0);
    expect(besideAgain.filter(isAlive)).toEqual([]);
  }, 60_000);
});

test(
  'without a redis-server on the machine it keeps leases in Postgres, and says so',
  async () => {
    const server = await startServer({ dataDir: await newDataDir(), env: { NODE_OPTIONS: `--import=${WITHOUT_REDIS}` } });
    expect(server.output()).toMatch(/No redis-server or valkey-server found: leases are kept in Postgres\n/);
    const press = { planId: 'pro', paymentMethod: 'pm_card_visa' };
    const answer = await server.send('user_1', 'PUT', '/v1/me/subscription', press, { 'idempotency-key': 'press-number-1' });
    expect(answer.status).toBe(201);
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ status: 'ready', parts: { leases: 'up' } });
    server.interrupt();
    expect(await server.ended).toBe(0);
  },
  START_TIMEOUT_MS,
);

test(
  'with a broken configuration it lists everything that is wrong, with an example each, and exits with 78',
  async () => {
    const env = { PORT: '99999', LEASE_TTL_MS: 'soon', DATABASE_URL: 'mysql://db', ROLES: 'api,dance', AUTH_JWT_SECRET: 'short' };
    const { code, stdout, stderr } = await runProgram('main.js', [], { dataDir: await newDataDir(), env });
    expect(code).toBe(78);
    expect(stdout).toBe('');
    const lines = stderr.trim().split('\n').slice(1);
    expect(new Set(lines.map((line) => line.trim().split(' ')[0]))).toEqual(new Set(Object.keys(env)));
    expect(lines.filter((line) => !line.includes('(for example '))).toEqual([]);
    expect(stderr).not.toContain('short (');
  },
  START_TIMEOUT_MS,
);

async function execute(line: string): Promise<string> {
  return (await run('bash', ['-c', line])).stdout;
}
