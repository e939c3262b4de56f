import { createHmac, generateKeyPairSync } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { exportSPKI, SignJWT, UnsecuredJWT } from 'jose';
import {
  Caller,
  CallerGuard,
  CallerId,
  issueToken,
  Public,
  Roles,
  tokenReader,
  type CallerIdentity,
  type Role,
} from '../../src/api/caller.js';
import type { TokenReader } from '../../src/api/token.js';
import { KeyServer } from './key-server.js';
import { listen, type ListeningApp } from './listening-app.js';

const SECRET = 's'.repeat(32);
const NOW_S = Math.floor(Date.now() / 1000);
const LATER = { sub: 'user_42', exp: NOW_S + 600 };
const TRUST = { secret: SECRET, jwksUrl: null, issuer: null, audience: null, rolesClaim: 'roles' };

let handled = 0;

@Controller()
class Rooms {
  @Get('own')
  own(@Caller() caller: CallerIdentity, @CallerId() userId: string) {
    handled += 1;
    return { caller, userId };
  }

  @Get('public')
  @Public()
  public() {
    return { open: true };
  }

  @Get('confused')
  @Public()
  confused(@CallerId() userId: string) {
    return { userId };
  }
}

@Controller('admin')
@Roles('viewer')
class Admin {
  @Get('read')
  read() {
    return {};
  }

  @Get('act')
  @Roles('operator')
  act() {
    return {};
  }

  @Get('rule')
  @Roles('admin')
  rule() {
    return {};
  }
}

@Controller('open')
@Public()
class Open {
  @Get('closed')
  @Roles('admin')
  closed() {
    return {};
  }
}

const apps: ListeningApp[] = [];
async function behind(read: TokenReader): Promise<ListeningApp> {
  const app = await listen({ controllers: [Rooms, Admin, Open], guards: [new CallerGuard(read)] });
  apps.push(app);
  return app;
}
afterAll(() => Promise.all(apps.map((app) => app.close())));

async function ask(app: ListeningApp, path: string, token?: string, scheme = 'Bearer') {
  const response = await fetch(app.url + path, token === undefined ? {} : { headers: { authorization: `${scheme} ${token}` } });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
}

function hs256(payload: Record<string, unknown>, header: Record<string, unknown> = {}, secret = SECRET): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(Buffer.from(secret));
}

describe('with a shared secret', () => {
  let app: ListeningApp;
  beforeAll(async () => {
    app = await behind(tokenReader(TRUST));
  });
  beforeEach(() => {
    handled = 0;
  });

  async function expectRefused(token: string | undefined, scheme?: string) {
    const { status, headers, body } = await ask(app, '/own', token, scheme);
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'unauthenticated', charged: 'unknown' });
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(handled).toBe(0);
  }

  test('the caller is who the token says', async () => {
    const token = await issueToken({ secret: SECRET, userId: 'user_42', roles: ['operator'], ttlSeconds: 60 });
    const { status, body } = await ask(app, '/own', token);
    expect(status).toBe(200);
    expect(body).toEqual({ caller: { userId: 'user_42', roles: ['operator'], believedUntilMs: expect.any(Number) }, userId: 'user_42' });
  });

  test('a route without a decorator needs a token', () => expectRefused(undefined));

  test('a public route needs none, and knows no caller', async () => {
    expect((await ask(app, '/public')).status).toBe(200);
    expect((await ask(app, '/public', 'nonsense')).status).toBe(200);
    expect((await ask(app, '/confused', await hs256(LATER))).status).toBe(401);
  });

  test('a route’s own word counts before its controller’s', async () => {
    expect((await ask(app, '/open/closed')).status).toBe(401);
    expect((await ask(app, '/open/closed', await hs256(LATER))).status).toBe(403);
  });

  test.each<[Role[], number, number, number]>([
    [[], 403, 403, 403],
    [['viewer'], 200, 403, 403],
    [['operator'], 200, 200, 403],
    [['admin'], 200, 200, 200],
    [['root' as Role], 403, 403, 403],
    ['admin' as unknown as Role[], 403, 403, 403],
    [{ 0: 'admin', length: 1 } as unknown as Role[], 403, 403, 403],
  ])('roles %j read, act and rule with %i, %i, %i', async (roles, read, act, rule) => {
    const token = await hs256({ ...LATER, roles });
    const answers = await Promise.all(['read', 'act', 'rule'].map((path) => ask(app, `/admin/${path}`, token)));
    expect(answers.map(({ status }) => status)).toEqual([read, act, rule]);
  });

  test('the scheme is Bearer in any case, and nothing else', async () => {
    const token = await hs256(LATER);
    expect((await ask(app, '/own', token, 'bearer')).status).toBe(200);
    handled = 0;
    await expectRefused(token, 'Basic');
    await expectRefused(`${token} ${token}`);
    await expectRefused('');
  });

  test('a token in the query counts for nothing', async () => {
    expect((await ask(app, `/own?access_token=${await hs256(LATER)}`)).status).toBe(401);
  });

  test('no algorithm, or none in another spelling, is refused', async () => {
    await expectRefused(new UnsecuredJWT(LATER).encode());
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'nOnE', '']) await expectRefused(`${part({ alg })}.${part(LATER)}.`);
  });

  test('another algorithm with the same secret is refused', async () => {
    await expectRefused(await new SignJWT(LATER).setProtectedHeader({ alg: 'HS512' }).sign(Buffer.from(SECRET.repeat(2))));
    const head = Buffer.from('{"alg":"HS384"}').toString('base64url');
    const body = Buffer.from(JSON.stringify(LATER)).toString('base64url');
    const mac = createHmac('sha384', SECRET).update(`${head}.${body}`).digest('base64url');
    await expectRefused(`${head}.${body}.${mac}`);
  });

  test('a signature that is cut, changed or made with another secret is refused', async () => {
    const token = await hs256(LATER);
    await expectRefused(token.slice(0, -4));
    await expectRefused(token.slice(0, token.lastIndexOf('.') + 1));
    await expectRefused(`${token.slice(0, -10)}${token.at(-10) === 'A' ? 'B' : 'A'}${token.slice(-9)}`);
    await expectRefused(await hs256(LATER, {}, 'x'.repeat(32)));
  });

  test('a token without exp or without sub is refused', async () => {
    await expectRefused(await hs256({ sub: 'user_42' }));
    await expectRefused(await hs256({ exp: LATER.exp }));
  });

  test('clocks may differ by 60 s and no more', async () => {
    // Of now, and not of when this file was read, which may be long ago.
    const nowS = () => Math.floor(Date.now() / 1000);
    expect((await ask(app, '/own', await hs256({ ...LATER, exp: nowS() - 40 }))).status).toBe(200);
    expect((await ask(app, '/own', await hs256({ ...LATER, nbf: nowS() + 40 }))).status).toBe(200);
    handled = 0;
    await expectRefused(await hs256({ ...LATER, exp: nowS() - 61 }));
    await expectRefused(await hs256({ ...LATER, nbf: nowS() + 120 }));
  });

  test('a typ that names another purpose is refused', async () => {
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt'])
      expect((await ask(app, '/own', await hs256(LATER, { typ }))).status).toBe(200);
    handled = 0;
    for (const typ of ['id_token+jwt', 'logout+jwt', 'dpop+jwt', '']) await expectRefused(await hs256(LATER, { typ }));
  });

  test.each<[unknown]>([[''], [' '], ['a b'], ['a\nb'], ['a\u0000b'], ['a\u200bb'], ['x'.repeat(256)], [42], [['user_42']], [null]])(
    'sub %j names no user',
    async (sub) => expectRefused(await hs256({ ...LATER, sub })),
  );

  test('a sub of 255 visible characters names a user', async () => {
    expect((await ask(app, '/own', await hs256({ ...LATER, sub: 'ü'.repeat(255) }))).status).toBe(200);
  });

  test('a token above 8 kB is refused before it is verified', async () => {
    const token = await hs256({ ...LATER, pad: 'x'.repeat(8_192) });
    await expectRefused(token);
  });

  test.each([
    ['must be understood and is not', '{"alg":"HS256","crit":["exp-in"],"exp-in":1}'],
    ['names another algorithm than the one it is signed by', '{"alg":"HS512"}'],
    ['names none', '{"typ":"JWT"}'],
    ['is null', 'null'],
    ['is no JSON', 'HS256'],
  ])('a header that %s is refused, whoever signed it', async (_, said) => {
    const [head, body] = [said, JSON.stringify(LATER)].map((part) => Buffer.from(part).toString('base64url'));
    await expectRefused(`${head}.${body}.${createHmac('sha256', SECRET).update(`${head}.${body}`).digest('base64url')}`);
  });
});

describe('with issuer and audience', () => {
  test('both must be ours', async () => {
    const app = await behind(tokenReader({ ...TRUST, issuer: 'us', audience: 'counterfoil' }));
    const statusOf = async (claims: object) => (await ask(app, '/own', await hs256({ ...LATER, ...claims }))).status;
    expect(await statusOf({ iss: 'us', aud: 'counterfoil' })).toBe(200);
    expect(await statusOf({ iss: 'us', aud: ['other', 'counterfoil'] })).toBe(200);
    expect(await statusOf({ iss: 'them', aud: 'counterfoil' })).toBe(401);
    expect(await statusOf({ iss: 'us', aud: 'other' })).toBe(401);
    expect(await statusOf({ iss: 'us' })).toBe(401);
    expect(await statusOf({ aud: 'counterfoil' })).toBe(401);
    const issued = await issueToken({ secret: SECRET, userId: 'u', roles: [], ttlSeconds: 60, issuer: 'us', audience: 'counterfoil' });
    expect((await ask(app, '/own', issued)).status).toBe(200);
  });
});

describe('with public keys at an address', () => {
  const issuer = new KeyServer();
  const elsewhere = new KeyServer();
  let app: ListeningApp;

  beforeAll(async () => {
    await Promise.all([issuer.listen(), elsewhere.listen()]);
    for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA', 'ES384']) await issuer.addKey(alg.toLowerCase(), alg);
    await elsewhere.addKey('rs256', 'RS256');
    app = await behind(tokenReader({ ...TRUST, secret: null, jwksUrl: issuer.url }));
  });
  afterAll(() => Promise.all([issuer.close(), elsewhere.close()]));
  beforeEach(() => {
    handled = 0;
    issuer.mode = 'keys';
  });

  async function expectRefused(token: string) {
    const { status, body } = await ask(app, '/own', token);
    expect([status, body['code']]).toEqual([401, 'unauthenticated']);
    expect(handled).toBe(0);
    expect(elsewhere.asked).toEqual([]);
  }

  test.each(['rs256', 'ps256', 'es256', 'eddsa'])('a token signed by %s is believed', async (kid) => {
    expect((await ask(app, '/own', await issuer.sign(kid, LATER))).status).toBe(200);
  });

  test('the keys are fetched once', async () => {
    for (let times = 0; times < 5; times += 1) await ask(app, '/own', await issuer.sign('es256', LATER));
    expect(issuer.asked).toEqual(['/keys']);
  });

  test('an algorithm that is not on the list is refused', async () => expectRefused(await issuer.sign('es384', LATER)));

  test('a public key never passes for a shared secret', async () => {
    const pem = await exportSPKI(issuer.publicKey('rs256'));
    await expectRefused(await new SignJWT(LATER).setProtectedHeader({ alg: 'HS256', kid: 'rs256' }).sign(Buffer.from(pem)));
  });

  test('a key that the token names or brings along is never used', async () => {
    const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    await expectRefused(await elsewhere.sign('rs256', LATER, { jku: elsewhere.url }));
    await expectRefused(await elsewhere.sign('rs256', LATER, { x5u: elsewhere.url, jku: elsewhere.url, jwk }));
  });

  test.each(['other', '../../dev/null', "x' or 1=1 --", ''])('the unknown kid %j is refused without asking again', async (kid) => {
    const asked = issuer.asked.length;
    await expectRefused(await issuer.sign('rs256', LATER, { kid }));
    expect(issuer.asked.length).toBe(asked);
  });

  test('an ECDSA signature of zeros is refused', async () => {
    const [head, body] = (await issuer.sign('es256', LATER)).split('.');
    await expectRefused(`${head}.${body}.${Buffer.alloc(64).toString('base64url')}`);
  });

  test('when the keys cannot be fetched, that is not the token’s fault', async () => {
    const token = await issuer.sign('rs256', LATER);
    for (const mode of ['error', 'garbage', 'silent'] as const) {
      issuer.mode = mode;
      const fresh = await behind(tokenReader({ ...TRUST, secret: null, jwksUrl: issuer.url }));
      const { status, headers, body } = await ask(fresh, '/own', token);
      expect([mode, status, body['code']]).toEqual([mode, 503, 'service-unavailable']);
      expect(headers.get('retry-after')).not.toBeNull();
    }
    const refused = await behind(tokenReader({ ...TRUST, secret: null, jwksUrl: 'http://127.0.0.1:1/keys' }));
    expect((await ask(refused, '/own', token)).status).toBe(503);
    expect(handled).toBe(0);
  });

  test('keys already known are believed while the issuer is away', async () => {
    issuer.mode = 'error';
    expect((await ask(app, '/own', await issuer.sign('rs256', LATER))).status).toBe(200);
  });
});

describe('a defect in the guard', () => {
  test('lets nobody through', async () => {
    handled = 0;
    const app = await behind(() => {
      throw new TypeError('canary');
    });
    const { status, body } = await ask(app, '/own', 'anything');
    expect([status, body['code']]).toEqual([500, 'internal-error']);
    expect(handled).toBe(0);
  });

  test('a reader with neither secret nor keys does not start', () => {
    expect(() => tokenReader({ ...TRUST, secret: null })).toThrow(/secret/);
  });
});
