import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { issueToken } from '../../src/api/token.js';
import { whileHeld } from '../kit/held.js';
import { newUser } from '../kit/names.js';
import { SECRET, Shop } from '../kit/shop.js';
import { openingTabsAt } from '../kit/tabs.js';
import { eventually } from '../kit/waiting.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());

const open = openingTabsAt(() => shop);

const sql = (text: string, values?: unknown[]) => shop.sql(text, values);

describe('a stream', () => {
  test('is refused as a problem, before it begins, to who has no good token', async () => {
    const { status, body } = await shop.as('nobody').send('GET', '/v1/me/events', undefined, { authorization: 'Bearer x.y.z' });
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  test('ends with bye when its token is no longer believed', async () => {
    // Clocks may differ by a minute: a token that expired 54 s ago is believed for 6 s more.
    const tab = await open(newUser(), { ttlSeconds: -54 });
    expect(tab.response.status).toBe(200);
    await tab.closed;
    expect(tab.events.map(({ type, data }) => [type, data.reason])).toEqual([
      ['snapshot', undefined],
      ['bye', 'token_expired'],
    ]);
  });

  test('is refused with 429 to who has ten open already, until one of them is closed; nobody else is kept out', async () => {
    const user = newUser();
    const ten = await Promise.all(Array.from({ length: 10 }, () => open(user)));
    expect(ten.map(({ response }) => response.status)).toEqual(Array.from({ length: 10 }, () => 200));
    const { status, headers } = (await open(user)).response;
    expect([status, headers.get('content-type'), headers.get('retry-after')]).toEqual([
      429,
      'application/problem+json; charset=utf-8',
      '10',
    ]);
    expect((await open(newUser())).response.status).toBe(200);
    await ten[0]?.close();
    const again = async () => (await open(user)).response.status;
    await eventually(again, (seen) => seen === 200);
  });

  test('is cut off when its reader does not read', async () => {
    const user = newUser();
    await eventually(openStreams, (count) => count === 0);
    const socket = await readsNothing(user);
    await eventually(openStreams, (count) => count === 1);
    // More than the buffers of two sockets hold.
    const note = 'x'.repeat(200_000);
    await sql(
      `with c as (insert into event_cursors values ($1, 150)) insert into events select $1, n, 'operation.updated',
         jsonb_build_object('id', gen_random_uuid(), 'status', 'pending', 'created_at', now(), 'updated_at', now(), 'to_plan_id', $2::text)
       from generate_series(1, 150) n`,
      [user, note],
    );
    await eventually(openStreams, (count) => count === 0);
    socket.destroy();
  });
});

describe('when the process stops', () => {
  test('every stream is told bye and ends, and nobody is waited for', async () => {
    const other = await shop.another();
    const tab = await open(newUser(), { url: other.url });
    const silent = await readsNothing(newUser(), other.url);
    await tab.until((events) => events.length > 0);
    const startedAt = performance.now();
    await other.service.stop();
    // The grace is 25 s.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    await tab.closed;
    expect(tab.events.at(-1)).toMatchObject({ type: 'bye', id: null, data: { reason: 'shutting_down' } });
    silent.destroy();
  });

  test('no stream begins any more', async () => {
    const other = await shop.another();
    let stopped!: Promise<void>;
    await whileHeld(
      shop,
      () => other.as(newUser()).subscribe('pro'),
      async () => {
        stopped = other.service.stop();
        const answer = await other.as(newUser()).get('/v1/me/events');
        expect([answer.status, answer.body.code]).toEqual([503, 'shutting-down']);
      },
    );
    await stopped;
  });
});

async function openStreams(): Promise<number> {
  const text = await (await fetch(`${shop.url}/metrics`)).text();
  return Number(/^counterfoil_event_streams (\d+)$/m.exec(text)?.[1]);
}

/** A reader that asks for a stream and takes nothing of it. */
async function readsNothing(userId: string, url = shop.url): Promise<Socket> {
  const token = await issueToken({ secret: SECRET, userId, roles: [], ttlSeconds: 600 });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`GET /v1/me/events HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n\r\n`);
  return socket;
}
