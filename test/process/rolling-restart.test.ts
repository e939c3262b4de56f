import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { endServers, newDataDir, startServer, type ServerProcess } from '../kit/processes.js';
import { surroundings, type Surroundings } from './beside.js';
import { Browser, newPress, SECRET, type Seen } from './pressing.js';

const START_TIMEOUT_MS = 150_000;
const RESTART_TIMEOUT_MS = 180_000;
const CLIENTS = 40;
const GATEWAY_MS = 50;
const PAUSE_MS = 10;
/** Presses between one restart and the next, so that each comes under load. */
const PRESSES_BETWEEN = 2 * CLIENTS;

let around: Surroundings;
beforeAll(async () => {
  around = await surroundings();
}, START_TIMEOUT_MS);
afterAll(async () => {
  await endServers();
  await around?.close();
});

/** What one press of the button took: at each server that was asked for it, one after the other, what was seen. */
type Story = Seen[];

const done = (seen: Seen | undefined): boolean => seen?.answered === true && seen.status === 201;

/** A customer who presses at either server, and again with the same key at the other when it did not work. */
async function customer(first: number, servers: () => ServerProcess[], stories: Story[], over: () => boolean): Promise<void> {
  const browser = new Browser();
  for (let at = first; !over();) {
    const press = await newPress();
    const story: Story = [];
    // Whether it took more than a second attempt is judged afterwards.
    while (!done(story.at(-1)) && story.length < 5) {
      story.push(await browser.press((servers()[at % 2] as ServerProcess).url, press));
      if (!done(story.at(-1))) at += 1;
    }
    stories.push(story);
    await sleep(PAUSE_MS);
  }
  browser.close();
}

test(
  'while two servers are replaced one after the other, whatever fails at one works at the other at once, and each customer is charged once',
  async () => {
    await around.gateway('POST', '/sandbox/faults', { latencyMs: GATEWAY_MS });
    const start = async (): Promise<ServerProcess> =>
      startServer({
        dataDir: await newDataDir(),
        env: { ...around.env, AUTH_JWT_SECRET: SECRET, REDIS_URLS: process.env['TEST_REDIS_URL'] as string },
      });
    const servers = await Promise.all([start(), start()]);
    const stories: Story[] = [];
    let over = false;
    const customers = Array.from({ length: CLIENTS }, (_, n) =>
      customer(
        n,
        () => servers,
        stories,
        () => over,
      ),
    );
    const underLoad = async (): Promise<void> => {
      const until = stories.length + PRESSES_BETWEEN;
      while (stories.length < until) await sleep(PAUSE_MS);
    };
    for (const at of [0, 1]) {
      await underLoad();
      const old = servers[at] as ServerProcess;
      old.signal('SIGTERM');
      expect(await old.ended).toBe(0);
      await underLoad();
      servers[at] = await start();
    }
    await underLoad();
    over = true;
    await Promise.all(customers);

    expect(stories.filter((story) => !done(story.at(-1)) || story.length > 2)).toEqual([]);
    expect(stories.some((story) => story.length === 2)).toBe(true);
    const charges = await around.charges();
    expect(charges).toHaveLength(stories.length);
    expect(new Set(charges.map(({ reference }) => reference)).size).toBe(charges.length);
  },
  RESTART_TIMEOUT_MS,
);
