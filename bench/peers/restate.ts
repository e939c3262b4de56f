import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http2';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEndpointHandler, object } from '@restatedev/restate-sdk';
import { connect, rpc } from '@restatedev/restate-sdk-clients';
import Fastify from 'fastify';
import { uuidv7 } from 'uuidv7';
import { freePort } from '../../src/platform/embedded/ports.js';
import { charge } from '../charge.js';
import { readWish } from '../door.js';
import { answerTo, TwoStatements, type Order } from './two-statements.js';

/**
 * Restate, as its documentation does it: a virtual object for each user, whose handler runs alone and journals three steps; a key that comes again is met
 * by the ingress. The server has its default configuration (it waits for its disk, and asks once whether there is a newer one, which no setting of it forbids) and is a child of this process, so that its processor time counts with it.
 */
const { DATABASE_URL, GATEWAY_URL, SECRET, POOL_SIZE } = process.env as Record<string, string>;
const statements = new TwoStatements(DATABASE_URL as string, Number(POOL_SIZE));
const gateway = new URL(GATEWAY_URL as string);
/** Its SDK asks for a newer Node than 20, and for this alone. */
(Promise as { withResolvers?: unknown }).withResolvers ??= withResolvers;

const START_TIMEOUT_MS = 60_000;
const HOST = '127.0.0.1';

interface Context {
  run<Result>(name: string, step: () => Promise<Result>): Promise<Result>;
}

const subscriber = object({
  name: 'subscriber',
  handlers: {
    subscribe: async (context: Context, order: Order): Promise<{ status: number; body: object }> => {
      const recorded = await context.run('record', () => statements.record(order));
      if (!recorded) return { status: 409, body: { title: 'operation-in-progress' } };
      const paid = await context.run('charge', () => charge(gateway, order.id, order.paymentMethod));
      await context.run('settle', () => statements.settle(order, paid.id));
      return { status: 201, body: answerTo(order) };
    },
  },
});

const [ports, folder] = [await Promise.all([freePort(), freePort(), freePort(), freePort()]), await mkdtemp(join(tmpdir(), 'restate-'))];
const [servicePort, ingressPort, adminPort, nodePort] = ports;
createServer(createEndpointHandler({ services: [subscriber], bidirectional: true })).listen(servicePort, HOST);
const server = startServer();
for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(signal, () => void end());
await registered();
const ingress = connect({ url: `http://${HOST}:${ingressPort}` });

const app = Fastify({ logger: false });
app.put('/v1/me/subscription', async ({ headers, body }, reply) => {
  const wish = readWish(headers, body, SECRET as string);
  if ('status' in wish) return reply.code(wish.status).send({ title: wish.title });
  const order: Order = { ...wish, id: uuidv7(), subscriptionId: uuidv7() };
  const answer = await ingress.objectClient(subscriber, wish.userId).subscribe(order, rpc.opts({ idempotencyKey: wish.key }));
  return reply.code(answer.status).send(answer.body);
});
process.send?.({ url: await app.listen({ host: HOST, port: 0 }) });

/** The program itself and not npm's starter, which would stand between it and whoever counts its processor time. */
function startServer() {
  const starter = createRequire(createRequire(import.meta.url).resolve('@restatedev/restate-server/package.json'));
  const env = {
    ...process.env,
    RESTATE_BASE_DIR: folder,
    RESTATE_BIND_IP: HOST,
    RESTATE_BIND_PORT: `${nodePort}`,
    RESTATE_INGRESS__BIND_PORT: `${ingressPort}`,
    RESTATE_ADMIN__BIND_PORT: `${adminPort}`,
    RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
    DO_NOT_TRACK: '1',
    RESTATE_LOG_FILTER: 'error,octocrab=off',
  };
  return spawn(starter.resolve(`@restatedev/restate-server-${platform()}-${arch()}/bin/restate-server`), ['--no-logo'], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function registered(): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  const body = JSON.stringify({ uri: `http://${HOST}:${servicePort}` });
  const headers = { 'content-type': 'application/json' };
  for (;;) {
    const answer = await fetch(`http://${HOST}:${adminPort}/deployments`, { method: 'POST', headers, body }).catch(() => null);
    if (answer?.ok) return;
    if (server.exitCode !== null || performance.now() > giveUpAt)
      throw new Error(`restate-server: ${(await answer?.text()) ?? 'no answer'}`);
    await sleep(100);
  }
}

function withResolvers(): object {
  const resolvers: Record<string, unknown> = {};
  const promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return Object.assign(resolvers, { promise });
}

async function end(): Promise<void> {
  server.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}
