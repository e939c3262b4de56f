import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';

/** An issuer of tokens with its keys behind HTTP on a free port. Everything asked of it is recorded. */
export class KeyServer {
  readonly asked: string[] = [];
  /** What it answers; `keys` unless a test breaks it. */
  mode: 'keys' | 'error' | 'garbage' | 'silent' = 'keys';
  readonly #server: Server;
  readonly #keys = new Map<string, { alg: string; privateKey: CryptoKey; publicKey: CryptoKey }>();

  constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      if (this.mode === 'silent') return;
      if (this.mode === 'error') return void response.writeHead(500).end();
      if (this.mode === 'garbage') return void response.end('<html>');
      void this.#jwks().then((jwks) => response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks)));
    });
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  async addKey(kid: string, alg: string): Promise<void> {
    this.#keys.set(kid, { alg, ...(await generateKeyPair(alg, { extractable: true })) });
  }

  publicKey(kid: string): CryptoKey {
    return this.#key(kid).publicKey;
  }

  sign(kid: string, payload: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
    const { alg, privateKey } = this.#key(kid);
    return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #key(kid: string) {
    const key = this.#keys.get(kid);
    if (!key) throw new Error(`no key ${kid}`);
    return key;
  }

  async #jwks() {
    const entries = [...this.#keys].map(async ([kid, { alg, publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }));
    return { keys: await Promise.all(entries) };
  }
}
