import { resolve } from 'node:path';
import { test as base } from '@playwright/test';
import { issueToken, type Role } from '../../src/api/token.js';
import { endServers, newDataDir, sandboxOf, SECRET, startServer, type ServerProcess } from '../kit/processes.js';

export { expect, type Page } from '@playwright/test';

export interface Shop {
  url: string;
  server: ServerProcess;
  /** Everything that the gateway charged and kept: the oracle. */
  charges(): Promise<GatewayCharge[]>;
  /** Tells the sandbox gateway what to do. */
  gateway(path: string, body: object): Promise<void>;
  /** A token that the service believes. */
  token(userId: string, role?: Role): Promise<string>;
}

export interface GatewayCharge {
  id: string;
  user: string | null;
  amount: number;
  status: string;
  reference: string | null;
}

/** One service with its embedded servers for all tests of a worker; each test has a customer of its own. */
export const test = base.extend<object, { house: string; env: Record<string, string>; shop: Shop }>({
  /** Tests that name another one have a service of their own. */
  house: ['of all', { scope: 'worker', option: true }],
  /** What a file of tests wants to be otherwise in its service. */
  env: [{}, { scope: 'worker', option: true }],
  shop: [
    async ({ house: _, env }, use) => {
      const dataDir = await newDataDir({ ordinary: true });
      const server = await startServer({
        dataDir,
        ordinary: true,
        // As `npm start` does: it comes back when the store kills it.
        program: { file: resolve('dist/keep.js'), orders: {}, onMessage: () => undefined },
        env: { RATE_LIMIT_PER_MINUTE: '0', RECOVERY_SCHEDULE: '6s,12s,24s,60s', ...FASTER, ...env },
      });
      const gateway = await sandboxOf(dataDir);
      await use({
        url: server.url,
        server,
        gateway: async (path, body) => {
          const headers = { 'content-type': 'application/json' };
          await fetch(`${gateway}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
        },
        charges: async () => ((await (await fetch(`${gateway}/sandbox/charges`)).json()) as { data: GatewayCharge[] }).data,
        token: (userId, role) =>
          issueToken({ secret: SECRET, userId, roles: role ? [role] : [], issuer: null, audience: null, ttlSeconds: 3_600 }),
      });
      server.signal('SIGTERM');
      await server.ended;
      await endServers();
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});

/** A gateway that never answers is given up after two seconds and not twenty. */
const FASTER = { GATEWAY_TIMEOUT_MS: '2000' };
