import type { Result, Terms, WishedKind } from './operation.entity.js';
import type { Happening } from './timeline.js';

/** An operation to be recorded. */
export interface Draft {
  userId: string;
  key: string;
  fingerprint: string;
  turn: number;
  kind: WishedKind;
  intent: string;
  reference: string;
  /** `succeeded` where nothing changes and nothing is due: recorded for the answer's sake, already over. */
  status: 'pending' | 'succeeded';
  result: Result;
  fromPlanId: string | null;
  toPlanId: string | null;
  /** The plan as it was when the decision was made; null when the decision rests on none. */
  planVersion: number | null;
  /** Whether a counted seat of `toPlanId` is to be held. */
  seat: boolean;
  subscriptionId: string | null;
  /** Minor units that the gateway is asked for. */
  amount: number;
  /** Minor units of credit to be reserved. Recorded only while the user still has them. */
  creditApplied: number;
  /** Minor units that become credit with the change. */
  creditGranted: number;
  currency: string | null;
  /** ISO time at which the period begins that a renewal pays for: one renewal per period. */
  periodStart: string | null;
  paymentMethod: string | null;
  terms: Terms;
  gateway: string;
  traceparent: string | null;
  happened: Omit<Happening, 'at'>[];
}
