import type { Charged } from '../platform/problems/catalogue.js';

/**
 * The life of an operation, as data. The guard in the settle statement, the CHECK and the partial indexes in the database,
 * the actions an admin is offered and the diagram in the docs all follow from this table; tests compare them.
 */
export const STATES = {
  /** Recorded before the gateway is called; the call may be on its way. */
  pending: { open: true, charged: 'unknown', to: ['requires_action', 'unknown', 'needs_review', 'succeeded', 'failed', 'canceled'] },
  /** The customer must authenticate; nothing is charged before. */
  requires_action: { open: true, charged: 'no', to: ['requires_action', 'needs_review', 'succeeded', 'failed', 'canceled'] },
  /** The gateway's answer was lost; recovery is finding out. */
  unknown: { open: true, charged: 'unknown', to: ['unknown', 'requires_action', 'needs_review', 'succeeded', 'failed', 'canceled'] },
  /** Recovery ran out of ways to find out; a person decides. */
  needs_review: { open: true, charged: 'unknown', to: ['needs_review', 'requires_action', 'succeeded', 'failed', 'canceled'] },
  /** Charged and applied in one statement. */
  succeeded: { open: false, charged: 'yes', to: [] },
  /** Definitely not charged. */
  failed: { open: false, charged: 'no', to: [] },
  /** Ended before money moved. */
  canceled: { open: false, charged: 'no', to: [] },
} as const satisfies Record<string, State>;

export type Status = keyof typeof STATES;

interface State {
  /** Open operations block the user's next one and are looked after by recovery. */
  open: boolean;
  charged: Charged;
  to: readonly string[];
}

export const STATUSES = Object.keys(STATES) as Status[];
export const OPEN = STATUSES.filter((status) => STATES[status].open);

/** Every allowed move, as pairs. */
export const MOVES: readonly (readonly [from: Status, to: Status])[] = STATUSES.flatMap((from) =>
  STATES[from].to.map((to) => [from, to] as const),
);

/**
 * The moves of a row that is in the state `status`, for the guard of a statement. Not as a list of pairs: from that the planner learns that the row is open, and
 * reads all that was opened since the last vacuum through an index of those instead of the one row through its own.
 */
export function movesFrom(status: string): string {
  return `case ${status} ${OPEN.map((from) => `when '${from}' then array[${sqlList(STATES[from].to)}]`).join(' ')} end`;
}

export function isOpen(status: Status): boolean {
  return STATES[status].open;
}

/**
 * Whether the customer is charged with the operation's amount. One of zero never moves any money; so it is with a refund that becomes credit. What was charged
 * stays `yes` when it is given back, in part or as a whole: that is said by its refunds, each of which has moved its own amount back when it succeeds.
 */
export function chargedOf({ kind, status, amount }: { kind: string; status: Status; amount: number }): Charged {
  if (amount === 0) return 'no';
  if (kind !== 'refund') return STATES[status].charged;
  return isOpen(status) ? 'unknown' : status === 'succeeded' ? 'no' : 'yes';
}

/** `'a', 'b'` for the statements and for the test that compares them with the database. */
export function sqlList(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(', ');
}
