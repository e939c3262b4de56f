import { runProgram } from '../kit/processes.js';
import { SECRET, type Shop } from '../kit/shop.js';

/** For what is done before the first test: whoever comes first builds the program, or waits for who does, and starts servers. */
export const READY_WITHIN_MS = 300_000;

export interface Told {
  code: number;
  stdout: string;
  stderr: string;
  /** What was printed, read as JSON. */
  json: () => ReturnType<typeof JSON.parse>;
}

/** Runs `counterfoil …` to its end, with nothing in its environment but what is given. */
export async function counterfoil(dataDir: string, env: Record<string, string>, ...args: string[]): Promise<Told> {
  const told = await runProgram('cli.js', args, { dataDir, env });
  return { ...told, json: () => JSON.parse(told.stdout) };
}

/** What an operator has in the environment who looks after this shop. */
export function environmentOf(shop: Shop): Record<string, string> {
  return {
    DATABASE_URL: shop.databaseUrl,
    STRIPE_API_BASE: shop.gatewayUrl,
    STRIPE_WEBHOOK_SECRET: 'whsec_of_the_tests',
    AUTH_JWT_SECRET: SECRET,
    REDIS_URLS: process.env['TEST_REDIS_URL'] as string,
  };
}
