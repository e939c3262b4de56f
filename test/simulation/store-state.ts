import type { GatewayEvent } from '../../src/gateways/payment-gateway.js';
import { Operation } from '../../src/operations/operation.entity.js';
import type { Happening } from '../../src/operations/timeline.js';
import type { Plan } from '../../src/subscriptions/plan.entity.js';
import { Subscription } from '../../src/subscriptions/subscription.entity.js';

export interface KeyRow {
  /** Null of a request that recorded no operation. */
  operationId: string | null;
  userId: string;
  fingerprint: string;
  createdAt: number;
}

export interface EventRow {
  gateway: string;
  event: GatewayEvent;
  attempts: number;
  nextAttemptAt: number | null;
  outcome: string | null;
}

export interface AccountRow {
  userId: string;
  currency: string;
  balance: number;
  reserved: number;
  version: number;
}

/** One entry; those of a movement sum to zero. */
export interface EntryRow {
  userId: string;
  account: 'credit' | 'reserved' | 'revenue' | 'promotion';
  currency: string;
  amount: number;
  kind: CreditKind;
  operationId: string | null;
}

type CreditKind = 'grant' | 'applied' | 'released' | 'spent' | 'proration' | 'refund';

/** From which account and to which each kind of movement goes. */
const MOVEMENTS: Record<CreditKind, [from: EntryRow['account'], to: EntryRow['account']]> = {
  grant: ['promotion', 'credit'],
  applied: ['credit', 'reserved'],
  released: ['reserved', 'credit'],
  spent: ['reserved', 'revenue'],
  proration: ['revenue', 'credit'],
  refund: ['revenue', 'credit'],
};

/** What Postgres says when a unique index or a check is violated. */
export class Violation extends Error {
  constructor(
    readonly code: '23503' | '23505' | '23514',
    constraint: string,
  ) {
    super(`violates ${constraint}`);
  }
}

/** The tables. Rows never change: an update puts another row in their place, so that what a statement answered stays as it was. */
export class StoreState {
  readonly operations = new Map<string, Operation>();
  readonly references = new Map<string, string>();
  readonly keys = new Map<string, KeyRow>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly plans = new Map<string, Plan>();
  readonly events = new Map<string, EventRow>();
  readonly accounts = new Map<string, AccountRow>();
  readonly entries: EntryRow[] = [];
  /** Moves whenever an operation is written. */
  changes = 0;
  /** Moves whenever an event is. */
  eventChanges = 0;
  /** Moves whenever a subscription is, or is held. */
  subscriptionChanges = 0;
  /** Until when, in milliseconds, a due subscription is held by somebody who works on it. */
  readonly holds = new Map<string, number>();
  /** The gateway's customer by user. */
  readonly customers = new Map<string, string>();

  /** A statement of several rows: where one of them is refused, nothing of the others is written either. */
  wholly<T>(work: () => T): T {
    const tables = [this.operations, this.references, this.keys, this.subscriptions, this.accounts, this.holds] as Map<string, unknown>[];
    const before = tables.map((table) => [...table]);
    const seats = [...this.plans.values()].map((plan) => ({ plan, seatsHeld: plan.seatsHeld, seatsTaken: plan.seatsTaken }));
    const entries = this.entries.length;
    try {
      return work();
    } catch (error) {
      tables.forEach((table, n) => {
        table.clear();
        for (const [name, value] of before[n] ?? []) table.set(name, value);
      });
      for (const { plan, ...counted } of seats) Object.assign(plan, counted);
      this.entries.length = entries;
      throw error;
    }
  }

  key(userId: string, key: string): KeyRow | undefined {
    return this.keys.get(`${userId}\n${key}`);
  }

  putKey(userId: string, key: string, operationId: string | null, fingerprint: string, createdAt: number): void {
    this.keys.set(`${userId}\n${key}`, { operationId, userId, fingerprint, createdAt });
  }

  operationOf(reference: string): Operation | null {
    return this.operations.get(this.references.get(reference) ?? '') ?? null;
  }

  of(userId: string): Operation[] {
    return [...this.operations.values()].filter((operation) => operation.userId === userId);
  }

  /** The user's open operation; a refund is never in anybody's way. */
  openOf(userId: string): Operation | null {
    return this.of(userId).find((operation) => operation.isOpen && operation.kind !== 'refund') ?? null;
  }

  liveOf(userId: string): Subscription | null {
    for (const subscription of this.subscriptions.values())
      if (subscription.userId === userId && subscription.status !== 'canceled') return subscription;
    return null;
  }

  /** Whether `one_renewal_per_period` refuses another renewal of this period. */
  isRenewed(subscriptionId: string | null, periodStart: string | null): boolean {
    if (periodStart === null) return false;
    const start = Date.parse(periodStart);
    for (const operation of this.operations.values()) {
      if (operation.subscriptionId !== subscriptionId || operation.periodStart?.getTime() !== start) continue;
      if (operation.isOpen || operation.status === 'succeeded') return true;
    }
    return false;
  }

  cardsToKeep(): Subscription[] {
    return [...this.subscriptions.values()].filter(
      ({ paymentMethod, customer, status }) => paymentMethod !== null && customer === null && status !== 'canceled',
    );
  }

  insert(members: Omit<Operation, 'money' | 'isOpen' | 'namedCard'>): Operation {
    const operation = row(new Operation(), members);
    this.operations.set(operation.id, operation);
    this.references.set(operation.reference, operation.id);
    this.changes += 1;
    return operation;
  }

  update(operation: Operation, changes: Partial<Operation>): Operation {
    const moved = row(new Operation(), operation, changes);
    this.operations.set(operation.id, moved);
    this.changes += 1;
    return moved;
  }

  put(subscription: Subscription, changes: Partial<Subscription> = {}): Subscription {
    const moved = row(new Subscription(), subscription, changes);
    this.subscriptions.set(subscription.id, moved);
    this.subscriptionChanges += 1;
    return moved;
  }

  account(userId: string, currency: string | null): AccountRow | undefined {
    return this.accounts.get(`${userId}\n${currency}`);
  }

  openAccount(userId: string, currency: string): AccountRow {
    const account = this.account(userId, currency) ?? { userId, currency, balance: 0, reserved: 0, version: 1 };
    this.accounts.set(`${userId}\n${currency}`, account);
    return account;
  }

  /** Two entries and the balances that they move. Refuses what would be below zero, and an account that was never opened. */
  moveCredit(kind: CreditKind, userId: string, currency: string, amount: number, operationId: string | null): void {
    const account = this.account(userId, currency);
    if (!account) throw new Violation('23503', 'credit_entries_user_id_currency_fkey');
    const [from, to] = MOVEMENTS[kind];
    const entries = [
      { userId, account: from, currency, amount: -amount, kind, operationId },
      { userId, account: to, currency, amount, kind, operationId },
    ];
    const moved = (of: EntryRow['account']) =>
      entries.filter((entry) => entry.account === of).reduce((sum, entry) => sum + entry.amount, 0);
    const [balance, reserved] = [account.balance + moved('credit'), account.reserved + moved('reserved')];
    if (balance < 0 || reserved < 0) throw new Violation('23514', 'credit_never_below_zero');
    this.accounts.set(`${userId}\n${currency}`, { ...account, balance, reserved, version: account.version + 1 });
    this.entries.push(...entries);
  }

  /** Refuses what the checks on the seats of a plan refuse. */
  count(planId: string, held: number, taken: number): void {
    const plan = this.plans.get(planId);
    if (!plan) return;
    const [seatsHeld, seatsTaken] = [plan.seatsHeld + held, plan.seatsTaken + taken];
    if (seatsHeld < 0 || seatsTaken < 0) throw new Violation('23514', 'seats_held or seats_taken');
    if (plan.capacity !== null && seatsHeld + seatsTaken > plan.capacity) throw new Violation('23514', 'seats_within_capacity');
    Object.assign(plan, { seatsHeld, seatsTaken });
  }
}

/** The happenings as the statement stamps them. */
export function stamped(happened: Omit<Happening, 'at'>[], at: Date): Happening[] {
  const time = at.toISOString();
  return happened.map((happening) => ({ at: time, ...happening }));
}

function row<T extends object>(empty: T, ...members: object[]): T {
  return Object.freeze(Object.assign(empty, ...members) as T);
}
