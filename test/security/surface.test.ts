import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { bearer, routesOf, send } from './walk.js';

/** Pages for people; everything else that the router takes is in the document. */
const PAGES = /^\/(|return|docs(\/.*)?|openapi\.(json|yaml)|problems(\/:slug)?|console\*?|store(\/tab)?|assets\/:file)$/;

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

test('the router takes what the document names, and nothing else', async () => {
  const fastify = shop.service.app.getHttpAdapter().getInstance() as unknown as { printRoutes(options: object): string };
  const taken = routesIn(fastify.printRoutes({ commonPrefix: false })).filter(({ path }) => !PAGES.test(path));
  const named = (await routesOf(shop)).map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  expect(taken.length).toBeGreaterThan(20);
  expect(taken.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(named.sort());
});

describe('headers', () => {
  /** What every answer says, page or data, good or bad. */
  const ALWAYS = {
    'content-security-policy':
      "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;" +
      "object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' 'unsafe-inline'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
  };

  test.each<[string, number, string, string | null]>([
    ['/v1/plans', 200, 'application/json; charset=utf-8', 'no-store'],
    ['/v1/me/operations', 200, 'application/json; charset=utf-8', 'no-store'],
    ['/v1/me/subscription', 404, 'application/problem+json; charset=utf-8', 'no-store'],
    ['/v1/admin/stats', 403, 'application/problem+json; charset=utf-8', 'no-store'],
    ['/nothing', 404, 'application/problem+json; charset=utf-8', 'no-store'],
    ['/livez', 200, 'application/json; charset=utf-8', null],
    ['/problems/plan-full', 200, 'text/html; charset=utf-8', null],
    ['/docs', 200, 'text/html', null],
  ])('of %s say what they are and how they may be used', async (path, status, type, cache) => {
    const answer = await send(shop, 'GET', path, { authorization: await bearer(newUser()) });
    const told = Object.fromEntries(answer.headers);
    expect(answer.status).toBe(status);
    expect(told).toMatchObject({ ...ALWAYS, 'content-type': type });
    expect(answer.headers.get('cache-control')).toBe(cache);
    expect(told['request-id']).toMatch(/^req_[0-9a-z]{26}$/);
  });

  test('name no product, no version and set no cookie', async () => {
    for (const path of ['/v1/plans', '/nothing', '/docs', '/livez', '/metrics']) {
      const { headers } = await send(shop, 'GET', path, {});
      for (const name of ['server', 'x-powered-by', 'via', 'set-cookie']) expect([name, headers.get(name)]).toEqual([name, null]);
    }
  });

  test('let no page of another origin read an answer, however it asks', async () => {
    const origin = 'https://shop.example';
    for (const [method, path] of [
      ['GET', '/v1/plans'],
      ['GET', '/v1/me/subscription'],
      ['OPTIONS', '/v1/me/subscription'],
      ['OPTIONS', '/v1/admin/operations'],
    ] as const) {
      const asked = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,idempotency-key' };
      const { headers, status } = await send(shop, method, path, asked);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      if (method === 'OPTIONS') expect(status).toBe(405);
    }
  });
});

describe('methods', () => {
  test.each(['TRACE', 'CONNECT', 'PROPFIND', 'DEBUG'])('%s is never served and repeats nothing', async (method) => {
    const answer = await raw(method, '/v1/plans', { 'x-secret': 'canary-of-trace' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).not.toContain('canary-of-trace');
  });
});

test('an error tells nothing of the inside', async () => {
  const tried = [
    '/v1/admin/users/%00',
    '/v1/admin/operations?q=%00',
    '/v1/admin/operations?createdAfter=0000-01-01T00:00:00Z',
    '/%E0%A4%A',
    '/docs/../../etc/passwd',
    '/docs/%2e%2e/%2e%2e/package.json',
  ];
  for (const path of tried) {
    const answer = await send(shop, 'GET', path, { authorization: await bearer('viewer_1', ['viewer']) });
    expect([path, [400, 404].includes(answer.status)]).toEqual([path, true]);
    expect(answer.text).not.toMatch(/node_modules|\.ts\b|\.js:|at \w+ \(|select |invalid byte|postgres|typeorm|fastify/i);
  }
});

/** Of a tree that indents children by four characters below the path they continue. */
function routesIn(tree: string): { method: string; path: string }[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', segment = '', methods = ''] = /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    if (segment === '') return [];
    const depth = indent.length / 4;
    above.length = depth;
    above.push(segment);
    const path = above.join('');
    return methods
      .split(', ')
      .filter((method) => method !== '' && method !== 'HEAD')
      .map((method) => ({ method, path }));
  });
}

/** Browsers' fetch refuses to send such methods. */
function raw(method: string, path: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(shop.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers });
    asked.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('connect', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, text: '' });
    });
    // The connection is closed on methods that are not even HTTP: nothing was served.
    asked.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve({ status: 599, text: '' }) : reject(error)));
    asked.end();
  });
}
