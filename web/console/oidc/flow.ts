import * as oauth from 'oauth4webapi';
import type { Errand } from './errand.ts';
import type { Issuer } from './settings.ts';
import { inPlainWords, SignInFailure } from './words.ts';

/** An authorization code with PKCE (RFC 7636, RFC 9700): where to go, and what has to be remembered until one is back. */
export function setOut(issuer: Issuer, returnTo: string, cameFrom: string): Promise<{ to: URL; errand: Errand }> {
  return inPlainWords(issuer, async () => {
    const server = await discover(issuer);
    const errand = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      cameFrom,
    };
    const to = new URL(server.authorization_endpoint as string);
    const asked = {
      response_type: 'code',
      client_id: issuer.clientId,
      redirect_uri: returnTo,
      scope: issuer.scopes,
      audience: issuer.audience,
      state: errand.state,
      nonce: errand.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(errand.verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(asked)) to.searchParams.set(name, value);
    return { to, errand };
  });
}

/** The access token that the code at this address is exchanged for. What was not asked for by this errand is refused before anything is sent. */
export function bringBack(issuer: Issuer, arrivedAt: URL, errand: Errand | null): Promise<string> {
  return inPlainWords(issuer, async () => {
    if (errand === null) throw new SignInFailure('This sign-in was not begun in this tab, or it is over already. Begin it here.');
    const server = await discover(issuer);
    const client = { client_id: issuer.clientId };
    const returnTo = `${arrivedAt.origin}${arrivedAt.pathname}`;
    const answer = oauth.validateAuthResponse(server, client, arrivedAt, errand.state);
    const given = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      answer,
      returnTo,
      errand.verifier,
      connection(issuer),
    );
    const expected = { expectedNonce: errand.nonce, requireIdToken: true };
    const { access_token: token } = await oauth.processAuthorizationCodeResponse(server, client, given, expected);
    if (token.split('.').length === 3) return token;
    throw new SignInFailure('The issuer gave a token that is no JWT, which the service cannot read. Does the issuer know its audience?');
  });
}

/** The page may speak to the issuer's own origin alone, and nobody is led elsewhere either. */
async function discover(issuer: Issuer): Promise<oauth.AuthorizationServer> {
  const address = new URL(issuer.issuer);
  const server = await oauth.processDiscoveryResponse(address, await oauth.discoveryRequest(address, connection(issuer)));
  for (const name of ['authorization_endpoint', 'token_endpoint'] as const) {
    const endpoint = server[name] ?? '';
    if (!URL.canParse(endpoint) || new URL(endpoint).origin !== address.origin)
      throw new SignInFailure(`The issuer names ${endpoint || 'nothing'} as its ${name}, which is not at its own address.`);
  }
  return server;
}

/** Plain HTTP only to an issuer on this very machine: the service takes no other without https. */
function connection({ issuer }: Issuer) {
  const isOnThisMachine = new URL(issuer).protocol === 'http:';
  // oxlint-disable-next-line typescript/no-deprecated -- it is marked so to stand out
  return { [oauth.allowInsecureRequests]: isOnThisMachine, signal: () => AbortSignal.timeout(ISSUER_TIMEOUT_MS) };
}

/** A person waits for it. */
const ISSUER_TIMEOUT_MS = 15_000;
