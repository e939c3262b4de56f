/** What can happen to an operation, for the people who look at it. */
export type HappeningType =
  | 'recorded'
  | 'request.joined'
  | 'request.answered'
  | 'lease.unavailable'
  | 'lease.extended'
  | 'taken_over'
  | 'gateway.answered'
  | 'settled'
  | 'resolved'
  | 'late_money'
  | 'refunding'
  | 'refund_given_up';

/** One entry of an operation's timeline, appended by the statement that made it true. */
export interface Happening {
  /** ISO time, as the database or, for a gateway's answer, the process saw it. */
  at: string;
  type: HappeningType;
  data: Record<string, unknown>;
}

/** Timelines are read by people and travel with their row. Beyond this only the moves themselves are written. */
export const TIMELINE_MAX_ENTRIES = 200;
