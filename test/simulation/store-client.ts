import type { GatewayEvent } from '../../src/gateways/payment-gateway.js';
import type { Draft } from '../../src/operations/draft.js';
import {
  OperationStore,
  type Claim,
  type Join,
  type Late,
  type Look,
  type RefundWish,
  type Settlement,
} from '../../src/operations/store/operation-store.js';
import { sqlState } from '../../src/platform/database/named-statement.js';
import type { SubscriptionChange } from '../../src/subscriptions/subscription.entity.js';
import type { SimulatedProcess } from './process.js';
import type { SimulatedStore } from './store.js';

/** A database that is slow still answers before anybody stops waiting for it. */
const SLOWEST_MS = 8_000;

/** The store as one process sees it: every statement is a message there and an answer back, and either may be lost. */
export class StoreClient extends OperationStore {
  constructor(
    private readonly process: SimulatedProcess,
    private readonly database: SimulatedStore,
    /** Told of a statement that failed. */
    private readonly failed: (name: string) => void,
  ) {
    super();
  }

  within(): OperationStore {
    return this.database;
  }

  look(asked: Look[]) {
    return this.sendSet('look', asked, () => this.database.look(asked));
  }

  record(drafts: Draft[]) {
    return this.sendSet('record', drafts, () => this.database.record(drafts));
  }

  recordBeside(draft: Draft, change: SubscriptionChange, version: number) {
    return this.send('recordBeside', () => this.database.recordBeside(draft, change, version));
  }

  join(joins: Join[]) {
    return this.send('join', () => this.database.join(joins));
  }

  claim(claims: Claim[]) {
    return this.sendSet('claim', claims, () => this.database.claim(claims));
  }

  settle(settlements: Settlement[]) {
    return this.sendSet('settle', settlements, () => this.watched(settlements));
  }

  refundLate(late: Late) {
    return this.send('refundLate', () => this.database.refundLate(late), late);
  }

  refund(wish: RefundWish) {
    return this.send('refund', () => this.database.refund(wish), wish);
  }

  due(limit: number) {
    return this.send('due', () => this.database.due(limit));
  }

  holdDueSubscriptions(limit: number, holdMs: number) {
    return this.send('holdDueSubscriptions', () => this.database.holdDueSubscriptions(limit, holdMs));
  }

  forgetKeys(hours: number) {
    return this.send('forgetKeys', () => this.database.forgetKeys(hours));
  }

  versions(ids: string[]) {
    return this.send('versions', () => this.database.versions(ids));
  }

  read(id: string) {
    return this.send('read', () => this.database.read(id));
  }

  findByReference(reference: string) {
    return this.send('findByReference', () => this.database.findByReference(reference));
  }

  keepEvent(gateway: string, event: GatewayEvent) {
    return this.send('keepEvent', () => this.database.keepEvent(gateway, event));
  }

  takeEvents(gateway: string, limit: number) {
    return this.send('takeEvents', () => this.database.takeEvents(gateway, limit));
  }

  closeEvent(gateway: string, eventId: string, outcome: string) {
    return this.send('closeEvent', () => this.database.closeEvent(gateway, eventId, outcome));
  }

  /** Settles, and sees that nobody moves what is another's by now. */
  private async watched(settlements: Settlement[]) {
    const fences = settlements.map(({ id }) => this.database.state.operations.get(id)?.fence);
    const settled = await this.database.settle(settlements);
    settlements.forEach(({ id, fence }, n) => {
      if (settled[n] && fence !== fences[n]) this.process.broke(`I4 ${id} was settled at fence ${fence} while it was at ${fences[n]}`);
    });
    return settled;
  }

  /** Those who came together, as one statement. What it came to is remembered, to see that such things are come across. */
  private sendSet<T>(name: string, set: readonly unknown[], execute: () => Promise<T>): Promise<T> {
    const answer = this.send(name, execute, set);
    if (set.length === 1) return answer;
    const { met } = this.process.world;
    met.add(`${name} of several`);
    answer.catch((error: unknown) => met.add(sqlState(error) ? `${name} of several undone` : `${name} of several lost`));
    return answer;
  }

  /** One message there and an answer back. */
  send<T>(name: string, execute: () => Promise<T>, about?: unknown): Promise<T> {
    const { process } = this;
    const { world } = process;
    const { random, faults } = world;
    if (!process.alive) return new Promise(() => undefined);
    if (random.chance(faults.of('crashBefore'))) return process.crash(`before ${name}`);
    const slow = random.chance(faults.of('statementSlow')) ? random.magnitude(10, SLOWEST_MS) : 0;
    const there = random.between(0.2, 2) + Math.max(slow, this.database.heldUntil - world.nowMs);
    const back = random.between(0.2, 2);
    const statement = () => {
      const answer = execute();
      if (world.trace)
        void told(answer).then((text) => world.note(() => `  database: ${name} of ${process.name}${told1(about)} → ${text}`));
      return answer;
    };
    if (random.chance(faults.of('statementLost'))) return this.fails(name, there);
    if (random.chance(faults.of('statementUndone'))) return this.fails(name, there + back, undone());
    if (random.chance(faults.of('statementLate'))) {
      world.after(there + random.magnitude(10, faults.lateMs), () => void statement().catch(() => undefined));
      return this.fails(name, there);
    }
    const answerLost = random.chance(faults.of('statementAnswerLost'));
    const crash = random.chance(faults.of('crashAfter'));
    return new Promise((resolve, reject) => {
      world.after(there, () => {
        const answer = statement();
        answer.catch(() => undefined);
        if (crash) void process.crash(`after ${name}`);
        else if (answerLost) this.fails(name, back).catch(reject);
        else world.after(back, () => resolve(answer), process);
      });
    });
  }

  private fails(name: string, ms: number, error = new Error('connection to the database lost')): Promise<never> {
    const { process } = this;
    return new Promise((_resolve, reject) => {
      const failed = () => {
        process.world.note(() => `${process.name} ${name}: ${error.message}`);
        this.failed(name);
        reject(error);
      };
      process.world.after(ms, failed, process);
    });
  }
}

/** As Postgres says that somebody else kept a row for too long: nothing of the statement was written. */
function undone(): Error {
  return Object.assign(new Error('a lock could not be had'), { code: '55P03' });
}

async function told(answer: Promise<unknown>): Promise<string> {
  try {
    return brief(await answer);
  } catch (error) {
    return String(error);
  }
}

function told1(about: unknown): string {
  return about === undefined ? '' : ` ${brief(about)}`;
}

const TOLD = new Set([
  'kind',
  'operation',
  'id',
  'fence',
  'status',
  'userId',
  'turn',
  'now',
  'last',
  'by',
  'refunded',
  'gatewayReference',
  'reference',
  'operationId',
  'refundId',
  'open',
  'keyed',
  'nextAt',
  'periodEnd',
  'renewalAttempts',
  'paymentMethod',
  'customer',
]);

/** The members that matter to whoever follows what happened. */
function brief(value: unknown): string {
  if (value === undefined) return '';
  if (value instanceof Map) return brief([...value]);
  return JSON.stringify(value, (name, member: unknown) => (name === '' || /^\d+$/.test(name) || TOLD.has(name) ? member : undefined));
}
