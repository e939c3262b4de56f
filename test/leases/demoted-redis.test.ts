import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { connect, firstTry } from '../../src/leases/redis-nodes.js';
import { startTestRedis, type TestRedis } from '../kit/servers.js';

/** More than the listeners at which Node takes a connection for a leak. */
const COMMANDS = 32;

let server: TestRedis;
let node: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  [node] = connect([server.url]) as [Redis];
  await firstTry(node);
});
afterAll(async () => {
  node.disconnect();
  await server.stop();
});

test('a connection to a node that is no primary any more is left once, however many commands are refused on it', async () => {
  const admin = new Redis(server.url);
  await admin.replicaof('127.0.0.1', '1');
  // Commands that come one after the other, and not in one pipeline.
  node.options.enableAutoPipelining = false;
  const leaves = jest.spyOn(node, 'disconnect');
  const back = new Promise((resolve) => node.once('ready', resolve));
  const written = await Promise.allSettled(Array.from({ length: COMMANDS }, (_, n) => node.set(`k${n}`, '1')));
  expect(written.filter(({ status }) => status === 'fulfilled')).toEqual([]);
  expect(leaves).toHaveBeenCalledTimes(1);
  await back;
  await expect(node.set('k', '1')).rejects.toThrow('READONLY');
  expect(leaves).toHaveBeenCalledTimes(2);
  await admin.replicaof('NO', 'ONE');
  admin.disconnect();
});
