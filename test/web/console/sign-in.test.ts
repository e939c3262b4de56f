import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bringBack, setOut } from '../../../web/console/oidc/flow.ts';
import type { Issuer } from '../../../web/console/oidc/settings.ts';
import { IdentityProvider, type Fault } from '../../kit/identity-provider.js';

const HERE = 'http://127.0.0.1:3000/console/signed-in';
const GRACE = { name: 'grace', roles: ['operator'] };
const EVIL = 'https://evil.example';

let provider: IdentityProvider;
let issuer: Issuer;

beforeAll(async () => {
  provider = await IdentityProvider.start();
  provider.returnTo.add(HERE);
  issuer = { issuer: provider.issuer, clientId: provider.clientId, scopes: 'openid', audience: provider.audience };
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.fault = {};
  provider.asked.length = 0;
});

/** There and back. `bent` is what somebody does to the answer on the way. */
async function signIn(bent: (back: URL) => URL = (back) => back): Promise<string> {
  const { to, errand } = await setOut(issuer, HERE, '/console');
  return bringBack(issuer, bent(provider.consent(to, GRACE)), errand);
}

function withParameter(name: string, value: string | null): (back: URL) => URL {
  return (back) => {
    if (value === null) back.searchParams.delete(name);
    else back.searchParams.set(name, value);
    return back;
  };
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

describe('signing in at the issuer', () => {
  test('brings an access token for the service, by a code that is worth nothing without what this page remembers', async () => {
    const token = await signIn();
    expect(claimsOf(token)).toMatchObject({ sub: 'grace', aud: 'counterfoil', roles: ['operator'] });
  });

  test('asks for nothing twice: state, nonce and verifier are made for one errand, and the verifier stays here', async () => {
    const [first, second] = await Promise.all([setOut(issuer, HERE, '/console'), setOut(issuer, HERE, '/console')]);
    for (const secret of ['state', 'nonce', 'verifier'] as const) {
      expect(first.errand[secret].length).toBeGreaterThanOrEqual(43);
      expect(first.errand[secret]).not.toBe(second.errand[secret]);
    }
    expect(first.to.href).not.toContain(first.errand.verifier);
  });

  test.each<[string, (back: URL) => URL]>([
    ['without a state', withParameter('state', null)],
    ['with the state of another errand', withParameter('state', 'x'.repeat(43))],
    ['of another issuer', withParameter('iss', EVIL)],
    ['of no named issuer', withParameter('iss', null)],
    ['with a token in the address', withParameter('id_token', 'a.b.c')],
  ])('an answer %s is refused before its code is sent anywhere', async (_, bent) => {
    await expect(signIn(bent)).rejects.toThrow('not an answer to this sign-in');
    expect(provider.asked).not.toContain('/token');
  });

  test('an answer that this tab did not ask for is refused before anybody is asked', async () => {
    const { to } = await setOut(issuer, HERE, '/console');
    provider.asked.length = 0;
    await expect(bringBack(issuer, provider.consent(to, GRACE), null)).rejects.toThrow('was not begun in this tab, or it is over already');
    expect(provider.asked).toEqual([]);
  });

  test('a token that was made for another errand is refused', async () => {
    provider.fault = { idToken: { nonce: 'of somebody else' } };
    await expect(signIn()).rejects.toThrow('not an answer to this sign-in');
  });

  test.each<[string, Fault]>([
    ['made for another client', { idToken: { aud: 'another' } }],
    ['made by another issuer', { idToken: { iss: EVIL } }],
    ['over', { idToken: { exp: 1 } }],
  ])('an ID token that is %s is refused', async (_, fault) => {
    provider.fault = fault;
    await expect(signIn()).rejects.toThrow('not an answer to this sign-in');
  });

  test('a code is good once', async () => {
    const { to, errand } = await setOut(issuer, HERE, '/console');
    const back = provider.consent(to, GRACE);
    await bringBack(issuer, back, errand);
    await expect(bringBack(issuer, back, errand)).rejects.toThrow('took too long, or was used already');
  });

  test('a code without the verifier of its errand is worth nothing', async () => {
    const { to } = await setOut(issuer, HERE, '/console');
    const thief = await setOut(issuer, HERE, '/console');
    const stolen = withParameter('state', thief.errand.state)(provider.consent(to, GRACE));
    await expect(bringBack(issuer, stolen, thief.errand)).rejects.toThrow('(invalid_grant)');
  });
});

describe('what goes wrong is said in plain words', () => {
  test.each([
    ['access_denied', 'The issuer did not let you in (access_denied: ask the desk).'],
    ['temporarily_unavailable', 'The issuer cannot do it at the moment (temporarily_unavailable: ask the desk).'],
    ['unauthorized_client', 'The issuer does not take the console as it is set up here (unauthorized_client: ask the desk).'],
    ['a_new_one', 'The issuer refused (a_new_one: ask the desk).'],
  ])('%s', async (error, words) => {
    provider.fault = { answer: { error, error_description: 'ask the desk' } };
    await expect(signIn()).rejects.toThrow(words);
  });

  test('a code that is refused', async () => {
    provider.fault = { exchange: { error: 'invalid_client', error_description: 'x'.repeat(1_000) } };
    await expect(signIn()).rejects.toThrow(/^The issuer does not take the console as it is set up here \(invalid_client: x{100,186}\)\.$/);
  });

  test('a token that is none for this service', async () => {
    provider.fault = { accessToken: 'opaque' };
    await expect(signIn()).rejects.toThrow('a token that is no JWT');
  });

  test('an issuer that cannot be reached', async () => {
    await expect(setOut({ ...issuer, issuer: 'http://127.0.0.1:1' }, HERE, '/console')).rejects.toThrow(
      'http://127.0.0.1:1 cannot be reached from this page',
    );
  });

  test('an address at which there is no issuer, or another one', async () => {
    const nowhere = new URL('/nothing', provider.issuer).href;
    await expect(setOut({ ...issuer, issuer: nowhere }, HERE, '/console')).rejects.toThrow('does not answer as an OpenID provider does');
    provider.fault = { metadata: { issuer: EVIL } };
    await expect(signIn()).rejects.toThrow('does not answer as an OpenID provider does');
  });

  test.each(['authorization_endpoint', 'token_endpoint'])('an issuer whose %s is not its own: nobody is sent there', async (name) => {
    provider.fault = { metadata: { [name]: `${EVIL}/${name}` } };
    const says = (endpoint: string) => `The issuer names ${endpoint} as its ${name}, which is not at its own address.`;
    for (const endpoint of [`${EVIL}/${name}`, 'javascript:alert(1)']) {
      provider.fault = { metadata: { [name]: endpoint } };
      await expect(setOut(issuer, HERE, '/console')).rejects.toThrow(says(endpoint));
    }
    provider.fault = { metadata: { [name]: undefined } };
    await expect(setOut(issuer, HERE, '/console')).rejects.toThrow(says('nothing'));
  });
});
