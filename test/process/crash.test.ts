import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { runningPostgresUrl } from '../../src/platform/embedded/postgres.js';
import { newKey } from '../kit/names.js';
import { endServers, newDataDir, runProgram, sandboxOf, startServer, type ServerProcess } from '../kit/processes.js';
import { freePort } from '../kit/servers.js';
import { eventually } from '../kit/waiting.js';

/** A cold build of the program and a first start of the embedded servers, on a busy machine. */
const START_TIMEOUT_MS = 150_000;
/** From the new start to the outcome, with the default schedule: the first check is 10 s after the request. */
const SETTLED_WITHIN_MS = 15_000;

interface Charge {
  reference: string;
  status: string;
  attempts: number;
}

/**
 * One server, one kill -9, three calls in flight: one that has not moved money yet, one whose money has moved and whose answer is on its way,
 * and one whose customer presses again. Run as an ordinary user, with everything embedded and every setting at its default.
 */
describe('after kill -9 in the middle of calls to the gateway, a server started again on the same data', () => {
  const keys = { before: newKey(), after: newKey(), again: newKey() };
  let dataDir: string;
  let gatewayUrl: string;
  let server: ServerProcess;
  let startedAgainAt: number;

  beforeAll(async () => {
    dataDir = await newDataDir({ ordinary: true });
    const env = { PORT: String(await freePort()) };
    const first = await startServer({ dataDir, env, ordinary: true });
    gatewayUrl = await sandboxOf(dataDir);
    // An event would have the operation looked after before recovery's first check is due.
    await gateway('POST', '/sandbox/faults', { webhooks: 'off' });
    await park(first, 'before', 'before', 1);
    await park(first, 'after', 'after', 2);
    await park(first, 'after', 'again', 3);
    await putOff('again');
    first.signal('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    await gateway('POST', '/sandbox/release');
    server = await startServer({ dataDir, env, ordinary: true });
    startedAgainAt = Date.now();
  }, START_TIMEOUT_MS);
  afterAll(endServers);

  const gateway = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${gatewayUrl}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    return response.json();
  };

  /** Presses as the user of this name, and waits until so many calls are parked at the gateway. */
  async function park(at: ServerProcess, point: 'before' | 'after', user: keyof typeof keys, atLeast: number): Promise<void> {
    await gateway('POST', '/sandbox/hold', { at: point, count: 1 });
    // Its answer never comes: the server is killed.
    void press(at, user).catch(() => undefined);
    expect(await gateway('GET', `/sandbox/held?atLeast=${atLeast}`)).toEqual({ count: atLeast });
  }

  /** However long the new start takes: the check of this one does not come before its user does. */
  async function putOff(user: keyof typeof keys): Promise<void> {
    const client = new pg.Client({ connectionString: (await runningPostgresUrl(dataDir)) as string });
    await client.connect();
    await client.query(`update operations set next_check_at = next_check_at + interval '1 hour' where user_id = $1`, [user]);
    await client.end();
  }

  const press = (at: ServerProcess, user: keyof typeof keys) =>
    at.send(user, 'PUT', '/v1/me/subscription', { planId: 'pro', paymentMethod: 'pm_card_visa' }, { 'idempotency-key': keys[user] });

  const operation = async (user: string) => (await server.send(user, 'GET', '/v1/me/operations')).body.data[0];

  const charges = async (): Promise<Charge[]> => {
    const { data } = (await gateway('GET', '/sandbox/charges')) as { data: Charge[] };
    return data.filter(({ status }) => status === 'succeeded');
  };

  test('adopts an operation as soon as its user asks again, without waiting for recovery', async () => {
    const answer = await press(server, 'again');
    expect(answer).toMatchObject({ status: 201, body: { status: 'succeeded', recovery: { checks: 1 } } });
    const { body } = await server.send('admin_1', 'GET', `/v1/admin/operations/${answer.body.id as string}`);
    expect(body.timeline.find(({ type }: { type: string }) => type === 'taken_over')).toMatchObject({ data: { by: 'request', fence: 2 } });
  });

  test.each(['before', 'after'])(
    'settles by itself, within 15 s, what had been %s the charge',
    async (user) => {
      const isSettled = ({ status }: { status: string }): boolean => status === 'succeeded';
      await eventually(() => operation(user), isSettled, SETTLED_WITHIN_MS - (Date.now() - startedAgainAt));
      expect((await server.send(user, 'GET', '/v1/me/subscription')).body).toMatchObject({ planId: 'pro', status: 'active' });
    },
    SETTLED_WITHIN_MS * 2,
  );

  test('has charged each of them once', async () => {
    expect(await charges()).toHaveLength(3);
    expect(new Set((await charges()).map(({ reference }) => reference)).size).toBe(3);
  });

  test('tells the story of an operation on the command line, next to the running server', async () => {
    const { id } = await operation('before');
    const { code, stdout } = await runProgram('cli.js', ['ops', 'show', id as string], { dataDir });
    expect(code).toBe(0);
    expect(stdout).toMatch(/succeeded, charged: yes, 2 gateway attempts/);
    const story = [...stdout.matchAll(/^ {2}\S+Z {2}(\S+)/gm)].map(([, type]) => type);
    expect(story).toEqual(['recorded', 'taken_over', 'gateway.answered', 'settled']);
    expect(stdout).toMatch(/taken_over +\{.*"by":"recovery"/);
  });

  test('asks for the same operation with the same key, and is answered as if nothing had happened', async () => {
    expect(await press(server, 'after')).toMatchObject({ status: 201, body: { id: (await operation('after')).id, charged: 'yes' } });
    expect(await charges()).toHaveLength(3);
  });
});
