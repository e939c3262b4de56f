import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { identityOf, isAlive } from '../../../src/platform/embedded/process-identity.js';
import { type RunningRedis, startRedis } from '../../../src/platform/embedded/redis.js';
import { otherProcess } from './other-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

const started: RunningRedis[] = [];
afterEach(() => Promise.all(started.splice(0).map((redis) => redis.stop())));
afterAll(removeTemporaryFolders);

async function start(dataDir: string): Promise<RunningRedis> {
  const redis = await startRedis({ dataDir });
  if (redis === null) throw new Error('no redis-server here');
  started.push(redis);
  return redis;
}

async function ask(url: string, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}

describe('a private Redis', () => {
  test('listens on 127.0.0.1 and lets nobody in without the generated password, which no command line shows', async () => {
    const redis = await start(await temporaryFolder());
    const { hostname, password, port } = new URL(redis.url);
    expect(hostname).toBe('127.0.0.1');
    expect(await ask(redis.url, 'ping')).toBe('PONG');
    expect(await ask(redis.url, 'config', 'get', 'bind')).toEqual(['bind', '127.0.0.1']);
    await expect(ask(`redis://127.0.0.1:${port}`, 'ping')).rejects.toThrow();
    expect(await readFile(`/proc/${redis.pid}/cmdline`, 'utf8')).not.toContain(password);
  });

  test('keeps nothing on disk', async () => {
    const dataDir = await temporaryFolder();
    const redis = await start(dataDir);
    await ask(redis.url, 'set', 'lease', 'mine');
    expect(await ask(redis.url, 'config', 'get', 'save')).toEqual(['save', '']);
    await redis.stop();
    expect((await readdir(join(dataDir, 'run', 'redis'))).filter((name) => !name.startsWith('turn.'))).toEqual([]);
    expect(await ask((await start(dataDir)).url, 'get', 'lease')).toBeNull();
  });

  test('is null when no program for it is found', async () => {
    expect(await startRedis({ dataDir: await temporaryFolder(), folders: [await temporaryFolder()] })).toBeNull();
  });

  test('that ends instead of answering is one sentence with the reason', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'redis-server'), '#!/bin/sh\necho "Fatal: out of luck"\nexit 1\n', { mode: 0o755 });
    await expect(startRedis({ dataDir: await temporaryFolder(), folders: [folder] })).rejects.toThrow(
      /^Redis ended while it started: Fatal: out of luck \(log: .*redis\.log\)\.$/,
    );
  });
});

describe('a private Redis that several processes use', () => {
  test('is shared by the living ones and ended by the last', async () => {
    const dataDir = await temporaryFolder();
    const first = await otherProcess('redis', { dataDir });
    const second = await start(dataDir);
    expect(second.url).toBe(first.answer['url']);
    await first.finish();
    expect(await ask(second.url, 'ping')).toBe('PONG');
    await second.stop();
    await expect(ask(second.url, 'ping')).rejects.toThrow();
  });

  test('is ended and replaced, not adopted, when all that used it were killed', async () => {
    const dataDir = await temporaryFolder();
    const killed = await otherProcess('redis', { dataDir });
    await ask(String(killed.answer['url']), 'set', 'lease', 'of the dead');
    const orphan = await identityOf(Number(killed.answer['pid']));
    await killed.kill();
    expect(await isAlive(String(orphan))).toBe(true);
    const replacement = await start(dataDir);
    expect(await isAlive(String(orphan))).toBe(false);
    expect(await ask(replacement.url, 'get', 'lease')).toBeNull();
  });

  test('is started anew when it died', async () => {
    const dataDir = await temporaryFolder();
    const first = await start(dataDir);
    process.kill(first.pid, 'SIGKILL');
    const second = await start(dataDir);
    expect(second.pid).not.toBe(first.pid);
    expect(await ask(second.url, 'ping')).toBe('PONG');
  });
});

test('a process that bears the number of a Redis of long ago is not ended', async () => {
  const dataDir = await temporaryFolder();
  const stranger = spawn('sleep', ['60']);
  await once(stranger, 'spawn');
  await mkdir(join(dataDir, 'run', 'redis'), { recursive: true });
  await writeFile(join(dataDir, 'run', 'redis', 'server.json'), JSON.stringify({ identity: `${stranger.pid}-1`, port: 1 }));
  await start(dataDir);
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  stranger.kill();
});
