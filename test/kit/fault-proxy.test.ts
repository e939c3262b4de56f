import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { createDatabase } from './databases.js';
import { FaultProxy, READY_FOR_QUERY } from './fault-proxy.js';
import { eventually } from './waiting.js';

/** What a hung connection is given to prove that it does not hang. */
const QUIET_MS = 150;

describe('a fault proxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  /** What arrived at the server, which answers each piece with itself. */
  let arrived: string;
  const clients: Socket[] = [];
  beforeEach(async () => {
    arrived = '';
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined).on('end', () => socket.end());
      socket.on('data', (bytes: Buffer) => {
        arrived += bytes.toString();
        socket.write(bytes);
      });
    });
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    proxy = await FaultProxy.to({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    proxy.close();
    echo.close();
  });

  const connect = async () => {
    const socket = createConnection({ host: '127.0.0.1', port: proxy.port });
    clients.push(socket);
    const heard = { text: '', error: undefined as string | undefined, ended: false };
    socket.on('data', (bytes: Buffer) => (heard.text += bytes.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (heard.error = error.code)).on('end', () => (heard.ended = true));
    await once(socket, 'connect');
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const hears = (text: string) =>
      eventually(
        () => Promise.resolve(heard.text),
        (so) => so === text,
      );
    const breaks = () =>
      eventually(
        () => Promise.resolve(heard.error),
        (error) => error === 'ECONNRESET',
      );
    return { heard, hears, breaks, closed, say: (text: string) => socket.write(text), end: () => socket.end() };
  };
  const serverHears = (text: string) =>
    eventually(
      () => Promise.resolve(arrived),
      (so) => so === text,
    );
  const quiet = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

  test('forwards both ways and ends a connection when its client does', async () => {
    const { say, end, hears, heard } = await connect();
    say('hello');
    await hears('hello');
    end();
    await eventually(
      () => Promise.resolve(heard.ended),
      (ended) => ended,
    );
    expect(proxy.accepted).toBe(1);
  });

  test('refuses whoever connects, leaves those who are connected alone, and listens on the same port when healed', async () => {
    const early = await connect();
    proxy.refuse();
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    early.say('still here');
    await early.hears('still here');
    await proxy.heal();
    const late = await connect();
    late.say('again');
    await late.hears('again');
  });

  test('resets everybody who is connected and serves the next', async () => {
    const [one, two] = [await connect(), await connect()];
    for (const each of [one, two]) each.say('x');
    for (const each of [one, two]) await each.hears('x');
    expect(proxy.reset()).toBe(2);
    for (const each of [one, two]) await each.breaks();
    const next = await connect();
    next.say('next');
    await next.hears('next');
  });

  test('a server that is away shows as a reset', async () => {
    echo.close();
    await (await connect()).breaks();
  });

  test('hung, it accepts and forwards nothing, and delivers late what was sent meanwhile', async () => {
    proxy.hang();
    const { say, hears } = await connect();
    say('late');
    await quiet();
    expect(arrived).toBe('');
    await proxy.heal();
    await hears('late');
  });

  test('hung for answers only, it forwards requests', async () => {
    proxy.hang('answers');
    const { say, hears, heard } = await connect();
    say('question');
    await serverHears('question');
    await quiet();
    expect(heard.text).toBe('');
    await proxy.heal();
    await hears('question');
  });

  test('dropping answers, it lets requests through, and resets the connections that lost one when it is healed', async () => {
    const [lost, whole] = [await connect(), await connect()];
    proxy.dropAnswers();
    lost.say('lost');
    await serverHears('lost');
    await quiet();
    expect(lost.heard).toEqual({ text: '', error: undefined, ended: false });
    await proxy.heal();
    await lost.breaks();
    whole.say('whole');
    await whole.hears('whole');
  });

  test('delays each piece in each direction', async () => {
    proxy.delay(100);
    const { say, hears } = await connect();
    const startedAt = performance.now();
    say('x');
    await hears('x');
    expect(performance.now() - startedAt).toBeGreaterThan(195);
  });

  test('forwards slowly', async () => {
    proxy.slow(500);
    const { say, hears } = await connect();
    const startedAt = performance.now();
    say('x'.repeat(100));
    await hears('x'.repeat(100));
    expect(performance.now() - startedAt).toBeGreaterThan(195);
  });

  test('cuts an answer after so many bytes of it', async () => {
    proxy.cutAnswersAfter(4);
    const { say, closed, heard } = await connect();
    say('abcdefgh');
    await closed;
    expect(heard.text).toBe('abcd');
    expect(arrived).toBe('abcdefgh');
  });

  test('cuts the next request that contains a text before it arrives, once', async () => {
    const cut = proxy.cut('requests', 'settle');
    const [other, met] = [await connect(), await connect()];
    other.say('record');
    await other.hears('record');
    met.say('settle');
    await met.breaks();
    await cut;
    expect(arrived).toBe('record');
    other.say('settle');
    await other.hears('recordsettle');
  });

  test('cuts the answer to the next request that contains a text, though it comes in pieces', async () => {
    const { say, breaks, heard, hears } = await connect();
    say('settle');
    await hears('settle');
    const cut = proxy.cut('answers', 'settle');
    say('.set');
    await hears('settle.set');
    say('tle');
    await cut;
    await breaks();
    expect(arrived).toBe('settle.settle');
    expect(heard.text).toBe('settle.set');
  });

  test('calls a cut off when it is healed', async () => {
    void proxy.cut('requests', 'settle');
    await proxy.heal();
    const { say, hears } = await connect();
    say('settle');
    await hears('settle');
  });
});

describe('before Postgres', () => {
  test('a cut at a statement leaves it committed and its client without an answer', async () => {
    const database = await createDatabase();
    const at = new URL(database.url);
    const proxy = await FaultProxy.to({ host: at.hostname, port: Number(at.port) });
    const [through, beside] = [proxy.instead(database.url), database.url].map((url) => new pg.Client({ connectionString: url }));
    through?.on('error', () => undefined);
    await Promise.all([through?.connect(), beside?.connect()]);
    await beside?.query('create table counted (n int, filler text)');

    const cut = proxy.cut('answers', 'count.up', READY_FOR_QUERY);
    // An answer too long for one piece, of which the first leaves the server before the commit.
    const text = "insert into counted select n, repeat('x', 1000) from generate_series(1, 200) n returning *";
    await expect(through?.query({ name: 'count.up', text })).rejects.toThrow(/terminated|ECONNRESET/);
    await cut;
    expect((await beside?.query('select count(*)::int as n from counted'))?.rows).toEqual([{ n: 200 }]);

    await Promise.all([through?.end().catch(() => undefined), beside?.end()]);
    proxy.close();
    await database.drop();
  });
});
