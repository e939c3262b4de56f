import type { Line } from '../../subscriptions/proration.js';

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

/** What a decision comes to, in minor units: to be paid now, or left over of what was paid before. */
interface Total {
  due: number;
  leftOver: number;
}

/** Credit is used up before the card is charged: all there is, or as much as was agreed on. */
export function paymentOf({ due, leftOver }: Total, credit: number): Payment {
  const creditApplied = Math.min(due, credit);
  return { amount: due - creditApplied, creditApplied, creditGranted: leftOver };
}

/** What is due, line by line, with the credit that is used: together what the gateway is asked for. */
export function linesWith({ creditApplied }: Payment, lines: Line[]): Line[] {
  return creditApplied === 0 ? lines : [...lines, { type: 'credit_applied', planId: null, amount: -creditApplied }];
}

export function creditIn(currency: string | null, credit: Credit): number {
  return currency === null ? 0 : (credit[currency] ?? 0);
}
