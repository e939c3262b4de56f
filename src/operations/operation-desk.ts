import type { DataSource, EntityManager } from 'typeorm';
import { audit, type Act } from '../platform/audit/audit.js';
import type { Bell } from '../events/bell.js';
import type { Clock } from '../platform/clock.js';
import { transaction } from '../platform/database/transaction.js';
import { toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { ACTIONS } from './actions.js';
import { forgetKey, refuseUnlessSeen, rememberKey, type KeyUse, type SightedUse } from './keys.js';
import type { OperationStore, Settled } from './store/operation-store.js';
import type { Operation } from './operation.entity.js';
import type { PersonalFinding, Runner } from './runner.js';
import type { OperationWatch } from './watch.js';

export interface Done {
  settled: Settled;
  /** The same request was here before; nothing was done again. */
  replayed: boolean;
}

/** How long whoever asks waits for who works on the operation, longer than a gateway usually takes, and how often it is looked whether they are gone. */
const AT_IT_MS = 3_000;
const AT_IT_LOOK_MS = 250;

/** What people do to an operation that exists: look, confirm, cancel, have it recovered, resolve it. All of it goes through the runner. */
export class OperationDesk {
  constructor(
    private readonly database: DataSource,
    private readonly store: OperationStore,
    private readonly runner: Runner,
    private readonly watch: OperationWatch,
    private readonly clock: Clock,
    private readonly bell: Bell,
  ) {}

  /** An operation of this user, at once or, while it stands at `unlessVersion`, when it moves or `waitMs` are over. Null where there is none. */
  async read(
    id: string,
    userId: string,
    { unlessVersion, waitMs, signal }: { unlessVersion: number | null; waitMs: number; signal: AbortSignal },
  ): Promise<Settled | null> {
    const until = this.clock.monotonicMs() + waitMs;
    for (;;) {
      const read = await this.store.read(id);
      if (read?.operation.userId !== userId) return null;
      const left = until - this.clock.monotonicMs();
      const unseen = unlessVersion !== null && read.operation.version !== unlessVersion;
      if (unseen || !read.operation.isOpen || left <= 0 || signal.aborted) return read;
      await this.watch.changed(read.operation, left, signal);
      if (unlessVersion === null) unlessVersion = read.operation.version;
    }
  }

  /** An operation of anybody; null where there is none. */
  inspect(id: string): Promise<Settled | null> {
    return this.store.read(id);
  }

  /** The customer says that they have authenticated: the gateway is asked, whatever they say. */
  async confirm(id: string, userId: string, use: SightedUse): Promise<Done> {
    const operation = await this.ownedBy(id, userId);
    const fresh = await transaction(this.database, (tx) => accepted(tx, use, operation));
    if (fresh) await this.inTurn(id, 'customer', waitsForCustomer);
    return this.now(id, !fresh);
  }

  /** Ends an operation that waits for the customer. Throws `operation-not-cancelable` where money may have moved. */
  async cancel(id: string, userId: string, use: SightedUse): Promise<Done> {
    const operation = await this.ownedBy(id, userId);
    const fresh = await transaction(this.database, async (tx) => {
      if (!(await accepted(tx, use, operation))) return false;
      if (operation.status !== 'canceled') refuseUnless('cancel', operation);
      return true;
    });
    await this.cancelAtGateway(operation, 'customer', use);
    return this.now(id, !fresh);
  }

  /** An admin's cancel: the same, with a reason. */
  async cancelFor(id: string, act: Act, use: SightedUse): Promise<Done> {
    const operation = await this.find(id);
    const fresh = await this.audited(act, use, operation, 'cancel');
    await this.cancelAtGateway(operation, act.actor, use);
    return this.now(id, !fresh);
  }

  /** Asks the gateway now and settles by its answer. */
  async recover(id: string, act: Act, use: SightedUse): Promise<Done> {
    const operation = await this.find(id);
    const fresh = await this.audited(act, use, operation, 'recover');
    if (!fresh) return this.now(id, true);
    // Whoever has moved it meanwhile has asked.
    const busy = await this.inTurn(id, act.actor, ({ version }) => version === operation.version);
    if (busy) await this.turnAway(busy, use);
    return this.now(id, false);
  }

  /** A person ends an operation by evidence. The audit row and the outcome are one transaction. */
  async resolve(id: string, evidence: PersonalFinding, act: Act, use: SightedUse): Promise<Done> {
    const operation = await this.find(id);
    const fresh = await transaction(this.database, async (tx) => {
      if (!(await accepted(tx, use, operation))) return false;
      refuseUnless('resolve', operation);
      const resolved = await this.runner.resolve(this.store.within(tx), operation, act.actor, evidence);
      if (!resolved) throw busy(operation);
      const object = toPublicId('op', id);
      await audit(tx, act, {
        action: 'operation.resolve',
        object,
        before: standing(operation),
        after: { ...standing(resolved.operation), ...evidence },
      });
      return true;
    });
    this.bell.ring([operation.userId]);
    const done = await this.now(id, !fresh);
    this.watch.announce(id, done.settled.operation.version);
    return done;
  }

  /** Leaves a note; the audit keeps it. */
  async note(id: string, act: Act, use: KeyUse): Promise<Done> {
    const operation = await this.find(id);
    const fresh = await this.audited(act, use, operation, 'note');
    return this.now(id, !fresh);
  }

  /** Ends what waits for the customer, also where it was asked for before and not made: the process may have died in between. */
  private async cancelAtGateway({ id }: Operation, by: string, use: KeyUse): Promise<void> {
    const busy = await this.inTurn(id, by, waitsForCustomer, { cancel: true });
    if (busy) await this.turnAway(busy, use);
  }

  /**
   * Takes it over while that `isWanted`. Whoever else is at it is waited for, be it recovery or a request that has its answer and whose lease is not
   * released yet. Answers what they are still at when patience ends, or else null.
   */
  private async inTurn(id: string, by: string, isWanted: (now: Operation) => boolean, how: { cancel?: boolean } = {}) {
    const until = this.clock.monotonicMs() + AT_IT_MS;
    for (;;) {
      const operation = await this.find(id);
      if (!isWanted(operation)) return null;
      const taken = await this.runner.takeOver(operation, by, how);
      if (taken.kind === 'driven') return null;
      if (this.clock.monotonicMs() >= until) return operation;
      await this.watch.changed(operation, AT_IT_LOOK_MS);
    }
  }

  /** Somebody works on it, so nothing was done: the same request with the same key may do it later. */
  private async turnAway(operation: Operation, use: KeyUse): Promise<never> {
    await forgetKey(this.database.manager, use);
    throw busy(operation);
  }

  /** True where the act is new. A refusal takes key and audit row back: what was not done is neither replayed nor recorded. */
  private audited(act: Act, use: SightedUse, operation: Operation, action: 'recover' | 'cancel' | 'note'): Promise<boolean> {
    return transaction(this.database, async (tx: EntityManager) => {
      if (!(await accepted(tx, use, operation))) return false;
      if (action !== 'note') refuseUnless(action, operation);
      await audit(tx, act, { action: `operation.${action}`, object: toPublicId('op', operation.id), before: standing(operation) });
      return true;
    });
  }

  private async ownedBy(id: string, userId: string): Promise<Operation> {
    const operation = await this.find(id);
    if (operation.userId !== userId) throw new Problem('not-found');
    return operation;
  }

  private async find(id: string): Promise<Operation> {
    const read = await this.store.read(id);
    if (!read) throw new Problem('not-found');
    return read.operation;
  }

  private async now(id: string, replayed: boolean): Promise<Done> {
    const settled = await this.store.read(id);
    if (!settled) throw new Problem('not-found');
    return { settled, replayed };
  }
}

function waitsForCustomer({ status }: Operation): boolean {
  return status === 'requires_action';
}

/** False where the same request was here before: then it makes no difference what its caller saw. Throws `operation-changed` where they saw another version. */
async function accepted(tx: EntityManager, use: SightedUse, operation: Operation): Promise<boolean> {
  if (!(await rememberKey(tx, use, operation.id))) return false;
  refuseUnlessSeen(use, operation);
  return true;
}

const REFUSALS = { recover: 'operation-not-open', cancel: 'operation-not-cancelable', resolve: 'operation-not-resolvable' } as const;

function refuseUnless(action: keyof typeof REFUSALS, operation: Operation): void {
  const detail = ACTIONS[action](operation);
  if (detail) throw new Problem(REFUSALS[action], { detail, operationId: toPublicId('op', operation.id), embedded: { operation } });
}

function busy(operation: Operation): Problem {
  const detail = 'Somebody is working on this operation right now.';
  return new Problem('conflicting-operation', {
    detail,
    operationId: toPublicId('op', operation.id),
    retryAfterSeconds: 2,
    embedded: { operation },
  });
}

function standing({ status, version, fence, gatewayReference }: Operation): Record<string, unknown> {
  return { status, version, fence, gatewayReference };
}
