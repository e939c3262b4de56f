import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

/** What a person is at the provider. */
export interface Person {
  name: string;
  roles: string[];
}

/** What the provider does otherwise than it should. */
export interface Fault {
  /** Members of its document that are not what they are. */
  metadata?: Record<string, unknown>;
  /** Parameters of what the browser brings back. */
  answer?: Record<string, string>;
  /** An error of the token endpoint. */
  exchange?: { error: string; error_description?: string };
  idToken?: JWTPayload;
  accessToken?: JWTPayload | 'opaque';
}

interface Grant {
  person: Person;
  asked: URLSearchParams;
}

/** A small OpenID provider on a free port of this machine: authorization code with PKCE for one public client, and nothing else. */
export class IdentityProvider {
  readonly clientId = 'counterfoil-console';
  readonly audience = 'counterfoil';
  /** Where it sends people back to. */
  readonly returnTo = new Set<string>();
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  fault: Fault = {};
  readonly #server: Server;
  readonly #grants = new Map<string, Grant>();
  readonly #keys: { privateKey: CryptoKey; publicKey: CryptoKey };

  static async start(): Promise<IdentityProvider> {
    const provider = new IdentityProvider(await generateKeyPair('ES256', { extractable: true }));
    await once(provider.#server.listen(0, '127.0.0.1'), 'listening');
    return provider;
  }

  private constructor(keys: { privateKey: CryptoKey; publicKey: CryptoKey }) {
    this.#keys = keys;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/realm`;
  }

  /** What a service that believes it is started with. */
  get env(): Record<string, string> {
    return {
      AUTH_JWT_SECRET: '',
      AUTH_JWKS_URL: `${this.issuer}/keys`,
      AUTH_ISSUER: this.issuer,
      AUTH_AUDIENCE: this.audience,
      CONSOLE_OIDC_CLIENT_ID: this.clientId,
    };
  }

  /** An access token as the token endpoint gives it. */
  accessToken(person: Person, claims: JWTPayload = {}): Promise<string> {
    return this.#sign({ aud: this.audience, client_id: this.clientId, roles: person.roles, ...claims }, person, 'at+jwt');
  }

  /** As if this person signed in on the page at that address: where the browser is sent. */
  consent(authorize: URL, person: Person): URL {
    const asked = authorize.searchParams;
    const code = randomUUID();
    this.#grants.set(code, { person, asked });
    return this.#back(asked, { code });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const address = new URL(request.url ?? '', this.issuer);
    const path = address.pathname.replace('/realm', '');
    this.asked.push(path);
    const json = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*', 'cache-control': 'no-store' })
        .end(JSON.stringify(body));
    switch (path) {
      case '/.well-known/openid-configuration':
        return json(200, { ...this.#metadata(), ...this.fault.metadata });
      case '/keys':
        return json(200, { keys: [{ ...(await exportJWK(this.#keys.publicKey)), kid: KID, alg: 'ES256', use: 'sig' }] });
      case '/authorize':
        return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(this.#page(address.searchParams));
      case '/decide':
        return response.writeHead(303, { location: this.#decide(address).href }).end();
      case '/token': {
        const tokens = await this.#exchange(new URLSearchParams(await bodyOf(request)));
        return json('error' in tokens ? 400 : 200, tokens);
      }
      default:
        return response.writeHead(404).end();
    }
  }

  #metadata(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** Where people say who they are; whoever says so is believed. */
  #page(asked: URLSearchParams): string {
    const hidden = [...asked].map(([name, value]) => `<input type="hidden" name="${name}" value="${value.replaceAll('"', '&quot;')}">`);
    return `<!doctype html><html lang="en"><title>Sign in</title><h1>The provider</h1><form action="/realm/decide">${hidden.join('')}
      <label>Name <input name="as_name"></label><label>Role <input name="as_role"></label>
      <button name="as_answer" value="yes">Sign in</button><button name="as_answer" value="no">Refuse</button></form></html>`;
  }

  #decide(decided: URL): URL {
    const said = decided.searchParams;
    if (said.get('as_answer') === 'no') return this.#back(said, { error: 'access_denied', error_description: 'the administrator said no' });
    return this.consent(decided, { name: said.get('as_name') ?? '', roles: [said.get('as_role') ?? ''] });
  }

  #back(asked: URLSearchParams, answer: Record<string, string>): URL {
    const wrong = [
      asked.get('client_id') !== this.clientId && 'client_id',
      !this.returnTo.has(asked.get('redirect_uri') ?? '') && 'redirect_uri',
      asked.get('response_type') !== 'code' && 'response_type',
      asked.get('code_challenge_method') !== 'S256' && 'code_challenge_method',
      !asked.get('scope')?.split(' ').includes('openid') && 'scope',
      asked.get('audience') !== this.audience && 'audience',
    ].filter(Boolean);
    if (wrong.length > 0) throw new Error(`not asked as it should be: ${wrong.join(', ')}`);
    const back = new URL(asked.get('redirect_uri') ?? '');
    const told = { ...answer, state: asked.get('state') ?? '', iss: this.issuer, ...this.fault.answer };
    for (const [name, value] of Object.entries(told)) back.searchParams.set(name, value);
    return back;
  }

  async #exchange(sent: URLSearchParams): Promise<Record<string, unknown>> {
    const grant = this.#grants.get(sent.get('code') ?? '');
    this.#grants.delete(sent.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(sent.get('code_verifier') ?? '')
      .digest('base64url');
    const fits =
      sent.get('grant_type') === 'authorization_code' &&
      sent.get('client_id') === this.clientId &&
      sent.get('redirect_uri') === grant?.asked.get('redirect_uri') &&
      challenge === grant?.asked.get('code_challenge');
    if (this.fault.exchange) return this.fault.exchange;
    if (!grant || !fits) return { error: 'invalid_grant' };
    const { person, asked } = grant;
    const nonce = asked.get('nonce') ?? '';
    const { accessToken } = this.fault;
    return {
      token_type: 'Bearer',
      expires_in: 600,
      access_token: accessToken === 'opaque' ? randomUUID() : await this.accessToken(person, accessToken),
      id_token: await this.#sign({ aud: this.clientId, nonce, ...this.fault.idToken }, person, 'JWT'),
    };
  }

  #sign(claims: JWTPayload, { name }: Person, typ: string): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const payload = { iss: this.issuer, sub: name, iat: now, exp: now + 600, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: KID, typ }).sign(this.#keys.privateKey);
  }
}

const KID = 'of-the-tests';

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
