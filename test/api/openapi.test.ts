import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { existsSync, readFileSync } from 'node:fs';
import { PROBLEMS } from '../../src/platform/problems/catalogue.js';
import { Contract } from '../kit/contract.js';
import { newUser } from '../kit/names.js';
import { Shop, type Answer } from '../kit/shop.js';

/** For people, and the document itself. */
const PAGES = /^\/($|(return|docs|openapi\.(json|yaml)|problems|console|store|assets)(\/|$))/;

let shop: Shop;
let document: Contract['document'];
beforeAll(async () => {
  shop = await Shop.open();
  document = (await (await fetch(`${shop.url}/openapi.json`)).json()) as Contract['document'];
});
afterAll(() => shop?.close());

function documented(): string[] {
  return Object.entries(document.paths).flatMap(([path, routes]) => Object.keys(routes).map((method) => `${method.toUpperCase()} ${path}`));
}

/** What the router of the running service takes, as the document spells it. */
function routed(): string[] {
  const fastify: FastifyInstance = shop.service.app.getHttpAdapter().getInstance();
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  const paths = pathsIn(fastify.printRoutes({ commonPrefix: false }));
  return paths
    .flatMap((url) => methods.filter((method) => fastify.hasRoute({ method, url })).map((method) => `${method} ${url}`))
    .filter((route) => !PAGES.test(route.split(' ')[1]!))
    .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
}

/** The tree that Fastify prints: four characters for each level, then a part of the path. */
function pathsIn(tree: string): string[] {
  const above: string[] = [];
  const paths = new Set<string>();
  for (const line of tree.split('\n')) {
    const found = /^([│ ]*)[├└]── (\S*)/.exec(line);
    if (!found) continue;
    const level = (found[1] as string).length / 4;
    above.length = level;
    above.push(found[2] as string);
    paths.add(above.join(''));
  }
  return [...paths];
}

describe('the OpenAPI document', () => {
  test('has every route of the running service, and no other', () => {
    const routes = routed();
    expect(routes.length).toBeGreaterThan(20);
    expect(documented().toSorted()).toEqual(routes.toSorted());
  });

  test('that is committed is the one that the service serves', () => {
    expect(existsSync('openapi.json')).toBe(true);
    expect(JSON.parse(readFileSync('openapi.json', 'utf8'))).toEqual(document);
  });

  test('is OpenAPI 3.1 and is shown on a page', async () => {
    expect(document).toMatchObject({ openapi: '3.1.0' });
    const page = await fetch(`${shop.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toMatchObject([200, expect.stringMatching(/^text\/html/)]);
  });

  test('asks for a key on every route that changes something, and for a token on every route but those that need none', () => {
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, { security?: unknown[]; parameters?: { name: string; required: boolean }[] }>).map(
        ([method, route]) => ({ name: `${method} ${path}`, ...route }),
      ),
    );
    const keyed = routes.filter(({ parameters }) => parameters?.some(({ name, required }) => name === 'Idempotency-Key' && required));
    const changing = routes.filter(({ name }) => !/^get |\/webhooks\/|\/preview$|\/v1\/test\//.test(name));
    expect(keyed.map(({ name }) => name)).toEqual(changing.map(({ name }) => name));
    const open = routes.filter(({ security }) => security?.length === 0).map(({ name }) => name);
    expect(open.toSorted()).toEqual([
      'get /livez',
      'get /metrics',
      'get /readyz',
      'get /v1/plans',
      'post /v1/test/stage/shoppers',
      'post /v1/webhooks/{gateway}',
    ]);
  });

  test('names only problems that are in the catalogue, each under its status', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, route] of Object.entries(methods)) {
        for (const code of route['x-problems'] ?? []) {
          expect(Object.keys(PROBLEMS)).toContain(code);
          const { status } = PROBLEMS[code as keyof typeof PROBLEMS];
          expect([method, path, code, Object.keys(route.responses).includes(String(status))]).toEqual([method, path, code, true]);
        }
      }
    }
  });
});

describe('what holds every answer of the tests against the document', () => {
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
    status,
    body,
    headers: new Headers({
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      'request-id': 'req_1',
      ...headers,
    }),
  });
  const problem = { type: 't', title: 't', status: 404, code: 'not-found', charged: 'no', retryable: false, requestId: 'req_1' };
  const check = (path: string, seen: Answer) => () => Contract.of(shop.service.app).check('GET', path, seen);

  test('lets through what fits', async () => {
    const client = shop.as(newUser());
    const { headers, body } = await client.subscribe('free');
    expect(check(`/v1/operations/${body.id}`, { status: 200, headers, body })).not.toThrow();
    expect(check('/v1/operations/op_1', answer(404, problem))).not.toThrow();
  });

  test('finds a member that is missing, one too many, an unknown status, another media type, another request', async () => {
    const { body } = await shop.as(newUser()).subscribe('free');
    const path = '/v1/operations/op_1';
    const { charged: _left, ...without } = body;
    expect(check(path, answer(200, without))).toThrow(/charged/);
    expect(check(path, answer(200, { ...body, fence: 1 }))).toThrow(/fence/);
    expect(check(path, answer(200, { ...body, subscription: { ...body.subscription, seated: true } }))).toThrow(/subscription/);
    expect(check(path, answer(201, body))).toThrow(/does not have/);
    expect(check(path, answer(200, body, { 'content-type': 'text/html' }))).toThrow(/text\/html/);
    expect(check(path, answer(404, problem, { 'content-type': 'application/json' }))).toThrow(/no problem/);
    expect(check(path, answer(404, { ...problem, requestId: 'req_2' }))).toThrow(/another request/);
    expect(check(path, answer(404, { ...problem, code: 'nonsense' }))).toThrow(/code/);
    expect(check(path, answer(404, { ...problem, operation: { ...body, timeline: [] } }))).toThrow(/timeline/);
  });
});
