import type { Change, Intent, Refund } from './records.js';

/** What executing a request comes to: what is remembered, who hears of it, and what is answered. */
export interface Outcome {
  changes: Change[];
  events: SandboxEvent[];
  status: number;
  body: unknown;
  /** Whose charge it is about. */
  intentId: string | null;
}

export type SandboxEvent =
  | {
      type:
        | 'payment_intent.canceled'
        | 'payment_intent.payment_failed'
        | 'payment_intent.processing'
        | 'payment_intent.requires_action'
        | 'payment_intent.succeeded';
      intent: Intent;
    }
  | { type: 'charge.refunded'; intent: Intent }
  | { type: 'refund.created'; refund: Refund };
