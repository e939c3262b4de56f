import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './openapi.ts';

export type Schemas = components['schemas'];
export type Service = Client<paths>;

/** The service as whoever bears this token sees it; without one, as anybody does. */
export function serviceFor(token: string | null): Service {
  return createClient<paths>({ headers: token === null ? {} : { Authorization: `Bearer ${token}` } });
}

/** Made once per press of a button and kept for every retry of it. */
export function newKey(): string {
  return crypto.randomUUID();
}

/** A refusal of the service (RFC 9457), thrown where an answer was needed. */
export class Refusal extends Error {
  constructor(readonly problem: Schemas['Problem']) {
    super(problem.detail ?? problem.title);
    this.name = 'Refusal';
  }
}

/** What openapi-fetch answers, or the refusal thrown, so that a query fails as queries do. */
export async function answerOf<Data>(asked: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  const { data, error, response } = await asked.catch((cause: unknown) => {
    throw new Error('The service cannot be reached.', { cause });
  });
  if (response.ok && data !== undefined) return data;
  throw isProblem(error) ? new Refusal(error) : new Error(`The service answered ${response.status}.`);
}

export function isProblem(error: unknown): error is Schemas['Problem'] {
  return typeof error === 'object' && error !== null && 'code' in error && 'charged' in error;
}
