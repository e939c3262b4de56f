import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newKey, newUser } from '../kit/names.js';
import { endServers, newDataDir, startServer, type ProcessAnswer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { surroundings, type Surroundings } from './beside.js';

const START_TIMEOUT_MS = 150_000;
/** As short as they may be. */
const SHORT = { LEASE_TTL_MS: '1000', RECOVERY_SCHEDULE: '1s,3s,1h', RECOVERY_INTERVAL_MS: '100' };

describe('of two servers on one database', () => {
  let around: Surroundings;
  let [one, two]: ServerProcess[] = [];
  let user: string;
  let key: string;
  beforeEach(async () => {
    around = await surroundings();
    const env = { ...around.env, ...SHORT, REDIS_URLS: process.env['TEST_REDIS_URL'] as string };
    [one, two] = await Promise.all([0, 1].map(async () => startServer({ dataDir: await newDataDir(), env })));
    [user, key] = [newUser(), newKey()];
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    await endServers();
    await around.close();
  });
  afterAll(endServers);

  const press = (at: ServerProcess | undefined, headers: Record<string, string> = {}): Promise<ProcessAnswer> => {
    const body = { planId: 'pro', paymentMethod: 'pm_card_visa' };
    return (at as ServerProcess).send(user, 'PUT', '/v1/me/subscription', body, { 'idempotency-key': key, ...headers });
  };
  const operation = async () => (await (two as ServerProcess).send(user, 'GET', '/v1/me/operations')).body.data[0];
  /** Parks a press at the first server; its answer is under a name, or it would be waited for here. */
  const parkedAt = async (point: 'before' | 'after'): Promise<{ pressed: Promise<ProcessAnswer> }> => {
    await around.gateway('POST', '/sandbox/hold', { at: point, count: 1 });
    const pressed = press(one);
    pressed.catch(() => undefined);
    expect(await around.gateway('GET', '/sandbox/held?atLeast=1')).toEqual({ count: 1 });
    return { pressed };
  };

  test.each(['before', 'after'] as const)(
    'one is killed while the gateway has its call, %s the charge, and the other carries it to its end',
    async (point) => {
      await parkedAt(point);
      one?.signal('SIGKILL');
      await around.gateway('POST', '/sandbox/release');
      expect(await eventually(operation, ({ status }) => status === 'succeeded')).toMatchObject({
        charged: 'yes',
        gateway: { attempts: 2 },
      });
      expect(await press(two)).toMatchObject({ status: 201 });
      expect(await around.charges()).toHaveLength(1);
    },
  );

  test('one is frozen past its lease: the other takes over, and the first answers what became true', async () => {
    const { pressed } = await parkedAt('after');
    one?.signal('SIGSTOP');
    const seen = await eventually(operation, ({ status }) => status === 'succeeded');
    expect(seen).toMatchObject({ gateway: { attempts: 2 }, recovery: { checks: 1 } });
    one?.signal('SIGCONT');
    await around.gateway('POST', '/sandbox/release');
    expect(await pressed).toMatchObject({ status: 201, body: { id: seen.id, version: seen.version, charged: 'yes' } });
    expect(await operation()).toMatchObject({ version: seen.version });
    expect(await around.charges()).toHaveLength(1);
  });

  test('a request at the second waits for the owner at the first, and adopts when that is killed', async () => {
    await parkedAt('after');
    const waiting = press(two);
    await eventually(operation, ({ requests }) => requests === 2);
    one?.signal('SIGKILL');
    await around.gateway('POST', '/sandbox/release');
    expect(await waiting).toMatchObject({ status: 201, body: { charged: 'yes', requests: 2 } });
    expect(await around.charges()).toHaveLength(1);
  });
});
