import type { Group, NamedTest } from './guard.js';

const NUMBER = 'src/operations/invoicing/invoicing.sql.ts';
const COUNTER = 'src/invoices/numbering.sql.ts';
const RELAY = 'src/operations/invoicing/invoicing.ts';
const DRAFT = 'src/operations/invoicing/invoice-draft.ts';
const MIGRATION = 'src/platform/database/migrations/1700000000003-invoices.ts';
const QUERY = 'src/invoices/invoices-query.ts';

const inNumbering = (name: string): NamedTest => ({ file: 'test/operations/invoicing.test.ts', name });
const inTaxes = (name: string): NamedTest => ({ file: 'test/invoices/taxes.test.ts', name });
const inRows = (name: string): NamedTest => ({ file: 'test/invoices/append-only.test.ts', name });
const inApi = (name: string): NamedTest => ({ file: 'test/api/invoices.test.ts', name });
const inPage = (name: string): NamedTest => ({ file: 'test/api/invoice-page.test.ts', name });

export const invoices: Group = {
  title: 'Invoices',
  guards: [
    {
      id: 'invoice-not-yet',
      name: 'A charge is numbered only while it has no invoice',
      at: '`TO_INVOICE`',
      remove: [{ file: NUMBER, find: 'and not o.invoiced and', replace: 'and' }],
      test: inNumbering('that has settled gets one invoice, however often it is looked for'),
      without: 'the unique index refuses it in every sweep, and an alarm tells of a defect',
    },
    {
      id: 'invoice-marked',
      name: '… and leaves the queue in the statement that numbers it',
      at: '`marked`',
      remove: [{ file: NUMBER, find: 'set invoiced = true from', replace: 'set invoiced = o.invoiced from' }],
      test: inNumbering('that has settled gets one invoice, however often it is looked for'),
      without: 'the same, and the queue grows for ever',
    },
    {
      id: 'invoice-once',
      name: 'One invoice for an operation, whoever writes it: `one_invoice_per_operation`',
      remove: [
        {
          file: MIGRATION,
          find: 'operation_id uuid not null constraint one_invoice_per_operation unique',
          replace: 'operation_id uuid not null',
        },
      ],
      test: inRows('is refused by %s: %s'),
      without: 'a mistake in a statement is two invoices for one charge',
    },
    {
      id: 'invoice-number-once',
      name: 'One invoice for a number: `one_invoice_per_number`',
      remove: [{ file: MIGRATION, find: 'constraint one_invoice_per_number unique (year, sequence)', replace: 'check (year > 0)' }],
      test: inRows('is refused by %s: %s'),
      without: 'a counter that was set back gives numbers twice',
    },
    {
      id: 'invoice-counter',
      name: 'Numbers go on after those that were given',
      at: '`counters`',
      remove: [{ file: COUNTER, find: 'set last = n.last + excluded.last', replace: 'set last = excluded.last' }],
      test: inNumbering('of a charge that settled last year and is found this year are last year’s next'),
      without: 'the unique index refuses the invoice of whoever pays next',
    },
    {
      id: 'invoice-year',
      name: 'A number is of the UTC year of its charge: the `CHECK` behind it',
      remove: [
        {
          file: MIGRATION,
          find: "check (year = extract(year from charged_at at time zone 'UTC'))",
          replace: 'check (year > 0)',
        },
      ],
      test: inRows('is refused by %s: %s'),
      without: 'a mistake in a statement is a charge in the books of another year',
    },
    {
      id: 'invoice-totals',
      name: 'A total is what was due less credit: the `CHECK` `totals_add_up`',
      remove: [{ file: MIGRATION, find: 'check (total = subtotal - credit_applied)', replace: 'check (total >= 0)' }],
      test: inRows('is refused by %s: %s'),
      without: 'a mistake in a statement is a wrong invoice for ever',
    },
    {
      id: 'invoice-skip-locked',
      name: 'Numbering waits for no row of a charge',
      at: '`taken`',
      remove: [{ file: NUMBER, find: 'for no key update of o skip locked', replace: 'for no key update of o' }],
      test: inNumbering(
        'a charge whose row somebody holds at this moment is left for later: numbering waits for nobody who works on charges',
      ),
      without: 'one refund that hangs holds up everybody’s invoices, and may stand in a circle with them',
    },
    {
      id: 'invoice-weak-lock',
      name: 'While a charge is numbered, others may refer to it',
      at: '`taken`',
      remove: [{ file: NUMBER, find: 'for no key update of o', replace: 'for update of o' }],
      test: inApi('while invoices are being numbered, charges are recorded and settled and answered'),
      without: 'keys and refunds of charges wait for the invoices of others',
    },
    {
      id: 'invoice-lines-sum',
      name: 'Lines are shown only where they sum to what was paid',
      at: '`linesOf`',
      remove: [{ file: DRAFT, find: 'if (terms.lines && sumOf(terms.lines) === amount) return', replace: 'if (terms.lines) return' }],
      test: inNumbering('that was recorded %s gets those that are known for certain'),
      without: 'an invoice that does not add up, for ever',
    },
    {
      id: 'invoice-tax-alone',
      name: 'Whose taxes are not known waits alone',
      at: '`taxedOne`',
      remove: [
        {
          file: RELAY,
          find: "if (!this.stopping.signal.aborted) this.alarm('invoice_tax', draft, error);\n      return null;",
          replace: "if (!this.stopping.signal.aborted) this.alarm('invoice_tax', draft, error);\n      throw error;",
        },
      ],
      test: inTaxes('%s, it waits for its invoice, an alarm tells, and nobody else waits'),
      without: 'one charge with a strange address stops all invoices',
    },
    {
      id: 'invoice-tax-deadline',
      name: '… and who is asked about them has a deadline',
      at: '`taxedOne`',
      remove: [
        {
          file: RELAY,
          find: 'untilAborted([this.stopping.signal, deadline],',
          replace: 'untilAborted([this.stopping.signal],',
        },
      ],
      test: inTaxes('%s, it waits for its invoice, an alarm tells, and nobody else waits'),
      without: 'one question that hangs stops all invoices',
    },
    {
      id: 'invoice-tax-contained',
      name: 'Taxes are no more than what was due',
      at: '`taxOn`',
      remove: [
        {
          file: 'src/invoices/taxes.ts',
          find: 'if (tax.reduce((sum, { amount }) => sum + amount, 0) > subtotal)',
          replace: 'if (tax.length > subtotal)',
        },
      ],
      test: inTaxes('%s, it waits for its invoice, an alarm tells, and nobody else waits'),
      without: 'an embedder’s mistake is a wrong invoice for ever',
    },
    {
      id: 'invoice-refused-alone',
      name: 'An invoice that the database refuses holds up nobody else’s',
      at: '`number`',
      remove: [{ file: RELAY, find: "if (!ROW_REFUSED.test(sqlState(error) ?? '')) throw error;", replace: 'if (error) throw error;' }],
      test: inNumbering('holds up nobody else, alarms, and leaves no gap'),
      without: 'one charge stops all invoices',
    },
    {
      id: 'invoice-append-only',
      name: 'An invoice is never changed or deleted: a trigger',
      remove: [
        {
          file: MIGRATION,
          find: 'create trigger invoices_append_only before update or delete on invoices for each row execute function invoices_refuse()',
          replace: 'select 1',
        },
      ],
      test: inRows('cannot be taken back by whoever the service is: %s'),
      without: 'what a customer was sent and what the books say differ',
    },
    {
      id: 'invoices-never-emptied',
      name: '… nor are all of them',
      remove: [
        {
          file: MIGRATION,
          find: 'create trigger invoices_never_emptied before truncate on invoices for each statement execute function invoices_refuse()',
          replace: 'select 1',
        },
      ],
      test: inRows('cannot be taken back by whoever the service is: %s'),
      without: 'the same, all at once',
    },
    {
      id: 'invoices-revoked',
      name: '… and whoever owns the table is not allowed to: revoked privileges',
      remove: [{ file: MIGRATION, find: 'revoke update, delete, truncate on invoices from public, current_user', replace: 'select 1' }],
      test: inRows('is refused before any trigger is asked: %s'),
      without: 'a trigger that is switched off is all that stood there',
    },
    {
      id: 'invoice-owner',
      name: 'An invoice is found for its owner alone: the owner stands in the `WHERE`',
      at: '`find`',
      remove: [{ file: QUERY, find: 'findOneBy(userId === undefined ? { id } : { id, userId })', replace: 'findOneBy({ id })' }],
      test: inApi('cannot be told from one that does not exist, as %s'),
      without: 'whoever guesses an id reads what somebody else paid',
    },
    {
      id: 'invoice-list-owner',
      name: '… and so it does for lists',
      at: '`filtered`',
      remove: [{ file: QUERY, find: "if (userId !== undefined) query.andWhere('i.user_id = :userId', { userId });", replace: '' }],
      test: inApi('is in no list of others, also behind its cursor'),
      without: 'everybody reads what everybody paid',
    },
    {
      id: 'invoice-page-escaped',
      name: 'Whatever is put into a page is text',
      at: '`inserted`',
      remove: [{ file: 'src/api/html.ts', find: 'return value.replace(/[&<>"\'`]/g, ', replace: 'return value.replace(/[\\0]/g, ' }],
      test: inPage('takes names of plans and whatever else comes from outside for text'),
      without: 'whoever names a plan writes into the pages of those who buy it',
    },
    {
      id: 'invoice-page-policy',
      name: '… and a page could run nothing if it were not',
      at: '`one`',
      remove: [
        {
          file: 'src/api/invoices.controller.ts',
          find: ".header('Content-Security-Policy', INVOICE_PAGE_POLICY)",
          replace: '',
        },
      ],
      test: inPage('is sent to browsers, says what the data says, and can do nothing but be read'),
      without: 'the first mistake with the other is enough',
    },
  ],
};
