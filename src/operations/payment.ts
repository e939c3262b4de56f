import type { Decision } from './kind.js';

/** Minor units of credit by currency. */
export type Credit = Readonly<Record<string, number>>;

/** How what is due is paid, in minor units. */
export interface Payment {
  /** Asked of the gateway. */
  amount: number;
  creditApplied: number;
  /** What is left over of what was paid before. */
  creditGranted: number;
}

/** Credit is used up before the card is charged: all there is, or as much as was agreed on. */
export function paymentOf({ due, leftOver }: Pick<Decision, 'due' | 'leftOver'>, credit: number): Payment {
  const creditApplied = Math.min(due, credit);
  return { amount: due - creditApplied, creditApplied, creditGranted: leftOver };
}

export function creditIn(currency: string | null, credit: Credit): number {
  return currency === null ? 0 : (credit[currency] ?? 0);
}
