import type { Group, NamedTest } from './guard.js';

const LEDGER = 'src/credits/ledger.sql.ts';
const TRANSFER = 'src/credits/transfer.sql.ts';
const TRANSFERS = 'src/credits/transfers.ts';
const MIGRATION = 'src/platform/database/migrations/1700000000002-credits-and-events.ts';
const GRANT = 'src/api/admin/admin-credits.controller.ts';

const inTransfers = (name: string): NamedTest => ({ file: 'test/credits/transfers.test.ts', name });
const inLedger = (name: string): NamedTest => ({ file: 'test/credits/ledger.test.ts', name });
const inGrants = (name: string): NamedTest => ({ file: 'test/api/admin-credits.test.ts', name });
const inWindows = (name: string): NamedTest => ({ file: 'test/api/two-windows.test.ts', name });

export const credits: Group = {
  title: 'Credits',
  guards: [
    {
      id: 'credit-covered',
      name: 'A transfer moves only what is there when the account is locked',
      at: '`covered`',
      remove: [{ file: TRANSFER, find: '  where f.balance >= q.amount\n    and', replace: '  where' }],
      test: inTransfers('under a key each, with credit for one: one is served, the other refused with what is left'),
      without: 'the `CHECK` refuses it, and the sender is told of a defect',
    },
    {
      id: 'credit-locked-row',
      name: '… and what is there is read off the locked row',
      at: '`balanced`',
      remove: [{ file: LEDGER, find: 'set balance = t.balance + d.balance', replace: 'set balance = a.balance + d.balance' }],
      test: inTransfers('are taken as they stand when they are locked: credit that came in meanwhile can be given away'),
      without: 'the `CHECK` judges a row that is over, and refuses now and then what is covered',
    },
    {
      id: 'credit-lock-order',
      name: 'Both accounts of a transfer are locked in one order, whoever gives',
      at: '`locked`',
      remove: [
        { file: TRANSFER, find: 'order by a.user_id, a.currency for update', replace: 'order by a.user_id <> q.from_user_id for update' },
      ],
      test: inTransfers('are locked in one order: while the first is taken, here that of the %s, the other is free'),
      without: 'two who give to each other wait for each other',
    },
    {
      id: 'credit-key',
      name: 'A transfer hangs on the row of its key',
      at: '`keyed`',
      remove: [{ file: TRANSFER, find: 'from keyed k join asked q', replace: 'from (select movement_id from covered) k join asked q' }],
      test: inTransfers('under one key are one, also where there is credit for both'),
      without: 'a key that is sent twice at one moment moves twice',
    },
    {
      id: 'credit-second-look',
      name: 'Where a transfer did not come to it, its key is looked for again before it is refused',
      at: '`once`',
      remove: [
        {
          file: TRANSFERS,
          find: 'if (createdAt) return { movementId, createdAt, replayed: false };',
          replace: "if (createdAt) return { movementId, createdAt, replayed: false };\n      throw new Problem('insufficient-credit');",
        },
      ],
      test: inTransfers('under one key are one: who comes second and finds the credit gone is answered what the first did with it'),
      without: 'who pressed twice is told that there is not enough, though it has moved',
    },
    {
      id: 'credit-lost-answer',
      name: 'A transfer whose answer is lost is looked for by its key',
      at: '`move`',
      remove: [{ file: TRANSFERS, find: 'if (!(await this.look(ask)).keyed) throw error;', replace: 'throw error;' }],
      test: inTransfers('after its commit costs the sender nothing: what is there is told'),
      without: 'credit has moved and the sender is told that nobody knows',
    },
    {
      id: 'credit-if-match',
      name: 'What the sender saw is compared under the lock',
      at: '`covered`',
      remove: [
        {
          file: TRANSFER,
          find: '\n    and (q.seen is null or q.seen = (select sum(l.version - 1) from locked l where l.user_id = q.from_user_id))',
          replace: '',
        },
      ],
      test: inTransfers(
        'find out what the sender saw when it is their turn: of two that saw the same, one is served and the other concedes',
      ),
      without: 'two windows that show the same balance both give',
    },
    {
      id: 'credit-entries-append-only',
      name: 'The entries refuse to be changed: triggers',
      remove: [
        {
          file: MIGRATION,
          find: 'create trigger credit_entries_append_only before update or delete on credit_entries for each row execute function credit_entries_refuse()',
          replace: 'select 1',
        },
      ],
      test: inLedger('cannot be taken back by whoever the service is: %s'),
      without: 'who moved what can be made undone',
    },
    {
      id: 'credit-entries-never-emptied',
      name: '… nor emptied',
      remove: [
        {
          file: MIGRATION,
          find: 'create trigger credit_entries_never_emptied before truncate on credit_entries for each statement execute function credit_entries_refuse()',
          replace: 'select 1',
        },
      ],
      test: inLedger('cannot be taken back by whoever the service is: %s'),
      without: 'the same, all at once',
    },
    {
      id: 'credit-entries-revoked',
      name: '… and whoever owns the table is not allowed to: revoked privileges',
      remove: [
        { file: MIGRATION, find: 'revoke update, delete, truncate on credit_entries from public, current_user', replace: 'select 1' },
      ],
      test: inLedger('is refused before any trigger is asked: %s'),
      without: 'a trigger that is switched off is all that stood there',
    },
    {
      id: 'credit-sums-to-zero',
      name: 'The entries of a movement sum to zero in one currency: a constraint trigger at the commit',
      remove: [{ file: MIGRATION, find: 'having sum(amount) <> 0 or count(distinct currency) > 1', replace: 'having false' }],
      test: inLedger('is one of a movement that sums to zero, or nothing of it is written'),
      without: 'credit comes from nowhere',
    },
    {
      id: 'credit-below-zero',
      name: 'The `CHECK` `credit_never_below_zero`',
      remove: [
        {
          file: MIGRATION,
          find: 'constraint credit_never_below_zero check (balance >= 0 and reserved >= 0)',
          replace: 'constraint credit_never_below_zero check (true)',
        },
      ],
      test: inLedger('never falls below zero, whoever writes it: %s'),
      without: 'a mistake in a statement is an overdrawn account',
    },
    {
      id: 'credit-grant-lock',
      name: 'Who takes credit back locks the account before looking',
      at: '`locked`',
      remove: [{ file: 'src/credits/grants.ts', find: ".setLock('pessimistic_write')", replace: '' }],
      test: inGrants('of what somebody gives away at the same moment is refused'),
      without: 'the `CHECK` refuses it, and the admin is told of a defect',
    },
    {
      id: 'credit-audit',
      name: 'Credit is given only together with its row in the audit',
      at: '`once`',
      remove: [{ file: GRANT, find: 'await audit(tx,', replace: "if (reason === '') await audit(tx," }],
      test: inGrants('nothing is given that cannot be written down'),
      without: 'credit is given and nobody can say by whom',
    },
    {
      id: 'credit-audit-transaction',
      name: '… in one transaction',
      at: '`once`',
      remove: [{ file: GRANT, find: 'await audit(tx,', replace: 'await audit(this.database.manager,' }],
      test: inGrants('nothing is written down that was not given'),
      without: 'the audit tells of credit that nobody got',
    },
    {
      id: 'plan-if-match',
      name: 'A plan is changed only as it was seen, where its author says so',
      at: '`updatePlan`',
      remove: [
        {
          file: 'src/subscriptions/plan-catalogue.ts',
          find: 'if (ifMatch && !holds(ifMatch, etag))',
          replace: 'if (ifMatch && etag === null)',
        },
      ],
      test: inWindows('for the catalogue, at the same moment: one price wins'),
      without: 'the second of two admins undoes what the first decided',
    },
    {
      id: 'operation-if-match',
      name: 'What is done to an operation is done to the version that was seen, where its author says so',
      at: '`refuseUnlessSeen`',
      remove: [
        {
          file: 'src/operations/keys.ts',
          find: 'if (!ifMatch || holds(ifMatch, etag)) return;',
          replace: 'if (!ifMatch || holds(ifMatch, etag) || etag) return;',
        },
      ],
      test: inWindows('evidence that was found before somebody asked the gateway again ends nothing'),
      without: 'an operation ends by evidence that is older than its last attempt',
    },
  ],
};
