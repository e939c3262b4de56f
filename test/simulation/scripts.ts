import type { Draft } from '../../src/operations/draft.js';
import type { OperationStore, Settlement } from '../../src/operations/store/operation-store.js';
import type { Operation, WishedKind } from '../../src/operations/operation.entity.js';
import { STATUSES } from '../../src/operations/states.js';
import type { Subscription, SubscriptionChange } from '../../src/subscriptions/subscription.entity.js';
import type { Random } from './random.js';

/** One thing asked of a store. Asked of two, it is answered the same or they are not the same store. */
export interface Step {
  name: string;
  ask: (store: OperationStore) => Promise<unknown>;
}

/** What a script knows of what it did so far. */
export interface Known {
  users: readonly string[];
  plans: readonly { id: string; capacity: number | null }[];
  operations: readonly Operation[];
  /** By user: the subscription that lives. */
  subscriptions: ReadonlyMap<string, Pick<Subscription, 'id' | 'version' | 'planId' | 'periodEnd'>>;
}

const OF_SUBSCRIBERS: readonly WishedKind[] = ['change_plan', 'change_plan', 'renew', 'renew', 'pause', 'resume', 'cancel'];
/** They may need a seat. */
const MAY_SEAT: ReadonlySet<WishedKind> = new Set(['renew', 'resume']);
const HOUR = 3_600_000;
const GATEWAY = 'simulated';

/** Writes random scripts: mostly what the service does, and often enough what it never would. */
export class ScriptWriter {
  private serial = 0;

  constructor(
    private readonly random: Random,
    private readonly known: Known,
    /** Makes the names of this script its own. */
    private readonly mark: string,
  ) {}

  next(): Step {
    const kinds = Object.entries(this.steps) as [string, () => Step['ask']][];
    const common = ['record', 'record', 'settle', 'settle', 'settle', 'claim'];
    const name = this.random.chance(0.5) ? this.random.pick(common) : this.random.pick(kinds)[0];
    return { name, ask: (this.steps as Record<string, () => Step['ask']>)[name]?.() as Step['ask'] };
  }

  private readonly steps = {
    record: () => {
      const draft = this.draft(this.random.pick(this.known.users));
      return (store: OperationStore) => store.record([draft]);
    },
    recordSet: () => {
      const drafts = this.known.users.map((userId) => ({ ...this.draft(userId), seat: false }));
      return (store: OperationStore) => store.record(drafts);
    },
    recordBeside: () => {
      const userId = this.random.pick(this.known.users);
      const version = this.known.subscriptions.get(userId)?.version ?? 1;
      const draft = {
        ...this.draft(userId),
        kind: 'cancel' as const,
        status: 'succeeded' as const,
        amount: 0,
        periodStart: null,
        key: this.name('key'),
      };
      const change = this.random.pick([{ cancelAtPeriodEnd: true }, { status: 'canceled' as const, pendingChange: null, nextAt: null }]);
      const seen = this.random.chance(0.8) ? version : version + 1;
      return (store: OperationStore) => store.recordBeside(draft, change, seen);
    },
    claim: () => {
      const claims = this.some().map(({ id, fence }) => ({ id, fence: this.nearly(fence), by: 'script', asks: this.random.chance(0.7) }));
      return (store: OperationStore) => store.claim(claims);
    },
    settle: () => {
      const settlements = this.some().map((operation) => this.settlement(operation));
      return (store: OperationStore) => store.settle(settlements);
    },
    refundLate: () => {
      const late = { operationId: this.anId(), refundId: this.uuid(), gatewayReference: this.random.pick([null, this.name('pi')]) };
      return (store: OperationStore) => store.refundLate(late);
    },
    refund: () => {
      const reference = this.random.chance(0.9) ? this.name('rf') : this.oldName('rf');
      const [to, amount] = [this.random.pick(['card', 'credit'] as const), this.random.pick([null, 100, 700, 1_900])];
      const wish = { operationId: this.aPayment(), refundId: this.uuid(), reference, to, amount };
      return (store: OperationStore) => store.refund(wish);
    },
    join: () => {
      const key = this.random.pick([null, this.name('key'), this.oldName('key')]);
      const userId = this.random.pick(this.known.users);
      const joining = { operationId: this.anId(), userId, key, fingerprint: this.random.pick(['f1', 'f2']), requestId: 'req' };
      return (store: OperationStore) => store.join([joining]);
    },
    look: () => {
      const userId = this.random.pick(this.known.users);
      const asked = { userId, key: this.oldName('key'), reference: this.oldName('cf') };
      return (store: OperationStore) => store.look([asked]);
    },
    hold: () => {
      const holdMs = this.random.pick([0, HOUR]);
      return async (store: OperationStore) => byId(await store.holdDueSubscriptions(1_000, holdMs));
    },
    due: () => async (store: OperationStore) => byId(await store.due(1_000)),
    forgetKeys: () => (store: OperationStore) => store.forgetKeys(1),
    versions: () => {
      const ids = [this.anId(), this.anId()];
      return async (store: OperationStore) => Object.fromEntries(await store.versions(ids));
    },
    read: () => {
      const id = this.anId();
      return (store: OperationStore) => store.read(id);
    },
    findByReference: () => {
      const reference = this.oldName(this.random.pick(['cf', 'rf']));
      return (store: OperationStore) => store.findByReference(reference);
    },
    keepEvent: () => {
      const reference = this.random.pick([null, this.oldName('cf')]);
      const event = { id: this.random.pick([this.name('evt'), this.oldName('evt')]), type: 'charge', reference, gatewayReference: 'pi_1' };
      return (store: OperationStore) => store.keepEvent(GATEWAY, event);
    },
    takeEvents: () => async (store: OperationStore) => byId(await store.takeEvents(GATEWAY, 1_000)),
    closeEvent: () => {
      const id = this.oldName('evt');
      return (store: OperationStore) => store.closeEvent(GATEWAY, id, 'done');
    },
  } satisfies Record<string, () => Step['ask']>;

  private draft(userId: string): Draft {
    const { random, known } = this;
    const subscription = known.subscriptions.get(userId);
    const sensible: readonly WishedKind[] = subscription ? OF_SUBSCRIBERS : ['subscribe'];
    const kind = random.pick<WishedKind>(random.chance(0.9) ? sensible : ['subscribe', ...OF_SUBSCRIBERS]);
    const named = random.pick(known.plans);
    const plan = kind === 'subscribe' || kind === 'change_plan' || (MAY_SEAT.has(kind) && random.chance(0.5)) ? named : null;
    const kept = kind === 'renew' ? (subscription?.planId ?? named.id) : null;
    const due = plan && random.chance(0.8) ? 1_900 : 0;
    const creditApplied = random.chance(0.3) ? Math.min(due, random.pick([100, 500, 1_900])) : 0;
    const amount = due - creditApplied;
    const over = due === 0 && random.chance(0.3);
    const turns = known.operations.filter((operation) => operation.userId === userId).map(({ turn }) => turn ?? 0);
    return {
      userId,
      key: random.chance(0.9) ? this.name('key') : this.oldName('key'),
      fingerprint: 'f1',
      turn: random.chance(0.9) ? Math.max(0, ...turns) + 1 : random.whole(1, 5),
      kind,
      intent: random.pick(['i1', 'i2']),
      reference: random.chance(0.95) ? this.name('cf') : this.oldName('cf'),
      status: over ? 'succeeded' : 'pending',
      result: over ? 'unchanged' : kind === 'subscribe' ? 'created' : 'changed',
      fromPlanId: null,
      toPlanId: plan?.id ?? kept,
      planVersion: plan ? (random.chance(0.95) ? 1 : 2) : null,
      seat: plan?.capacity != null && random.chance(0.9),
      subscriptionId: kind === 'subscribe' ? this.uuid() : random.chance(0.9) && subscription ? subscription.id : this.uuid(),
      amount,
      creditApplied,
      creditGranted: plan && due === 0 && !over && random.chance(0.5) ? random.whole(1, 900) : 0,
      currency: plan ? 'USD' : null,
      periodStart: kind === 'renew' ? this.periodStart(subscription) : null,
      paymentMethod: plan ? 'pm_charges' : null,
      terms: plan ? { price: { amount: 1_900, currency: 'USD' }, interval: 'month' } : {},
      gateway: GATEWAY,
      traceparent: null,
      happened: [{ type: 'recorded', data: { n: this.serial } }],
    };
  }

  private periodStart(subscription: { periodEnd: Date } | undefined): string {
    const at = subscription && this.random.chance(0.6) ? subscription.periodEnd : new Date(Date.UTC(2031, this.random.whole(0, 1), 28));
    return at.toISOString();
  }

  private settlement({ id, fence, kind, toPlanId, amount, nextAction }: Operation): Settlement {
    const { random } = this;
    const status = random.chance(0.5) ? 'succeeded' : random.pick(STATUSES.filter((each) => each !== 'pending'));
    const expiresAt = new Date(Date.now() + HOUR / 2).toISOString();
    const waits = { type: 'redirect' as const, url: 'https://gateway.example', expiresAt };
    const pays = amount > 0 && kind !== 'subscribe' && kind !== 'refund';
    return {
      id,
      fence: this.nearly(fence),
      status,
      ...(random.chance(0.5) ? { gatewayReference: this.name('pi') } : {}),
      ...(status === 'failed' ? { problem: { code: 'payment-declined' as const, detail: 'no' } } : {}),
      ...(status === 'requires_action' ? { nextAction: nextAction ?? waits } : {}),
      ...(status === 'succeeded' && kind !== 'refund' ? { change: this.change(kind, toPlanId) } : {}),
      ...((status === 'failed' || status === 'canceled') && kind === 'renew' ? { change: this.declined() } : {}),
      ...(status === 'succeeded' && pays ? { refundId: this.uuid() } : {}),
      happened: [{ type: 'settled', data: { status } }],
    };
  }

  private change(kind: WishedKind, toPlanId: string | null): SubscriptionChange {
    const { random } = this;
    const planId = toPlanId ?? '';
    const price = { amount: random.whole(100, 200), currency: 'USD' };
    const period = { periodStart: new Date(Date.UTC(2031, 0, random.whole(1, 28))), periodEnd: new Date(Date.UTC(2031, 1, 28)) };
    const goingOn = { ...period, nextAt: this.soonOrLater(), anchorDay: random.whole(1, 31) };
    const paid: SubscriptionChange = {
      price,
      interval: 'month',
      ...goingOn,
      ...random.pick([{}, { paymentMethod: 'pm_2', customer: null }]),
    };
    if (kind === 'subscribe') return { planId, status: random.pick(['active', 'trialing']), ...paid };
    if (kind === 'renew') {
      const settled: SubscriptionChange = { status: 'active', renewalAttempts: 0, pastDue: null, pendingChange: null };
      return random.chance(0.2) ? this.over() : { planId, ...settled, ...paid };
    }
    if (kind === 'pause') return random.pick<SubscriptionChange>([{ status: 'paused', nextAt: null }, { status: 'paused' }]);
    if (kind === 'resume') {
      const active = { status: 'active', nextAt: this.soonOrLater(), cancelAtPeriodEnd: false } as const;
      return random.pick<SubscriptionChange>([{ cancelAtPeriodEnd: false }, active, { ...active, ...goingOn }]);
    }
    if (kind === 'cancel') return random.pick([{ cancelAtPeriodEnd: true }, this.over()]);
    return random.pick<SubscriptionChange>([
      { pendingChange: { planId, price, interval: 'month' } },
      { planId, price, interval: 'year', pendingChange: null },
      { planId, price, interval: 'month', pendingChange: null, status: 'active', ...period },
    ]);
  }

  /** What a renewal without success makes of its subscription. */
  private declined(): SubscriptionChange {
    const { random } = this;
    const renewalAttempts = random.whole(1, 4);
    const pastDue = {
      since: new Date(Date.UTC(2031, 1, 1)).toISOString(),
      declines: renewalAttempts,
      ...random.pick([{}, { deadCard: 'pm_2' }]),
    };
    return random.pick<SubscriptionChange>([
      { status: 'past_due', nextAt: this.soonOrLater(), pastDue, renewalAttempts },
      { nextAt: this.soonOrLater(), renewalAttempts },
      { ...this.over(), renewalAttempts },
    ]);
  }

  private over(): SubscriptionChange {
    return { status: this.random.pick(['canceled', 'canceled', 'paused']), nextAt: null, pendingChange: null };
  }

  /** Far enough from now to be on the same side of it for both. */
  private soonOrLater(): Date {
    return new Date(Date.now() + this.random.pick([-2 * HOUR, -HOUR, HOUR]));
  }

  /** One operation, or two of different users. */
  private some(): Operation[] {
    const { random, known } = this;
    if (known.operations.length === 0) return [];
    const one = random.chance(0.7) ? (known.operations.at(-1) as Operation) : random.pick(known.operations);
    const other = known.operations.find(({ userId }) => userId !== one.userId);
    return other && random.chance(0.2) ? [one, other] : [one];
  }

  private anId(): string {
    const { operations } = this.known;
    return operations.length > 0 && this.random.chance(0.9) ? this.random.pick(operations).id : this.uuid();
  }

  private aPayment(): string {
    const succeeded = this.known.operations.filter(({ status, kind }) => status === 'succeeded' && kind !== 'refund');
    return succeeded.length > 0 && this.random.chance(0.8) ? this.random.pick(succeeded).id : this.anId();
  }

  private nearly(fence: number): number {
    return this.random.chance(0.85) ? fence : fence + this.random.pick([-1, 1]);
  }

  private name(prefix: string): string {
    return `${prefix}_${this.mark}_${(this.serial += 1)}`;
  }

  private oldName(prefix: string): string {
    return `${prefix}_${this.mark}_${this.random.whole(1, this.serial + 1)}`;
  }

  private uuid(): string {
    const hex = Array.from({ length: 12 }, () => this.random.whole(0, 15).toString(16)).join('');
    return `00000000-0000-7000-9000-${hex}`;
  }
}

function byId<T extends { id: string }>(rows: T[]): T[] {
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
