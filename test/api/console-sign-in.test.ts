import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, type JWTPayload } from 'jose';
import { IdentityProvider } from '../kit/identity-provider.js';
import { Shop } from '../kit/shop.js';
import { standInsForPages } from '../kit/stand-ins.js';

const CLAIM = 'https://pay.example.com/roles';
const GRACE = { name: 'auth0|grace', roles: ['operator'] };

let provider: IdentityProvider;
let shop: Shop;

beforeAll(async () => {
  standInsForPages();
  provider = await IdentityProvider.start();
  const env = { ROLES: 'api', ...provider.env, AUTH_ROLES_CLAIM: CLAIM, CONSOLE_OIDC_SCOPES: 'openid counterfoil' };
  shop = await Shop.open({ leases: 'postgres', env });
});
afterAll(async () => {
  await shop?.close();
  await provider?.close();
});

/** What the service answers to whoever bears this token and wants to see operations. */
async function statusFor(token: string): Promise<number> {
  return (await fetch(`${shop.url}/v1/admin/operations`, { headers: { authorization: `Bearer ${token}` } })).status;
}

function tokenWith(claims: JWTPayload): Promise<string> {
  return provider.accessToken(GRACE, { [CLAIM]: ['operator'], ...claims });
}

/** What the console's page says about signing in. */
async function settingsAt(url: string): Promise<unknown> {
  const page = await (await fetch(`${url}/console`)).text();
  const [, content = ''] = /<meta name="counterfoil-sign-in" content="([^"]*)" \/>/.exec(page) ?? [];
  return JSON.parse(content.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))));
}

describe('a token of the issuer that the console signs in at', () => {
  test('is believed, with the roles that stand where the configuration says', async () => {
    expect(await statusFor(await tokenWith({}))).toBe(200);
    expect(await statusFor(await tokenWith({ [CLAIM]: ['viewer', 'somebody else’s'] }))).toBe(200);
    const plans = await shop.service.app.inject({
      method: 'POST',
      url: '/v1/admin/plans',
      headers: { authorization: `Bearer ${await tokenWith({ [CLAIM]: ['viewer'] })}`, 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(plans.statusCode).toBe(403);
  });

  test.each<[string, JWTPayload]>([
    ['elsewhere', { roles: ['admin'], [CLAIM]: null }],
    ['as one text', { [CLAIM]: 'admin' }],
    ['in another claim of a similar name', { [CLAIM]: [], [`${CLAIM}/`]: ['admin'] }],
  ])('has no role where roles stand %s', async (_, claims) => {
    expect(await statusFor(await tokenWith(claims))).toBe(403);
  });

  test.each<[string, JWTPayload]>([
    ['another service', { aud: 'another' }],
    ['the console itself, as an ID token is', { aud: 'counterfoil-console' }],
    ['nobody', { aud: [] }],
  ])('is not believed when it was made for %s', async (_, claims) => {
    expect(await statusFor(await tokenWith(claims))).toBe(401);
  });

  test('is not believed when it names another issuer, is over, or is signed by anybody else', async () => {
    expect(await statusFor(await tokenWith({ iss: 'https://evil.example' }))).toBe(401);
    expect(await statusFor(await tokenWith({ iss: `${provider.issuer}/` }))).toBe(401);
    expect(await statusFor(await tokenWith({ exp: 1 }))).toBe(401);
    const claims = { iss: provider.issuer, aud: provider.audience, sub: 'grace', exp: 2 ** 40, [CLAIM]: ['admin'] };
    const forged = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'of-the-tests' });
    expect(await statusFor(await forged.sign(Buffer.from('a secret of whoever forges tokens')))).toBe(401);
  });

  test('costs the issuer one question, however many come', async () => {
    for (let times = 0; times < 5; times += 1) await statusFor(await tokenWith({}));
    expect(provider.asked.filter((path) => path === '/keys')).toHaveLength(1);
  });
});

describe('the console’s page', () => {
  test('is told where people sign in, as whom it asks there, and where roles stand', async () => {
    const issuer = { issuer: provider.issuer, audience: 'counterfoil', clientId: 'counterfoil-console', scopes: 'openid counterfoil' };
    expect(await settingsAt(shop.url)).toEqual({ rolesClaim: CLAIM, issuer });
  });

  test('may speak to the service and to the issuer’s origin, and to nobody else', async () => {
    for (const path of ['/console', '/console/signed-in?code=1&state=2', '/console/operations/op_1']) {
      const policy = (await fetch(`${shop.url}${path}`)).headers.get('content-security-policy') ?? '';
      const directives = Object.fromEntries(policy.split('; ').map((each) => [each.split(' ')[0], each.split(' ').slice(1).join(' ')]));
      expect(directives).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self' 'unsafe-inline'",
        'img-src': "'self' data:",
        'connect-src': `'self' ${new URL(provider.issuer).origin}`,
        'frame-src': "'none'",
        'frame-ancestors': "'none'",
        'base-uri': "'none'",
        'form-action': "'self'",
      });
    }
  });

  test('of the store speaks to the service alone all the same', async () => {
    const { headers } = await fetch(`${shop.url}/store`);
    expect(headers.get('content-security-policy')).toContain("; connect-src 'self'; ");
  });

  test('names nobody and speaks to nobody where no issuer is set', async () => {
    const without = await Shop.open({ leases: 'postgres', env: { ROLES: 'api' } });
    expect(await settingsAt(without.url)).toEqual({ rolesClaim: 'roles', issuer: null });
    expect((await fetch(`${without.url}/console`)).headers.get('content-security-policy')).toContain("; connect-src 'self'; ");
    await without.close();
  });
});
