import { Persisted } from './persisted.ts';

/** What the gateway does with a press: each is a test card of the sandbox. */
export const BEHAVIOURS = [
  { card: 'pm_card_visa', name: 'answers', means: 'The card is charged within half a second.' },
  {
    card: 'pm_sandbox_slow_3s',
    name: 'answers slowly',
    means: 'Three seconds pass before anything is charged: time enough to press again.',
  },
  { card: 'pm_card_chargeDeclined', name: 'declines', means: 'The bank says no. The seat is free again.' },
  { card: 'pm_sandbox_timeout_charged', name: 'charges, then falls silent', means: 'The money moves and nobody is told: the worst case.' },
  { card: 'pm_sandbox_500_charged', name: 'charges, then breaks', means: 'The money moves and the answer is an error.' },
  { card: 'pm_card_authenticationRequired', name: 'wants 3-D Secure', means: 'The bank wants to hear from the customer first.' },
] as const;

/** What is set on the stage and holds in every tab. */
export interface Settings {
  card: string;
  planId: string;
  /** The same click without protection. */
  naive: boolean;
}

export const settings = new Persisted<Settings>('counterfoil:stage', { card: 'pm_card_visa', planId: 'pro', naive: false });
