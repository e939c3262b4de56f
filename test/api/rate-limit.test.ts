import { Controller, Get, type ExecutionContext } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { CallerGuard, issueToken, Public, tokenReader } from '../../src/api/caller.js';
import { RateLimit, Unmetered } from '../../src/api/rate-limit.js';
import { inOneTryOf, promptly } from '../kit/busy-machine.js';
import { startTestRedis, type TestRedis } from '../kit/servers.js';
import { eventually } from '../kit/waiting.js';
import { listen, type ListeningApp } from './listening-app.js';

const SECRET = 's'.repeat(32);

@Controller()
class Rooms {
  @Get('own')
  own() {
    return {};
  }

  @Get('public')
  @Public()
  public() {
    return {};
  }

  @Get('probe')
  @Public()
  @Unmetered()
  probe() {
    return {};
  }
}

const opened: { app: ListeningApp; limit: RateLimit }[] = [];
afterEach(async () => {
  for (const { app, limit } of opened.splice(0)) {
    await app.close();
    limit.close();
  }
});

async function replica(perMinute: number, redisUrls: string[] = []): Promise<ListeningApp> {
  const limit = new RateLimit({ perMinute, redisUrls });
  const read = tokenReader({ secret: SECRET, jwksUrl: null, issuer: null, audience: null, rolesClaim: 'roles' });
  const app = await listen({ controllers: [Rooms], guards: [new CallerGuard(read, limit), limit] });
  opened.push({ app, limit });
  return app;
}

let tokens: { a: string; b: string };
beforeAll(async () => {
  const tokenOf = (userId: string) => issueToken({ secret: SECRET, userId, roles: [], ttlSeconds: 600 });
  tokens = { a: await tokenOf('a'), b: await tokenOf('b') };
});

async function ask(app: ListeningApp, path: string, token?: string, headers: Record<string, string> = {}) {
  return fetch(app.url + path, { headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });
}

async function statuses(times: number, request: () => Promise<Response>): Promise<number[]> {
  const found: number[] = [];
  for (let time = 0; time < times; time += 1) found.push((await request()).status);
  return found;
}

describe('in one process', () => {
  test('a user beyond the limit is told when to come back, and others are not', async () => {
    const app = await replica(3);
    const from = performance.now();
    expect(await statuses(3, () => ask(app, '/own', tokens.a))).toEqual([200, 200, 200]);
    const refused = await ask(app, '/own', tokens.a);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate-limited', charged: 'unknown', retryable: true });
    const retryAfter = Number(refused.headers.get('retry-after'));
    // What is left of the minute that began with the first request.
    expect(retryAfter).toBeGreaterThan(59 - (performance.now() - from) / 1_000);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect((await ask(app, '/own', tokens.b)).status).toBe(200);
  });

  test('0 is no limit', async () => {
    const app = await replica(0);
    expect(new Set(await statuses(50, () => ask(app, '/own', tokens.a)))).toEqual(new Set([200]));
  });

  test('without a user the address of the socket counts, whatever a header says', async () => {
    const app = await replica(3);
    let client = 0;
    const forged = () =>
      ask(app, '/public', undefined, {
        'x-forwarded-for': `10.0.0.${(client += 1)}`,
        'x-real-ip': `10.0.1.${client}`,
        forwarded: `for=10.0.2.${client}`,
      });
    expect(await statuses(4, forged)).toEqual([200, 200, 200, 429]);
  });

  test('bad tokens are counted, and do not lock out who shares the address', async () => {
    const app = await replica(3);
    expect(await statuses(4, () => ask(app, '/own', 'guess'))).toEqual([401, 401, 401, 429]);
    expect((await ask(app, '/own', tokens.a)).status).toBe(200);
    expect((await ask(app, '/public')).status).toBe(200);
  });

  test('a route that is unmetered is never refused', async () => {
    const app = await replica(1);
    expect(await statuses(5, () => ask(app, '/probe'))).toEqual([200, 200, 200, 200, 200]);
  });

  test('all of an IPv6 network is one address, and an IPv4 address in IPv6 form is itself', async () => {
    const limit = new RateLimit({ perMinute: 1, redisUrls: [] });
    const from = (remoteAddress: string) =>
      ({
        getHandler: () => ask,
        getClass: () => Rooms,
        switchToHttp: () => ({ getRequest: () => ({ socket: { remoteAddress } }) }),
      }) as unknown as ExecutionContext;
    await limit.canActivate(from('2001:db8:1:2::1'));
    await expect(limit.canActivate(from('2001:db8:1:2:ffff:1:2:3'))).rejects.toMatchObject({ code: 'rate-limited' });
    expect(await limit.canActivate(from('2001:db8:1:3::1'))).toBe(true);
    expect(await limit.canActivate(from('2001:db8::1'))).toBe(true);
    expect(await limit.canActivate(from('::1'))).toBe(true);
    expect(await limit.canActivate(from('192.0.2.1'))).toBe(true);
    await expect(limit.canActivate(from('::ffff:192.0.2.1'))).rejects.toMatchObject({ code: 'rate-limited' });
  });
});

describe('with Redis', () => {
  let redis: TestRedis;
  let client: Redis;
  beforeAll(async () => {
    redis = await startTestRedis();
    client = new Redis(redis.url);
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  /** The connection is made in the background; until then the process counts for itself. */
  async function connected(app: ListeningApp): Promise<void> {
    await client.flushall();
    await eventually(
      () => ask(app, '/public').then(() => client.dbsize()),
      (counters) => counters > 0,
    );
    await client.flushall();
  }

  test('the limit is shared between replicas', async () => {
    // A Redis that is too slow for once lets one more through.
    await inOneTryOf(5, async () => {
      const [one, other] = [await replica(4, [redis.url]), await replica(4, [redis.url])];
      await connected(one);
      await connected(other);
      const both = [...(await statuses(2, () => ask(one, '/own', tokens.a))), ...(await statuses(3, () => ask(other, '/own', tokens.a)))];
      expect(both).toEqual([200, 200, 200, 200, 429]);
      expect((await ask(one, '/own', tokens.a)).status).toBe(429);
    });
  });

  test('a silent Redis costs a request at most 0.2 s, soon nothing, and the limit still holds', async () => {
    const app = await replica(5, [redis.url]);
    await connected(app);
    redis.pause();
    try {
      // 50 ms for the request itself.
      const answers = await statuses(8, () => promptly(250, () => ask(app, '/own', tokens.b)));
      expect(answers).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
      // Less than Redis was given to answer.
      await inOneTryOf(10, () => promptly(100, () => ask(app, '/own', tokens.a)));
    } finally {
      redis.resume();
    }
  });

  test('without Redis every process counts for itself', async () => {
    const app = await replica(3, ['redis://127.0.0.1:1']);
    expect(await statuses(4, () => ask(app, '/own', tokens.a))).toEqual([200, 200, 200, 429]);
  });
});
