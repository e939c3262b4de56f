import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { createDatabase } from '../kit/databases.js';
import { freePort } from '../kit/servers.js';

/** What a server process needs around it, under the control of the test: a database and a gateway. */
export interface Surroundings {
  env: Record<string, string>;
  gateway(method: string, path: string, body?: object): Promise<unknown>;
  charges(): Promise<{ status: string; reference: string }[]>;
  close(): Promise<void>;
}

export async function surroundings(): Promise<Surroundings> {
  const sandbox: Sandbox = createSandbox();
  const [database, gatewayUrl, sandboxPort] = await Promise.all([createDatabase(), sandbox.listen(0), freePort()]);
  const gateway: Surroundings['gateway'] = async (method, path, body) => {
    const response = await fetch(`${gatewayUrl}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    return response.json();
  };
  return {
    env: {
      DATABASE_URL: database.url,
      STRIPE_API_BASE: gatewayUrl,
      STRIPE_WEBHOOK_SECRET: 'whsec_of_the_process_tests',
      SANDBOX_PORT: String(sandboxPort),
      RATE_LIMIT_PER_MINUTE: '0',
    },
    gateway,
    charges: async () => {
      const { data } = (await gateway('GET', '/sandbox/charges')) as { data: { status: string; reference: string }[] };
      return data.filter(({ status }) => status === 'succeeded');
    },
    close: async () => {
      await sandbox.close();
      await database.drop();
    },
  };
}
