import type { DataSource } from 'typeorm';
import type { Bell } from '../events/bell.js';
import { audit, type Act } from '../platform/audit/audit.js';
import { transaction } from '../platform/database/transaction.js';
import { toPublicId } from '../platform/ids.js';
import type { Draft } from './draft.js';
import type { OperationStore, Recorded } from './store/operation-store.js';

/** Commit 1 of what somebody asks for in a user's stead: the operation and the row that says who and why are one transaction. */
export class AuditedRecord {
  constructor(
    private readonly database: DataSource,
    private readonly store: OperationStore,
    private readonly bell: Bell,
  ) {}

  async record(draft: Draft, act: Act): Promise<Recorded | undefined> {
    const recorded = await transaction(this.database, async (tx) => {
      const [made] = await this.store.within(tx).record([draft]);
      if (made?.kind === 'recorded') {
        const object = draft.subscriptionId === null ? draft.userId : toPublicId('sub', draft.subscriptionId);
        const after = { operation: toPublicId('op', made.operation.id), result: draft.result };
        await audit(tx, act, { action: `subscription.${draft.kind}`, object, after });
      }
      return made;
    });
    if (recorded?.kind === 'recorded') this.bell.ring([draft.userId]);
    return recorded;
  }
}
