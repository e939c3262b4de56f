import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { endServers, isAlive, newDataDir, startServer, type ServerProcess } from '../kit/processes.js';
import { eventually } from '../kit/waiting.js';
import { openScene, pressers, type FaultScene } from './scene.js';

/** A cold build of the program on a busy machine. */
const TIMEOUT_MS = 150_000;
const PATIENCE_MS = 40_000;
const SURPRISES = new URL('./surprises.mjs', import.meta.url).href;
const CROWD = 10;

let scene: FaultScene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(endServers);
afterAll(() => scene?.close());

/** A server in which that goes wrong while calls are at the gateway. */
async function surprised(surprise: string) {
  const env = { ...scene.env, NODE_OPTIONS: `--import=${SURPRISES}`, SURPRISE: surprise };
  const server: ServerProcess = await startServer({ dataDir: await newDataDir(), env });
  const held = await scene.inFlight(server, pressers(CROWD), 'after');
  server.signal('SIGUSR2');
  await eventually(
    () => Promise.resolve(server.output()),
    (output) => output.includes('a surprise:'),
    PATIENCE_MS,
  );
  return { server, held };
}

const release = () => scene.gateway('POST', '/sandbox/release');

describe('in a process in which something happens that nobody has provided for', () => {
  test.each([
    ['a promise that is rejected and that nobody waits for', 'rejection', 'unhandled rejection'],
    ['a connection that breaks and that nobody listens to', 'connection', 'a connection broke that nobody listened to'],
  ])(
    '%s is logged, and changes nothing: calls in flight are answered and the next ones served',
    async (_, surprise, said) => {
      const { server, held } = await surprised(surprise);
      expect(server.output()).toContain(said);
      await release();
      for (const { status } of await Promise.all(held)) expect(status).toBe(201);
      for (const presser of pressers(1)) expect((await scene.press(server, presser)).status).toBe(201);
      expect(isAlive(server.pid)).toBe(true);
    },
    TIMEOUT_MS,
  );

  test(
    'an exception that nobody catches is logged and ends it, after the answers of the calls in flight',
    async () => {
      const { server, held } = await surprised('exception');
      expect(server.output()).toContain('uncaught exception');
      const ready = () => server.send('anybody', 'GET', '/readyz').then(({ status }) => status);
      await eventually(ready, (status) => status === 503, PATIENCE_MS);
      await release();
      for (const { status } of await Promise.all(held)) expect(status).toBe(201);
      expect(await server.ended).toBe(1);
      await scene.expectInvariants(PATIENCE_MS);
    },
    TIMEOUT_MS,
  );
});
