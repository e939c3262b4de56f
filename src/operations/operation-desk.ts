import type { DataSource, EntityManager } from 'typeorm';
import { audit, type Act } from '../platform/audit/audit.js';
import type { Bell } from '../events/bell.js';
import type { Clock } from '../platform/clock.js';
import { transaction } from '../platform/database/transaction.js';
import { etagOf, holds } from '../platform/etag.js';
import { toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { ACTIONS } from './actions.js';
import { forgetKey, rememberKey, type KeyUse, type SightedUse } from './keys.js';
import type { OperationStore, Settled } from './operation-store.js';
import type { Operation } from './operation.entity.js';
import type { PersonalFinding, Runner } from './runner.js';
import type { OperationWatch } from './watch.js';

export interface Done {
  settled: Settled;
  /** The same request was here before; nothing was done again. */
  replayed: boolean;
}

/** How long a cancel waits for whoever works on the operation, longer than a gateway usually takes, and how often it looks whether they are gone. */
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
    if (fresh && operation.status === 'requires_action') await this.runner.takeOver(operation, 'customer');
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
    const taken = await this.runner.takeOver(operation, act.actor);
    if (taken.kind === 'owned') await this.turnAway(operation, use);
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

  /**
   * Ends what waits for the customer, also where it was asked for before and not made: the process may have died in between. Whoever else is at it,
   * such as recovery, is waited for.
   */
  private async cancelAtGateway({ id }: Operation, by: string, use: KeyUse): Promise<void> {
    const until = this.clock.monotonicMs() + AT_IT_MS;
    for (;;) {
      const operation = await this.find(id);
      if (operation.status !== 'requires_action') return;
      const taken = await this.runner.takeOver(operation, by, { cancel: true });
      if (taken.kind === 'driven') return;
      if (this.clock.monotonicMs() >= until) await this.turnAway(operation, use);
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

/** False where the same request was here before: then it makes no difference what its caller saw. Throws `operation-changed` where they saw another version. */
async function accepted(tx: EntityManager, use: SightedUse, operation: Operation): Promise<boolean> {
  if (!(await rememberKey(tx, use, operation.id))) return false;
  const etag = etagOf(operation.version);
  if (!use.ifMatch || holds(use.ifMatch, etag)) return true;
  throw new Problem('operation-changed', { operationId: toPublicId('op', operation.id), embedded: { operation }, headers: { etag } });
}

const REFUSALS = { recover: 'operation-not-open', cancel: 'operation-not-cancelable', resolve: 'operation-not-resolvable' } as const;

function refuseUnless(action: keyof typeof REFUSALS, operation: Operation): void {
  const detail = ACTIONS[action](operation.status);
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
