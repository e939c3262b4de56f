import type { Operation } from '../../src/operations/operation.entity.js';
import type { PastDue, SubscriptionStatus } from '../../src/subscriptions/subscription.entity.js';
import { grouped } from './grouped.js';
import type { ChargeFact } from './invariants.js';

type Asked = Pick<
  Operation,
  | 'id'
  | 'kind'
  | 'status'
  | 'result'
  | 'reference'
  | 'subscriptionId'
  | 'periodStart'
  | 'terms'
  | 'createdAt'
  | 'settledAt'
  | 'refundsOperationId'
  | 'turn'
>;

export interface RenewalFacts {
  operations: Asked[];
  charges: ChargeFact[];
  subscriptions: {
    id: string;
    status: SubscriptionStatus;
    periodStart: Date;
    periodEnd: Date;
    nextAt: Date | null;
    pastDue: PastDue | null;
  }[];
  /** How often a declined renewal is tried again. */
  schedule: number;
}

/**
 * What time did, in sentences; empty where all is well. R1 a period is charged for at most once: the gateway's charges say so. R2 while a subscription
 * lives, its periods follow each other without a gap and never overlap. R3 nobody is renewed who paused or left, or before the period is over. R4 what is past due is tried no more
 * often than the schedule says, and once more where the customer did not authenticate, and what is over or rests is due for nothing.
 */
export function renewalsAgree({ operations, charges, subscriptions, schedule }: RenewalFacts): string[] {
  const of = grouped(operations, ({ subscriptionId }) => subscriptionId ?? '');
  const refunded = new Set(operations.map(({ refundsOperationId }) => refundsOperationId));
  const staying = new Set(
    charges
      .filter(({ status, amount, amountRefunded }) => status === 'succeeded' && amountRefunded < amount)
      .map(({ reference }) => reference),
  );
  return subscriptions.flatMap((subscription) => {
    const own = of.get(subscription.id) ?? [];
    return [
      ...chargedOncePerPeriod(
        subscription.id,
        own.filter(({ id, reference }) => staying.has(reference) && !refunded.has(id)),
      ),
      ...own
        .filter(isEarly)
        .map(({ periodStart }) => `R3 subscription ${subscription.id} was to be renewed before ${periodStart?.toISOString()}`),
      ...inOneChain(subscription, own),
      ...withinTheSchedule(subscription, schedule),
    ];
  });
}

function chargedOncePerPeriod(id: string, charged: Asked[]): string[] {
  const periods = grouped(
    charged.filter(({ kind }) => kind === 'renew'),
    ({ periodStart }) => periodStart?.toISOString() ?? '',
  );
  return [...periods].flatMap(([start, made]) =>
    made.length > 1 ? [`R1 subscription ${id} is charged ${made.length} times for the period from ${start}`] : [],
  );
}

function isEarly({ kind, periodStart, createdAt }: Asked): boolean {
  return kind === 'renew' && periodStart !== null && createdAt < periodStart;
}

/** Follows a subscription through all that succeeded, in order. */
function inOneChain(subscription: RenewalFacts['subscriptions'][number], own: Asked[]): string[] {
  const { id, periodStart, periodEnd } = subscription;
  const broken: string[] = [];
  let [end, rests] = [null as string | null, false];
  for (const operation of own.filter(({ status, turn }) => status === 'succeeded' && turn !== null).sort(inOrder)) {
    const { kind, result, terms } = operation;
    if (result === 'unchanged' || kind === 'refund') continue;
    if (kind === 'renew' && !terms.ends) {
      const period = terms.period as { start: string; end: string };
      if (end !== null && period.start !== end)
        broken.push(`R2 subscription ${id} was renewed from ${period.start}, and paid for until ${end}`);
      if (rests) broken.push(`R3 subscription ${id} was renewed from ${period.start} though it was not to go on`);
      end = period.end;
    } else if (kind === 'pause' || terms.ends || (kind === 'cancel' && terms.at === 'now')) rests = true;
    else if (kind === 'resume') {
      rests = false;
      if (terms.price) end = null;
    } else if (kind === 'change_plan' && terms.at === 'now' && !terms.keepPeriod) end = null;
  }
  if (end !== null && end !== periodEnd.toISOString())
    broken.push(`R2 subscription ${id} ends at ${periodEnd.toISOString()}, and was renewed until ${end}`);
  if (periodStart >= periodEnd) broken.push(`R2 subscription ${id} has no period`);
  return broken;
}

function withinTheSchedule({ id, status, nextAt, pastDue }: RenewalFacts['subscriptions'][number], schedule: number): string[] {
  return [
    ...(status === 'past_due' && (pastDue?.declines ?? Infinity) > schedule + 1
      ? [`R4 subscription ${id} is past due after ${pastDue?.declines} declines`]
      : []),
    ...((status === 'active' || status === 'trialing') && pastDue ? [`R4 subscription ${id} is ${status}, and past due`] : []),
    ...((status === 'paused' || status === 'canceled') && nextAt ? [`R4 subscription ${id} is ${status}, and due`] : []),
    ...(status !== 'paused' && status !== 'canceled' && !nextAt ? [`R4 subscription ${id} is ${status}, and due for nothing`] : []),
  ];
}

/** A user's operations take turns; one beside another in review settles when it is recorded. */
function inOrder(a: Asked, b: Asked): number {
  return (a.settledAt?.getTime() ?? 0) - (b.settledAt?.getTime() ?? 0) || (a.turn ?? 0) - (b.turn ?? 0);
}
