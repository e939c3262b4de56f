import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CallerGuard, type Role } from '../../src/api/caller.js';
import { RateLimit } from '../../src/api/rate-limit.js';
import { newUser } from '../kit/names.js';
import { Shop } from '../kit/shop.js';
import { BODIES, bearer, everyRow, json, MISSING, routesOf, send, type Route } from './walk.js';

/** The role that each route for admins needs at least. */
const LEAST: Record<string, Role> = {
  'GET /v1/admin/operations': 'viewer',
  'GET /v1/admin/operations/{id}': 'viewer',
  'GET /v1/admin/plans': 'viewer',
  'GET /v1/admin/leases': 'viewer',
  'GET /v1/admin/users/{userId}': 'viewer',
  'GET /v1/admin/users/{userId}/credits': 'viewer',
  'GET /v1/admin/users/{userId}/credits/entries': 'viewer',
  'GET /v1/admin/invoices': 'viewer',
  'GET /v1/admin/invoices/{id}': 'viewer',
  'GET /v1/admin/events': 'viewer',
  'GET /v1/admin/stats': 'viewer',
  'GET /v1/admin/system': 'viewer',
  'GET /v1/admin/audit': 'viewer',
  'POST /v1/admin/operations/{id}/recover': 'operator',
  'POST /v1/admin/operations/{id}/cancel': 'operator',
  'POST /v1/admin/operations/{id}/notes': 'operator',
  'POST /v1/admin/operations/{id}/refund': 'operator',
  'POST /v1/admin/operations/{id}/resolve': 'admin',
  'POST /v1/admin/users/{userId}/credits': 'admin',
  'POST /v1/admin/users/{userId}/subscription/pause': 'operator',
  'POST /v1/admin/users/{userId}/subscription/resume': 'operator',
  'POST /v1/admin/plans': 'admin',
  'PATCH /v1/admin/plans/{id}': 'admin',
};

/** Routes that bear no token. */
const PUBLIC = [
  'GET /v1/plans',
  'POST /v1/webhooks/{gateway}',
  'POST /v1/test/stage/shoppers',
  'GET /livez',
  'GET /readyz',
  'GET /metrics',
];

const RANKS = ['nobody', 'user', 'viewer', 'operator', 'admin'] as const;

let shop: Shop;
let routes: Route[];

beforeAll(async () => {
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
  routes = await routesOf(shop);
});
afterAll(() => shop?.close());
afterEach(() => void jest.restoreAllMocks());

describe('who may do what', () => {
  test('is laid down for every route', () => {
    const admin = routes.filter(({ path }) => path.startsWith('/v1/admin')).map(({ name }) => name);
    expect(admin.sort()).toEqual(Object.keys(LEAST).sort());
    expect(PUBLIC.filter((name) => !routes.some((route) => route.name === name))).toEqual([]);
  });

  test('every route that is not public refuses who bears no token, whatever else is wrong with the request', async () => {
    const before = await everyRow(shop);
    for (const route of routes.filter(({ name }) => !PUBLIC.includes(name))) {
      const bare = await send(shop, route.method, fill(route), {});
      expect([route.name, bare.status, codeOf(bare.text)]).toEqual([route.name, 401, 'unauthenticated']);
      expect(bare.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(await everyRow(shop)).toEqual(before);
  });

  test.each(Object.keys(LEAST))('%s', async (name) => {
    const [method = '', path = ''] = name.split(' ');
    const needed = RANKS.indexOf(LEAST[name] as Role);
    const before = await everyRow(shop);
    for (const rank of RANKS.slice(0, needed)) {
      const refused = await ask({ name, method, path }, rank === 'nobody' ? null : await tokenOf(rank));
      expect([rank, refused.status, codeOf(refused.text)]).toEqual([
        rank,
        ...(rank === 'nobody' ? [401, 'unauthenticated'] : [403, 'forbidden']),
      ]);
    }
    for (const token of await badTokens()) expect((await ask({ name, method, path }, token)).status).toBe(401);
    expect(await everyRow(shop)).toEqual(before);
    for (const rank of RANKS.slice(needed)) {
      expect([200, 201, 404]).toContain((await ask({ name, method, path }, await tokenOf(rank))).status);
    }
  });

  test('a role that nobody knows, or that comes from elsewhere than the token, is none', async () => {
    const authorization = await bearer(newUser(), ['root', 'Admin', 'ADMIN'] as unknown as Role[]);
    expect((await send(shop, 'GET', '/v1/admin/stats', { authorization })).status).toBe(403);
    const user = await bearer(newUser());
    const claims = { 'x-roles': 'admin', 'x-user-role': 'admin', roles: 'admin', cookie: 'roles=admin' };
    expect((await send(shop, 'GET', '/v1/admin/stats?roles=admin', { authorization: user, ...claims })).status).toBe(403);
  });

  test('another method, another spelling of the path and HEAD open no back door', async () => {
    const authorization = await bearer(newUser());
    const tried: [string, string, number][] = [
      ['HEAD', '/v1/admin/stats', 403],
      ['GET', '/v1/%61dmin/stats', 403],
      ['GET', '/v1/me/../admin/stats', 403],
      ['GET', '//v1/admin/stats', 404],
      ['GET', '/v1/admin/stats/', 404],
      ['GET', '/V1/Admin/stats', 404],
      ['GET', '/v1/admin/stats;x=1', 404],
      ['GET', '/v1/admin/stats%00', 404],
    ];
    const others = { 'x-http-method-override': 'GET', 'x-original-url': '/v1/admin/stats', 'x-rewrite-url': '/v1/admin/stats' };
    for (const [method, path, status] of tried) {
      const sent = await send(shop, method, path, { authorization, ...others });
      expect([path, sent.status]).toEqual([path, status]);
    }
  });
});

describe('a guard that breaks', () => {
  test.each([
    ['the one that asks who is calling', CallerGuard],
    ['the one that counts requests', RateLimit],
  ])('lets nobody through: %s', async (_, guard) => {
    const authorization = await bearer(newUser(), ['admin']);
    const [before, charges] = [await everyRow(shop), await shop.charges()];
    jest.spyOn(guard.prototype, 'canActivate').mockImplementation(() => {
      throw new Error('a defect');
    });
    for (const { name, method, path } of routes.filter((route) => !PUBLIC.includes(route.name))) {
      const sent = await ask({ name, method, path }, authorization);
      expect([name, sent.status, codeOf(sent.text)]).toEqual([name, 500, 'internal-error']);
    }
    expect(await everyRow(shop)).toEqual(before);
    expect(await shop.charges()).toEqual(charges);
  });
});

function fill({ name, path }: Route): string {
  return path
    .replace('{id}', name.includes('plans') ? 'basic' : name.includes('subscriptions') ? MISSING.sub : MISSING.op)
    .replace('{userId}', 'user_42');
}

async function ask(route: Route, authorization: string | null) {
  const headers = json(authorization ?? '');
  if (authorization === null) delete headers['authorization'];
  const body = BODIES[route.name];
  if (!body) delete headers['content-type'];
  // Each rank that may create a plan creates its own.
  const fresh = route.name === 'POST /v1/admin/plans' ? { ...body, id: newUser() } : body;
  return send(shop, route.method, fill(route), headers, fresh && JSON.stringify(fresh));
}

function tokenOf(rank: string): Promise<string> {
  return bearer(`${rank}_1`, rank === 'user' ? [] : [rank as Role]);
}

/** Admins' tokens that are over, or made by somebody else. */
function badTokens(): Promise<string[]> {
  const stranger = 'a secret of somebody else, as long as ours is';
  return Promise.all([bearer('admin_1', ['admin'], { ttlSeconds: -120 }), bearer('admin_1', ['admin'], { secret: stranger })]);
}

function codeOf(text: string): unknown {
  return (JSON.parse(text) as { code?: unknown }).code;
}
