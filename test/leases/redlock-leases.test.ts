import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Lease, Leases } from '../../src/leases/leases.js';
import { RedlockLeases } from '../../src/leases/redlock-leases.js';
import { type LeaseStore, leasesContract } from '../contracts/leases.contract.js';
import { inOneTryOf, promptly } from '../kit/busy-machine.js';
import { FaultProxy } from '../kit/fault-proxy.js';
import { startTestRedis, type TestServer } from '../kit/servers.js';
import { eventually } from '../kit/waiting.js';

jest.setTimeout(90_000);

for (const count of [1, 3]) leasesContract(`${count} Redis node(s)`, () => redisStore(count));

describe('leases kept in three Redis nodes', () => {
  const LONG_TTL_MS = 30_000;
  /** Two thirds of it may go by in waiting for the processor. */
  const SHORT_TTL_MS = 2_000;
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

  const acquired = async (leases: Leases): Promise<Lease> => {
    const last = await eventually(
      () => leases.acquire('user'),
      ({ kind }) => kind === 'acquired',
    );
    if (last.kind !== 'acquired') throw new Error(last.kind);
    return last.lease;
  };

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
    const [first, second] = [await open(SHORT_TTL_MS), await open(SHORT_TTL_MS)];
    await node(1).kill();
    const lease = await acquired(first);
    const seen = new Set<string>();
    for (const end = performance.now() + 2 * SHORT_TTL_MS; performance.now() < end; await sleep(50)) {
      seen.add((await second.acquire('user')).kind);
    }
    // An answer may come too late once in a while; what counts is that it is never the other one.
    expect(seen).toContain('taken');
    expect(seen).not.toContain('acquired');
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
    await acquired(second);
  });

  test('with one node hung a lease is acquired within half a second', async () => {
    const leases = await open(LONG_TTL_MS);
    node(2).pause();
    await promptly(500, async () => expect((await leases.acquire('user')).kind).toBe('acquired'));
    await promptly(500, async () => expect((await leases.acquire('user')).kind).toBe('taken'));
  });

  test('a node that stays hung costs nothing after a second of silence', async () => {
    const leases = await open(LONG_TTL_MS);
    node(2).pause();
    await leases.acquire('first');
    await sleep(1_300);
    // Less than a node is given to answer. Whether it still waits for that shows in every try.
    let tries = 0;
    await inOneTryOf(10, () => {
      const key = `of try ${(tries += 1)}`;
      return promptly(100, async () => expect((await leases.acquire(key)).kind).toBe('acquired'));
    });
  });

  test.each(['kill', 'pause'] as const)('with two nodes gone (%s) leases are unavailable, told within half a second', async (fault) => {
    const leases = await open(LONG_TTL_MS);
    await node(0)[fault]();
    await node(1)[fault]();
    await promptly(500, async () => expect((await leases.acquire('user')).kind).toBe('unavailable'));
  });

  test('a node that dies under a question fails at once, without the timeout of a silent one', async () => {
    // It has to die before that timeout.
    await inOneTryOf(5, async () => {
      await node(0).kill();
      await node(0).restart();
      const leases = await open(LONG_TTL_MS, [node(0).url]);
      node(0).pause();
      const acquisition = leases.acquire('user');
      await sleep(10);
      await node(0).kill();
      expect(await acquisition).toEqual({ kind: 'unavailable', why: expect.not.stringContaining('timed out') });
    });
  });

  test('a quorum that is lost and found again is reported, but not that it ends by closing', async () => {
    changes.length = 0;
    const leases = await open(LONG_TTL_MS);
    await node(0).kill();
    await node(1).kill();
    await until(() => changes.includes(false));
    await node(0).restart();
    await until(() => changes.length === 2);
    await leases.close();
    await sleep(200);
    expect(changes).toEqual([false, true]);
  });

  test('a former primary whose connection stayed open is left for whoever answers at its address now', async () => {
    const target = { host: '127.0.0.1', port: node(0).port };
    const proxy = await FaultProxy.to(target);
    try {
      const leases = await open(LONG_TTL_MS, [`redis://127.0.0.1:${proxy.port}`]);
      target.port = node(1).port;
      await command(node(0), 'replicaof', '127.0.0.1', `${node(1).port}`);
      expect((await leases.acquire('user')).kind).toBe('unavailable');
      const again = await eventually(
        () => leases.acquire('user'),
        ({ kind }) => kind !== 'unavailable',
      );
      expect(again.kind).toBe('acquired');
      expect(await command(node(1), 'exists', 'counterfoil:lease:user')).toBe(1);
    } finally {
      proxy.close();
    }
  });

  test('nodes that answer and cannot be written to are no leases: the ping says so', async () => {
    const leases = await open(LONG_TTL_MS, [node(0).url]);
    await expect(leases.ping()).resolves.toBeUndefined();
    await command(node(0), 'replicaof', '127.0.0.1', `${node(1).port}`);
    await expect(leases.ping()).rejects.toThrow('READONLY');
  });

  test('each node is told of for itself: where it is, how soon it answers, and why it does not', async () => {
    const leases = await open(LONG_TTL_MS);
    await node(1).kill();
    const [first, second, third] = await leases.nodes();
    for (const [index, up] of [first, third].entries())
      expect(up).toEqual({
        address: `127.0.0.1:${node(2 * index).port}`,
        version: expect.stringMatching(/^\d+\./),
        answeredInMs: expect.any(Number),
        why: null,
      });
    expect(second).toEqual({ address: `127.0.0.1:${node(1).port}`, version: null, answeredInMs: null, why: expect.stringMatching(/./) });
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
    await promptly(500, async () => expect((await leases.acquire('user')).kind).not.toBe('acquired'));
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
    const leases = await open(SHORT_TTL_MS);
    const lease = await acquired(leases);
    await command(node(0), 'flushall');
    await sleep(2 * SHORT_TTL_MS);
    expect(lease.lost.aborted).toBe(false);
  });

  test('an extension that a hung majority missed is made up for when it answers again', async () => {
    const ttlMs = 4_500;
    const leases = await open(ttlMs);
    const lease = await acquired(leases);
    // It is extended after a third of its TTL.
    await sleep(ttlMs / 3 - 150);
    node(0).pause();
    node(1).pause();
    await sleep(500);
    node(0).resume();
    node(1).resume();
    await sleep(ttlMs);
    expect(lease.lost.aborted).toBe(false);
    await eventually(
      () => leases.acquire('user'),
      ({ kind }) => kind === 'taken',
    );
  });

  test('a lease granted too late is not reported as acquired even when the wall clock was set back meanwhile', async () => {
    const leases = await open(60);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    // Each try by a key of its own: one that comes after the timeout of a command leaves its lease behind.
    let tries = 0;
    await inOneTryOf(5, async () => {
      nodes.forEach((each) => each.pause());
      const acquisition = leases.acquire(`of try ${(tries += 1)}`);
      await sleep(80);
      nodes.forEach((each) => each.resume());
      expect(await acquisition).toEqual({ kind: 'unavailable', why: 'the lease was granted too late' });
    });
  });

  test('nodes that accept connections and never answer make leases unavailable within half a second', async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const url = `redis://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const leases = await open(LONG_TTL_MS, [url]);
    await promptly(500, async () => expect((await leases.acquire('user')).kind).toBe('unavailable'));
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
  await eventually(async () => holds(), Boolean);
}
