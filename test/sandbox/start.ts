import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';

export const API_KEY = 'sk_test_counterfoil';

export interface ChargeRow {
  id: string;
  reference: string | null;
  idempotencyKey: string | null;
  amount: number;
  currency: string;
  status: string;
  paymentMethod: string | null;
  testMethod: string | null;
  customer: string | null;
  offSession: boolean;
  amountRefunded: number;
  createdAt: string;
  attempts: number;
}

export interface Started {
  url: string;
  sandbox: Sandbox;
  stripe: Stripe;
  /** A form-encoded POST without the library, for what the library hides. */
  post: (path: string, form: Record<string, string>, headers?: Record<string, string>, signal?: AbortSignal) => Promise<Response>;
  get: (path: string) => Promise<Response>;
  control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  charges: () => Promise<ChargeRow[]>;
  close: () => Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Started> {
  const sandbox = createSandbox(options);
  return { sandbox, ...clientsOf(await sandbox.listen(0)), close: () => sandbox.close() };
}

export function clientsOf(url: string): Omit<Started, 'sandbox' | 'close'> {
  const authorization = { Authorization: `Bearer ${API_KEY}` };
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  };
  return {
    url,
    stripe: libraryFor(url),
    post: (path, form, headers = {}, signal) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { ...authorization, ...headers },
        ...(signal === undefined ? {} : { signal }),
      }),
    get: (path) => fetch(`${url}${path}`, { headers: authorization }),
    control,
    charges: async () => ((await control('GET', '/sandbox/charges')) as { data: ChargeRow[] }).data,
  };
}

export function libraryFor(url: string, apiKey = API_KEY): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(apiKey, { host: hostname, port: Number(port), protocol: 'http', maxNetworkRetries: 0, telemetry: false });
}

/** A confirming request as the adapter sends it. */
export function chargeForm(paymentMethod = 'pm_card_visa', more: Record<string, string> = {}): Record<string, string> {
  return {
    amount: '1900',
    currency: 'usd',
    confirm: 'true',
    payment_method: paymentMethod,
    'payment_method_types[0]': 'card',
    'metadata[reference]': 'ref-1',
    ...more,
  };
}

/** The same through the library, with a reference that needs escaping everywhere. */
export const visa = {
  amount: 1900,
  currency: 'usd',
  confirm: true,
  payment_method: 'pm_card_visa',
  allowed_payment_method_types: ['card'],
  metadata: { reference: "it's [a] ref&erence" },
  return_url: 'https://shop.example/back?from=pay',
} satisfies Stripe.PaymentIntentCreateParams;

/** Asks again until it holds; the test's own time limit ends it. */
export async function until<Value>(ask: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    await sleep(10);
  }
}

export async function errorOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await promise;
  } catch (error) {
    return error as Stripe.errors.StripeError;
  }
  throw new Error('it was not refused');
}
