import type { Group } from './guard.js';

const MIGRATION = 'src/platform/database/migrations/1700000000001-initial.ts';
const SERVICE = 'src/service.ts';
const AUDIT = { file: 'test/security/audit-trail.test.ts' };

export const recoveryAndAudit: Group = {
  title: 'Recovery and audit',
  guards: [
    {
      id: 'recovery-runs',
      name: 'What a killed process left is found by itself',
      remove: [
        {
          file: SERVICE,
          find: "if (config.roles.has('recovery')) app.get(Recovery).start();",
          replace: "if (config.roles.has('recovery')) app.get(Recovery);",
        },
      ],
      test: { file: 'test/operations/recovery.test.ts', name: 'it finds what was abandoned and carries it to its end' },
      without: 'it is found when somebody complains',
    },
    {
      id: 'audit-append-only',
      name: 'The audit refuses to be changed: triggers',
      remove: [
        {
          file: MIGRATION,
          find: 'create trigger audit_append_only before update or delete on audit for each row execute function audit_refuse()',
          replace: 'select 1',
        },
      ],
      test: { ...AUDIT, name: 'cannot be taken back: %s' },
      without: 'what was done can be made undone',
    },
    {
      id: 'audit-never-emptied',
      name: '… nor emptied',
      remove: [
        {
          file: MIGRATION,
          find: 'create trigger audit_never_emptied before truncate on audit for each statement execute function audit_refuse()',
          replace: 'select 1',
        },
      ],
      test: { ...AUDIT, name: 'cannot be taken back: %s' },
      without: 'the same, all at once',
    },
    {
      id: 'audit-hash',
      name: 'A row of the audit bears a hash of all that it says',
      at: '`brokenLink`',
      remove: [{ file: 'src/platform/audit/audit.ts', find: 'or hash <> encode(', replace: "or 'never' = encode(" }],
      test: { ...AUDIT, name: 'shows that somebody changed %s' },
      without: 'who owns the table changes it unseen',
    },
    {
      id: 'audit-chain',
      name: '… and of the row before',
      at: '`brokenLink`',
      remove: [{ file: 'src/platform/audit/audit.ts', find: ' or previous_hash <> before_hash', replace: '' }],
      test: { ...AUDIT, name: 'shows a change whose hash was made to fit' },
      without: 'who owns the table changes it and makes the hash fit',
    },
  ],
};
