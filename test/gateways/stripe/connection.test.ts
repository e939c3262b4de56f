import { afterEach, describe, expect, jest, test } from '@jest/globals';
import dns from 'node:dns';
import { getEventListeners, once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import type { StripeGateway } from '../../../src/gateways/stripe/stripe-gateway.js';
import { promptly } from '../../kit/busy-machine.js';
import { CHARGE, gatewayTo, intent, KNOWN, patience } from './charges.js';
import { selfSigned } from './self-signed.js';

/** No nock here: every failure is that of a real socket. */

const servers: Server[] = [];
const sockets = new Set<Socket>();
const gateways: StripeGateway[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const gateway of gateways.splice(0)) gateway.close();
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const UNREACHABLE = { kind: 'not_charged', why: 'unreachable' };
const OK = answer(JSON.stringify(intent()));

describe('a failure before the connection stands is proven not to have charged', () => {
  test('when the connection is refused', async () => {
    const gateway = open(`http://127.0.0.1:${await closedPort()}`);
    expect(await gateway.charge(CHARGE, patience())).toMatchObject({ ...UNREACHABLE, evidence: { errorCode: 'ECONNREFUSED' } });
  });

  test('when every address of the name fails, each in its own way', async () => {
    const port = await closedPort();
    lookupAnswers(null, [
      { address: '127.0.0.1', family: 4 },
      // The kernel refuses TCP to a group of hosts without sending anything.
      { address: '224.0.0.1', family: 4 },
    ]);
    const outcome = await open(`http://gateway.test:${port}`).charge(CHARGE, patience());
    expect(outcome).toMatchObject({ ...UNREACHABLE, detail: 'the connection failed: ECONNREFUSED, ENETUNREACH' });
  });

  test.each(['ENOTFOUND', 'EAI_AGAIN'])('when the name cannot be resolved: %s', async (code) => {
    lookupAnswers(code);
    expect(await open('http://gateway.test').charge(CHARGE, patience())).toMatchObject({ ...UNREACHABLE, evidence: { errorCode: code } });
  });

  test('when the certificate is not trusted, and then nothing of the request was sent', async () => {
    const { port, received } = await listen(tls.createServer(selfSigned('localhost')), 'secureConnection', () => undefined);
    const outcome = await open(`https://127.0.0.1:${port}`).charge(CHARGE, patience());
    expect(outcome).toMatchObject({ ...UNREACHABLE, evidence: { errorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    expect(received()).toBe('');
  });

  test('when the two have no cipher in common', async () => {
    const { port } = await listen(tls.createServer({}), 'secureConnection', () => undefined);
    expect(await open(`https://127.0.0.1:${port}`).charge(CHARGE, patience())).toMatchObject(UNREACHABLE);
  });

  test('when the other side does not speak TLS', async () => {
    const { port } = await serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await open(`https://127.0.0.1:${port}`).charge(CHARGE, patience())).toMatchObject(UNREACHABLE);
  });
});

describe('a connection that was lost is unknown', () => {
  test('when it is reset during the TLS handshake', async () => {
    const { port } = await serve((socket) => socket.resetAndDestroy());
    expect(await open(`https://127.0.0.1:${port}`).charge(CHARGE, patience())).toMatchObject({ kind: 'unknown' });
  });

  test('when TLS breaks after the request was sent, although the same error before would prove something', async () => {
    trustAnyCertificate();
    const { port } = await listen(tls.createServer(selfSigned('localhost')), 'secureConnection', (socket) => {
      const raw = (socket as unknown as { _parent?: Socket })._parent ?? rawSocketOf(socket);
      raw.write('this is no TLS record at all');
    });
    const outcome = await open(`https://127.0.0.1:${port}`).charge(CHARGE, patience());
    expect(outcome).toMatchObject({ kind: 'unknown', evidence: { errorCode: expect.stringMatching(/^ERR_SSL_/) } });
  });

  test.each([
    { when: 'it is reset after the request', behave: (socket: Socket) => socket.resetAndDestroy() },
    { when: 'it is closed after the request', behave: (socket: Socket) => socket.end() },
    { when: 'it is reset in the middle of the headers', behave: (socket: Socket) => thenReset(socket, 'HTTP/1.1 200 OK\r\nConte') },
    { when: 'it is reset in the middle of the body', behave: (socket: Socket) => thenReset(socket, OK.slice(0, -40)) },
    { when: 'it is closed in the middle of the body', behave: (socket: Socket) => socket.end(OK.slice(0, -40)) },
    { when: 'the answer is not HTTP', behave: (socket: Socket) => socket.end('SSH-2.0-OpenSSH\r\n') },
    {
      when: 'the protocol is switched',
      behave: (socket: Socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    },
  ])('when $when, and nothing is sent again', async ({ behave }) => {
    const { port, connections } = await serve(behave);
    expect(await open(`http://127.0.0.1:${port}`, 1_500).charge(CHARGE, patience())).toMatchObject({ kind: 'unknown' });
    expect(connections()).toBe(1);
  });

  test('when the request was sent, the connection reset and nobody listens any more', async () => {
    const { port, server, connections } = await serve((socket) => {
      server.close();
      socket.resetAndDestroy();
    });
    const outcome = await open(`http://127.0.0.1:${port}`).charge(CHARGE, patience());
    expect(outcome).toMatchObject({ kind: 'unknown', evidence: { errorCode: 'ECONNRESET' } });
    expect(connections()).toBe(1);
  });

  test('when a connection that was kept alive is closed under the next request', async () => {
    let requests = 0;
    const { port, connections } = await serve((socket) => (++requests === 1 ? socket.write(OK) : socket.resetAndDestroy()));
    const gateway = open(`http://127.0.0.1:${port}`);
    expect(await gateway.charge(CHARGE, patience())).toMatchObject({ kind: 'charged' });
    expect(await gateway.charge(CHARGE, patience())).toMatchObject({ kind: 'unknown' });
    expect({ requests, connections: connections() }).toEqual({ requests: 2, connections: 1 });
  });
});

describe('whatever hangs', () => {
  test.each([
    { when: 'no answer comes', behave: () => undefined },
    { when: 'the headers come and the body does not', behave: (socket: Socket) => socket.write(OK.slice(0, -40)) },
    { when: 'the answer comes byte by byte', behave: (socket: Socket) => drip(socket, OK) },
  ])('is unknown at the deadline: $when', async ({ behave }) => {
    const { port, connections } = await serve(behave);
    const outcome = await promptly(1_500, () => open(`http://127.0.0.1:${port}`, 300).charge(CHARGE, patience()));
    expect(outcome).toMatchObject({ kind: 'unknown', why: 'no answer within 300 ms' });
    expect(connections()).toBe(1);
  });

  test('has one deadline for all the requests of a lookup', async () => {
    const { port } = await serve(() => undefined);
    const gateway = open(`http://127.0.0.1:${port}`, 300);
    await promptly(2_000, async () => {
      expect(await gateway.find(KNOWN, patience())).toMatchObject({ kind: 'unknown' });
      expect(await gateway.cancel('pi_1', patience())).toMatchObject({ kind: 'unknown' });
    });
  });

  test('is given up and disconnected when the caller aborts', async () => {
    const abort = new AbortController();
    let closed: Promise<unknown> = Promise.reject(new Error('nothing came in'));
    closed.catch(() => undefined);
    const { port } = await serve((socket) => {
      closed = once(socket, 'close');
      abort.abort();
    });
    const outcome = await open(`http://127.0.0.1:${port}`).charge(CHARGE, abort.signal);
    expect(outcome).toEqual({ kind: 'unknown', why: 'the caller gave up' });
    await closed;
  });

  test('is not begun when the caller aborted before', async () => {
    const { port, connections } = await serve((socket) => socket.write(OK));
    const outcome = await open(`http://127.0.0.1:${port}`).charge(CHARGE, AbortSignal.abort());
    expect(outcome).toEqual({ kind: 'unknown', why: 'the caller had given up' });
    expect(connections()).toBe(0);
  });
});

describe('connections', () => {
  test('are kept alive: ten charges in a row use one and leave nothing on it', async () => {
    const requests = jest.spyOn(http, 'request');
    const { port, connections } = await serve((socket) => socket.write(OK));
    const gateway = open(`http://127.0.0.1:${port}`);
    for (let i = 0; i < 10; i++) expect(await gateway.charge(CHARGE, patience())).toMatchObject({ kind: 'charged' });
    expect(connections()).toBe(1);
    const last = requests.mock.results.at(-1)?.value as http.ClientRequest;
    expect(last.socket?.listenerCount('connect')).toBe(0);
  });

  test('of many calls under one signal leave no listener on it, and Node takes their number for no leak', async () => {
    const { port } = await serve((socket) => socket.write(OK));
    const gateway = open(`http://127.0.0.1:${port}`);
    const signal = patience();
    const calls = Array.from({ length: 20 }, () => gateway.charge(CHARGE, signal));
    expect(listenerLimit(signal)).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(20);
    await Promise.all(calls);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('of charges at the same time do not mix up their outcomes', async () => {
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(chunks).toString());
        const reference = form.get('metadata[reference]') ?? '';
        const body = JSON.stringify(intent({ id: `pi_${reference.slice(3)}`, metadata: { reference } }));
        setImmediate(() => response.end(body));
      });
    });
    const { port } = await listen(server, 'connection', () => undefined);
    const gateway = open(`http://127.0.0.1:${port}`);
    const references = Array.from({ length: 50 }, (_, i) => `cf_concurrent${i}`);
    const outcomes = await Promise.all(references.map((reference) => gateway.charge({ ...CHARGE, reference }, patience())));
    expect(outcomes.map((outcome) => ('gatewayReference' in outcome ? outcome.gatewayReference : outcome.kind))).toEqual(
      references.map((reference) => `pi_${reference.slice(3)}`),
    );
  });
});

function open(apiBase: string, timeoutMs = 5_000): StripeGateway {
  const gateway = gatewayTo(apiBase, { timeoutMs });
  gateways.push(gateway);
  return gateway;
}

/** A server that does what `behave` says each time a whole request has come in. */
async function serve(behave: (socket: Socket) => unknown) {
  const server = net.createServer((socket) => {
    let request = '';
    socket.on('data', (data) => {
      request += data.toString('latin1');
      const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
      if (request.length < request.indexOf('\r\n\r\n') + 4 + length) return;
      request = '';
      behave(socket);
    });
  });
  return { server, ...(await listen(server, 'connection', () => undefined)) };
}

async function listen(server: Server, event: string, onConnection: (socket: Socket) => unknown) {
  let [connections, received] = [0, ''];
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.on(event, (socket: Socket) => {
    if (event === 'secureConnection') socket.on('data', (data) => (received += data.toString()));
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => connections, received: () => received };
}

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answer(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function thenReset(socket: Socket, text: string): void {
  socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 50));
}

function drip(socket: Socket, text: string): void {
  let i = 0;
  const timer = setInterval(() => socket.write(text[i++] ?? ''), 20);
  socket.once('close', () => clearInterval(timer));
}

/** Answers for the resolver of names, which is not to be asked for real. */
function lookupAnswers(code: string | null, addresses: { address: string; family: number }[] = []): void {
  const error = code === null ? null : Object.assign(new Error(`getaddrinfo ${code}`), { code });
  const lookup = (_name: string, _options: unknown, done: (error: Error | null, found: unknown) => void) =>
    process.nextTick(done, error, addresses);
  jest.spyOn(dns, 'lookup').mockImplementation(lookup as never);
}

/** What `events.getMaxListeners` reads; that itself refuses a signal of Jest's realm. */
function listenerLimit(signal: AbortSignal): unknown {
  const symbol = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'events.maxEventTargetListeners');
  return symbol && Reflect.get(signal, symbol);
}

function trustAnyCertificate(): void {
  const connect = tls.connect.bind(tls) as (options: tls.ConnectionOptions) => tls.TLSSocket;
  jest
    .spyOn(tls, 'connect')
    .mockImplementation(((options: tls.ConnectionOptions) => connect({ ...options, rejectUnauthorized: false })) as never);
}

function rawSocketOf(socket: Socket): Socket {
  const raw = [...sockets].find((candidate) => candidate.remotePort === socket.remotePort);
  if (!raw) throw new Error('The connection below TLS was not found');
  return raw;
}
