import type { Line } from '../../subscriptions/proration.js';
import type { Plan } from '../../subscriptions/plan.entity.js';
import type { Subscription, SubscriptionChange } from '../../subscriptions/subscription.entity.js';
import type { Failure, Operation, Result, Terms } from '../operation.entity.js';
import type { Credit } from './payment.js';
import type { DunningPolicy } from '../../subscriptions/dunning.js';

/** What each kind of operation says, in the order in which it happens. One file each; nothing else tells them apart. */
export interface Kind {
  /** What becomes true of the subscription when the operation succeeds at `at`; null where nothing does. Pure. */
  becomes(agreed: Agreed, at: Date): SubscriptionChange | null;
  /** … and when it ends without success; left out where nothing does. Pure. */
  failing?(agreed: Agreed, ended: Ended): SubscriptionChange | null;
}

/** How an operation ended without success. */
export interface Ended {
  at: Date;
  /** Null where it was canceled. */
  problem: Failure | null;
}

/** A kind that callers ask for. */
export interface WishKind extends Kind {
  /** What is recorded and charged. Pure; throws the Problem that refuses. */
  decide(wish: Wish, standing: Standing): Decision;
  becomes(agreed: Agreed, at: Date): SubscriptionChange;
}

/** What was written down when the operation was recorded. */
export type Agreed = Pick<Operation, 'kind' | 'toPlanId' | 'paymentMethod' | 'terms'>;

/** What the caller asked for, already well-formed. */
export interface Wish {
  paymentMethod?: string | undefined;
  effective?: 'now' | 'period_end' | undefined;
  /** Set where time asks, not the customer. */
  due?: DueRenewal | undefined;
}

/** A renewal that time asks for. */
export interface DueRenewal {
  /** ISO time of the end of the period that is over. */
  periodEnd: string;
  /** Renewals of it that were tried before. */
  attempts: number;
}

/** What is true when the decision is made, in one snapshot. */
export interface Standing {
  now: Date;
  /** The plan asked for, or the one that a seat is needed of; null for kinds that need none. */
  plan: Plan | null;
  subscription: Subscription | null;
  hadSubscription: boolean;
  /** Minor units of credit that are free to be used, by currency. */
  credit: Credit;
  dunning: DunningPolicy;
  /** The plan that a scheduled change leads to has no seat: the plan that is held is kept. */
  planFull?: boolean;
}

export interface Decision {
  result: Result;
  /** Minor units, to be paid now. */
  due: number;
  /** Minor units of what was paid before that are left over, and become credit. Where there are any, nothing is due. */
  leftOver: number;
  /** What it is made of; they sum to what is due. */
  lines: Line[];
  currency: string | null;
  /** A seat of the plan asked for is needed, if that plan counts its seats. */
  seat: boolean;
  terms: Terms;
}

export const NOTHING_DUE: Pick<Decision, 'due' | 'leftOver' | 'lines'> = { due: 0, leftOver: 0, lines: [] };

/** Nothing changes and nothing is due: recorded for the answer's sake, already over. */
export const UNCHANGED: Decision = { result: 'unchanged', ...NOTHING_DUE, currency: null, seat: false, terms: {} };
