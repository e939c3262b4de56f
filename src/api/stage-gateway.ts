import { z } from 'zod';
import type { Money } from '../platform/money.js';

/** How the store reaches the sandbox gateway beside the protocol. */
export interface StageGatewayOptions {
  /** Null where there is no gateway to play with: then the stage is not mounted. */
  apiBase: string | null;
  apiKey: string;
  timeoutMs: number;
}

export type NaiveAnswer = 'charged' | 'declined' | 'no_answer' | 'requires_action';

const charges = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      amount: z.int(),
      currency: z.string(),
      status: z.string(),
      amountRefunded: z.int(),
      customer: z.string().nullable(),
      idempotencyKey: z.string().nullable(),
      createdAt: z.string(),
    }),
  ),
});
export type GatewayCharge = z.infer<typeof charges>['data'][number];

/** The sandbox gateway as a careless shop would use it, and as its own back office sees it. */
export class StageGateway {
  constructor(private readonly options: StageGatewayOptions) {}

  /** What the gateway has of this user, protected or not. */
  async chargesOf(userId: string): Promise<GatewayCharge[]> {
    const response = await this.ask(`/sandbox/charges?user=${encodeURIComponent(userId)}`);
    return charges.parse(await response.json()).data;
  }

  /** A click as many shops handle it: ask the gateway, with no key, nothing written down before and nothing looked up after. */
  async chargeNaively(charge: { userId: string; amount: Money; paymentMethod: string; returnUrl: string }): Promise<NaiveAnswer> {
    const { userId, amount, paymentMethod, returnUrl } = charge;
    const form = new URLSearchParams({
      amount: String(amount.amount),
      currency: amount.currency.toLowerCase(),
      confirm: 'true',
      payment_method: paymentMethod,
      'allowed_payment_method_types[]': 'card',
      description: 'Without protection',
      'metadata[user]': userId,
      return_url: returnUrl,
    });
    const headers = { authorization: `Bearer ${this.options.apiKey}`, 'content-type': 'application/x-www-form-urlencoded' };
    try {
      const response = await this.ask('/v1/payment_intents', { method: 'POST', headers, body: form.toString() });
      const { status } = z.object({ status: z.string().optional() }).parse(await response.json());
      if (status === 'succeeded') return 'charged';
      if (status === 'requires_action') return 'requires_action';
      return response.status >= 500 ? 'no_answer' : 'declined';
    } catch {
      return 'no_answer';
    }
  }

  /** Lets every saved card of the user behave like this test method from now on; null: as it did at first. */
  async letCardsBehave(userId: string, behaves: string | null): Promise<boolean> {
    const customer = (await this.chargesOf(userId)).findLast((charge) => charge.customer !== null)?.customer;
    if (!customer) return false;
    const response = await this.ask(`/sandbox/cards/${customer}`, { method: 'POST', body: JSON.stringify({ behaves }) });
    return response.ok;
  }

  private ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.options.apiBase}${path}`, { ...init, signal: AbortSignal.timeout(this.options.timeoutMs) });
  }
}
