import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { SandboxOptions } from './sandbox.js';

export interface Environment {
  port: number;
  options: SandboxOptions;
}

const PORT_RULE = 'must be a port from 0 (any free one) to 65535, for example 4010';
const LATENCY_RULE = 'must be the milliseconds that each call takes, from 0 to 60000, for example 500';
const URL_RULE = 'must be an http or https URL, for example http://127.0.0.1:3000/v1/webhooks/stripe';

const port = z
  .string()
  .regex(/^\d{1,5}$/, PORT_RULE)
  .transform(Number)
  .refine((number) => number <= 65_535, PORT_RULE);
const httpUrl = z.url({ protocol: /^https?$/, error: URL_RULE });

/** Gateways take their time; with none at all a double click would be over before its second press. */
const latency = z
  .string()
  .regex(/^\d{1,5}$/, LATENCY_RULE)
  .transform(Number)
  .refine((ms) => ms <= 60_000, LATENCY_RULE);

const variables = z
  .object({
    SANDBOX_PORT: port.default(4010),
    SANDBOX_HOST: z.string().default('127.0.0.1'),
    SANDBOX_DATA_FILE: z.string().default('.counterfoil/sandbox-charges.jsonl'),
    SANDBOX_PUBLIC_URL: httpUrl.optional(),
    SANDBOX_LATENCY_MS: latency.default(500),
    SANDBOX_WEBHOOK_URL: httpUrl.optional(),
    SANDBOX_WEBHOOK_SECRET: z.string().optional(),
  })
  .refine((env) => env.SANDBOX_WEBHOOK_URL === undefined || env.SANDBOX_WEBHOOK_SECRET !== undefined, {
    path: ['SANDBOX_WEBHOOK_SECRET'],
    error: 'is needed with SANDBOX_WEBHOOK_URL: the secret that signs the events, for example whsec_0123456789',
    when: () => true,
  });

/** The settings, or everything that is wrong with them, one line each. An empty variable counts as unset. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment | { problems: string[] } {
  const problems: string[] = [];
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (name.startsWith('SANDBOX_') && value) given[name] = value;
  const secret = secretFrom(given, problems);
  const result = variables.safeParse({ ...given, ...(secret === undefined ? {} : { SANDBOX_WEBHOOK_SECRET: secret }) });
  for (const issue of result.error?.issues ?? []) problems.push(`${issue.path.join('.')} ${issue.message}`);
  if (problems.length > 0 || result.data === undefined) return { problems };
  const { SANDBOX_WEBHOOK_URL: url, SANDBOX_WEBHOOK_SECRET: webhookSecret } = result.data;
  return {
    port: result.data.SANDBOX_PORT,
    options: {
      host: result.data.SANDBOX_HOST,
      dataFile: result.data.SANDBOX_DATA_FILE,
      latencyMs: result.data.SANDBOX_LATENCY_MS,
      publicUrl: result.data.SANDBOX_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
      webhook: url !== undefined && webhookSecret !== undefined ? { url, secret: webhookSecret } : null,
    },
  };
}

/** Every secret can come from a file, so that it need not stand in the environment. */
function secretFrom(given: Record<string, string>, problems: string[]): string | undefined {
  const file = given['SANDBOX_WEBHOOK_SECRET_FILE'];
  if (file === undefined) return given['SANDBOX_WEBHOOK_SECRET'];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push(`SANDBOX_WEBHOOK_SECRET_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
