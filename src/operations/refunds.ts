import type { DataSource, EntityManager } from 'typeorm';
import type { Bell } from '../events/bell.js';
import { audit, type Act } from '../platform/audit/audit.js';
import type { Clock } from '../platform/clock.js';
import { transaction } from '../platform/database/transaction.js';
import { newId, toPublicId } from '../platform/ids.js';
import { Problem } from '../platform/problems/problem.js';
import { refundReferenceOf } from './intent.js';
import { nameOperation, operationUnder, refuseUnlessSeen, rememberKey, type SightedUse } from './keys.js';
import type { Done } from './operation-desk.js';
import type { OperationStore } from './store/operation-store.js';
import { Operation } from './operation.entity.js';
import { notRefundable, refundRefusal, type RefundAsk } from './kinds/refund.js';
import type { Runner } from './runner.js';
import type { OperationWatch } from './watch.js';

export interface RefundsParts {
  database: DataSource;
  store: OperationStore;
  runner: Runner;
  watch: OperationWatch;
  clock: Clock;
  bell: Bell;
}

/** How long whoever asked waits while something else is done for the same user, longer than a gateway usually takes, and how often it looks. */
const AT_IT_MS = 3_000;
const AT_IT_LOOK_MS = 250;

/** What a person gives back of what was paid. */
export class Refunds {
  constructor(private readonly parts: RefundsParts) {}

  /**
   * Records a refund once for a key, with the audit row in the same transaction, and then has it carried out like everything else. Answers with the
   * refund as it stands then; where it is still open, recovery goes on with it. Throws `operation-not-refundable`, `refund-exceeds-payment`,
   * `operation-changed`, `credit-limit-reached` or `validation-failed`; nothing is recorded then.
   */
  async refund(id: string, ask: RefundAsk, act: Act, use: SightedUse): Promise<Done> {
    const { database, bell, watch, store } = this.parts;
    const recorded = await transaction(database, (tx) => this.record(tx, id, ask, act, use));
    const refundId = recorded?.refund.id ?? (await operationUnder(database.manager, use));
    if (recorded) {
      bell.ring([recorded.paid.userId]);
      watch.announce(id, recorded.paid.version);
    }
    await this.carryOut(refundId, act.actor);
    const settled = await store.read(refundId);
    if (!settled) throw new Problem('not-found');
    return { settled, replayed: recorded === null };
  }

  /** Null where the same request was here before. The row of what was paid is locked first, so that what its caller saw is held against what is true. */
  private async record(tx: EntityManager, id: string, ask: RefundAsk, act: Act, use: SightedUse) {
    if (!(await rememberKey(tx, use, null))) return null;
    const operation = await tx.getRepository(Operation).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
    if (!operation) throw new Problem('not-found');
    refuseUnlessSeen(use, operation);
    refuseOtherCurrency(operation, ask);
    const store = this.parts.store.within(tx);
    const reference = await unusedReference(store, operation, use);
    const wish = { operationId: id, refundId: newId(), reference, to: ask.to, amount: ask.amount?.amount ?? null };
    const recorded = await store.refund(wish);
    if (recorded?.kind === 'credit_full') throw new Problem('credit-limit-reached');
    if (recorded?.kind !== 'recorded') throw refundRefusal(operation, ask);
    const { refund, paid } = recorded;
    await nameOperation(tx, use, refund.id);
    const given = {
      refund: toPublicId('op', refund.id),
      to: ask.to,
      amount: { ...refund.money, amount: refund.amount + refund.creditGranted },
    };
    await audit(tx, act, {
      action: 'operation.refund',
      object: toPublicId('op', id),
      before: standing(operation),
      after: { ...standing(paid), ...given },
    });
    return recorded;
  }

  /** At once, and also where it was asked for before and not done: the process may have died in between. Whoever else is at work for the user is waited for. */
  private async carryOut(id: string, by: string): Promise<void> {
    const { store, runner, watch, clock } = this.parts;
    const until = clock.monotonicMs() + AT_IT_MS;
    for (;;) {
      const refund = (await store.read(id))?.operation;
      if (refund?.status !== 'pending') return;
      const taken = await runner.takeOver(refund, by);
      if (taken.kind === 'driven' || clock.monotonicMs() >= until) return;
      await watch.changed(refund, AT_IT_LOOK_MS);
    }
  }
}

/** A key that was forgotten here and is used anew is another refund, so that the gateway does not take it for the one before. */
async function unusedReference(store: OperationStore, { reference: charge }: Operation, { userId, key }: SightedUse): Promise<string> {
  for (let generation = 0; ; generation += 1) {
    const reference = refundReferenceOf(charge, userId, key, generation);
    if (!(await store.findByReference(reference))) return reference;
  }
}

function refuseOtherCurrency(operation: Operation, { amount }: RefundAsk): void {
  if (!amount || notRefundable(operation) !== null || amount.currency === operation.currency) return;
  const detail = `must be ${operation.currency}, in which it was paid`;
  throw new Problem('validation-failed', { errors: [{ pointer: '/amount/currency', detail }] });
}

function standing({ status, version, refundedToCard, refundedToCredit }: Operation): Record<string, unknown> {
  return { status, version, refundedToCard, refundedToCredit };
}
