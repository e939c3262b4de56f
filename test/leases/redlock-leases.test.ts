import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Leases } from '../../src/leases/leases.js';
import { RedlockLeases } from '../../src/leases/redlock-leases.js';
import { type LeaseStore, leasesContract } from '../contracts/leases.contract.js';
import { startTestRedis, type TestServer } from '../kit/servers.js';

for (const count of [1, 3]) leasesContract(`${count} Redis node(s)`, () => redisStore(count));

describe('leases kept in three Redis nodes', () => {
  const LONG_TTL_MS = 30_000;
  let nodes: TestServer[] = [];
  let opened: Leases[] = [];
  const changes: boolean[] = [];

  const open = async (ttlMs: number, urls = nodes.map((node) => node.url)) => {
    const leases = new RedlockLeases({ urls, ttlMs, holder: 'test:1', onChange: (available) => changes.push(available) });
    opened.push(leases);
    await leases.connected();
    return leases;
  };
  const node = (index: number) => nodes[index]!;
  const place = (index: number, key: string, value: string, ttlMs: number) =>
    command(node(index), 'set', `counterfoil:lease:${key}`, value, 'PX', ttlMs);

  beforeAll(async () => {
    nodes = await Promise.all([startTestRedis(), startTestRedis(), startTestRedis()]);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(opened.map((leases) => leases.close()));
    opened = [];
    for (const each of nodes) {
      each.resume();
      await each.kill();
      await each.restart();
    }
  });
  afterAll(async () => {
    await Promise.all(nodes.map((each) => each.stop()));
  });

  test('with one node dead a lease is acquired, exclusive, extended and released', async () => {
    const [first, second] = [await open(300), await open(300)];
    await node(1).kill();
    const acquisition = await first.acquire('user');
    if (acquisition.kind !== 'acquired') throw new Error(acquisition.kind);
    for (const end = performance.now() + 900; performance.now() < end; await sleep(50)) {
      expect((await second.acquire('user')).kind).toBe('taken');
    }
    expect(acquisition.lease.lost.aborted).toBe(false);
    await acquisition.lease.release();
    expect((await second.acquire('user')).kind).toBe('acquired');
  });

  test('with one node hung a lease is acquired within half a second', async () => {
    const leases = await open(LONG_TTL_MS);
    node(2).pause();
    const start = performance.now();
    expect((await leases.acquire('user')).kind).toBe('acquired');
    expect((await leases.acquire('user')).kind).toBe('taken');
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test('a node that stays hung costs nothing after a second of silence', async () => {
    const leases = await open(LONG_TTL_MS);
    node(2).pause();
    await leases.acquire('first');
    await sleep(1_300);
    const start = performance.now();
    expect((await leases.acquire('second')).kind).toBe('acquired');
    expect(performance.now() - start).toBeLessThan(100);
  });

  test.each(['kill', 'pause'] as const)('with two nodes gone (%s) leases are unavailable, told within half a second', async (fault) => {
    const leases = await open(LONG_TTL_MS);
    await node(0)[fault]();
    await node(1)[fault]();
    const start = performance.now();
    expect((await leases.acquire('user')).kind).toBe('unavailable');
    expect(performance.now() - start).toBeLessThan(500);
  });

  test('a node that dies under a question fails at once, without the timeout of a silent one', async () => {
    const leases = await open(LONG_TTL_MS, [node(0).url]);
    node(0).pause();
    const acquisition = leases.acquire('user');
    await sleep(10);
    await node(0).kill();
    expect(await acquisition).toEqual({ kind: 'unavailable', why: expect.not.stringContaining('timed out') });
  });

  test('a quorum that is lost and found again is reported, but not that it ends by closing', async () => {
    changes.length = 0;
    const leases = await open(LONG_TTL_MS);
    await node(0).kill();
    await node(1).kill();
    await until(() => changes.includes(false));
    await node(0).restart();
    await until(() => changes.length === 3);
    await leases.close();
    await sleep(200);
    expect(changes).toEqual([true, false, true]);
  });

  test('a vote that was lost leaves nothing behind', async () => {
    const leases = await open(LONG_TTL_MS);
    await place(0, 'user', 'rival', LONG_TTL_MS);
    await place(1, 'user', 'rival', LONG_TTL_MS);
    expect((await leases.acquire('user')).kind).toBe('taken');
    await until(async () => (await command(node(2), 'exists', 'counterfoil:lease:user')) === 0);
  });

  test('a vote split among three is taken, not unavailable', async () => {
    const leases = await open(LONG_TTL_MS);
    await place(0, 'user', 'one rival', LONG_TTL_MS);
    await place(1, 'user', 'another', LONG_TTL_MS);
    expect((await leases.acquire('user')).kind).toBe('taken');
  });

  test('a vote split with one node dead is taken, not unavailable', async () => {
    const leases = await open(LONG_TTL_MS);
    await place(0, 'user', 'rival', LONG_TTL_MS);
    await node(2).kill();
    expect((await leases.acquire('user')).kind).toBe('taken');
  });

  test('a vote split with one node hung is answered within half a second', async () => {
    const leases = await open(LONG_TTL_MS);
    await place(0, 'user', 'rival', LONG_TTL_MS);
    node(2).pause();
    const start = performance.now();
    expect((await leases.acquire('user')).kind).not.toBe('acquired');
    expect(performance.now() - start).toBeLessThan(500);
  });

  test('a rival of a split vote votes again and wins when the others have given way', async () => {
    const leases = await open(LONG_TTL_MS);
    jest.spyOn(Math, 'random').mockReturnValue(0.999);
    await Promise.all([place(0, 'user', 'one rival', 25), place(1, 'user', 'another', 25)]);
    expect((await leases.acquire('user')).kind).toBe('acquired');
  });

  test('what fewer than a quorum of the nodes stores is not listed', async () => {
    const leases = await open(LONG_TTL_MS);
    await place(0, 'ghost', 'gone:1 a', LONG_TTL_MS);
    await place(1, 'alive', 'here:2 b', LONG_TTL_MS);
    await place(2, 'alive', 'here:2 b', LONG_TTL_MS);
    expect((await leases.list(10)).map(({ key, holder }) => [key, holder])).toEqual([['alive', 'here:2']]);
  });

  test('a lease that one node has forgotten is kept by the other two', async () => {
    const leases = await open(300);
    const acquisition = await leases.acquire('user');
    if (acquisition.kind !== 'acquired') throw new Error(acquisition.kind);
    await command(node(0), 'flushall');
    await sleep(600);
    expect(acquisition.lease.lost.aborted).toBe(false);
  });

  test('an extension that a hung majority missed is made up for when it answers again', async () => {
    const leases = await open(1_500);
    const acquisition = await leases.acquire('user');
    if (acquisition.kind !== 'acquired') throw new Error(acquisition.kind);
    await sleep(450);
    node(0).pause();
    node(1).pause();
    await sleep(400);
    node(0).resume();
    node(1).resume();
    await sleep(1_500);
    expect(acquisition.lease.lost.aborted).toBe(false);
    expect((await leases.acquire('user')).kind).toBe('taken');
  });

  test('a lease granted too late is not reported as acquired even when the wall clock was set back meanwhile', async () => {
    const leases = await open(120);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    nodes.forEach((each) => each.pause());
    const acquisition = leases.acquire('user');
    await sleep(150);
    nodes.forEach((each) => each.resume());
    expect(await acquisition).toEqual({ kind: 'unavailable', why: 'the lease was granted too late' });
  });

  test('nodes that accept connections and never answer make leases unavailable within half a second', async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const url = `redis://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const leases = await open(LONG_TTL_MS, [url]);
    const start = performance.now();
    expect((await leases.acquire('user')).kind).toBe('unavailable');
    expect(performance.now() - start).toBeLessThan(500);
    await leases.close();
    sockets.forEach((socket) => socket.destroy());
    mute.close();
  });
});

async function redisStore(count: number): Promise<LeaseStore> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startTestRedis()));
  const urls = nodes.map((node) => node.url);
  let running = true;
  const onEach = async (work: (node: TestServer) => unknown) => void (await Promise.all(nodes.map(work)));
  return {
    address: { redisUrls: urls },
    open: async (ttlMs, holder = 'test:1') => {
      const leases = new RedlockLeases({ urls, ttlMs, holder });
      await leases.connected();
      return leases;
    },
    forget: () => onEach((node) => command(node, 'flushall')),
    stop: async () => {
      await onEach((node) => node.kill());
      running = false;
    },
    start: async () => {
      if (!running) await onEach((node) => node.restart());
      running = true;
    },
    hang: () => onEach((node) => node.pause()),
    resume: () => onEach((node) => node.resume()),
    destroy: () => onEach((node) => node.stop()),
  };
}

/** One command on a connection of its own. */
async function command(node: TestServer, name: string, ...args: (string | number)[]): Promise<unknown> {
  const client = new Redis(node.url);
  try {
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await holds())) {
    expect(performance.now()).toBeLessThan(end);
    await sleep(10);
  }
}
