import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { Shop } from '../kit/shop.js';
import { standInsForPages } from '../kit/stand-ins.js';

let shop: Shop;
beforeAll(async () => {
  standInsForPages();
  shop = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
});
afterAll(() => shop?.close());

describe('the pages', () => {
  test.each([
    ['/console', "frame-src 'none'; frame-ancestors 'none'"],
    ['/console/operations/op_1', "frame-src 'none'; frame-ancestors 'none'"],
    ['/console/users/called.like.a.js', "frame-src 'none'; frame-ancestors 'none'"],
    ['/store', "frame-src 'self'; frame-ancestors 'none'"],
    ['/store/tab', "frame-src 'none'; frame-ancestors 'self'"],
  ])('%s runs only scripts of its own and is asked for anew', async (path, frames) => {
    const { status, headers } = await fetch(`${shop.url}${path}`);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; ");
    expect(policy).toContain("; connect-src 'self'; ");
    expect(policy).toContain(frames);
  });

  test('are made of files that are named by their content and kept for a year', async () => {
    const [file] = readdirSync('dist/web/assets');
    const { status, headers } = await fetch(`${shop.url}/assets/${file}`);
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  test.each([
    '/assets/nothing.js',
    '/assets/',
    '/assets/../console/index.html',
    '/assets/%2e%2e/console/index.html',
    '/console/main.js',
    '/store/nothing',
    '/store/tab/x',
  ])('%s is not there, and nothing is served in its place', async (path) => {
    const { status, headers } = await fetch(`${shop.url}${path}`);
    expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
  });

  test('have no store where cards are real', async () => {
    const real = await Shop.open({ leases: 'postgres', env: { ROLES: 'api', GATEWAY: 'stripe', STRIPE_API_KEY: 'sk_test_of_the_tests' } });
    expect((await fetch(`${real.url}/store`)).status).toBe(404);
    expect((await fetch(`${real.url}/store/tab`)).status).toBe(404);
    expect((await fetch(`${real.url}/console`)).status).toBe(200);
    await real.close();
  });
});
