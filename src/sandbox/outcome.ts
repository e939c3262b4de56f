import type { Change, Intent } from './records.js';

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
      type: 'payment_intent.succeeded' | 'payment_intent.payment_failed' | 'payment_intent.requires_action' | 'payment_intent.canceled';
      intent: Intent;
    }
  | { type: 'charge.refunded'; intent: Intent };
