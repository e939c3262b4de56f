import { numberInvoices } from '../../invoices/numbering.sql.js';

/** Of operations `o`: settled, paid for, and without an invoice. The words of the index `operations_to_invoice`. */
export const TO_INVOICE = `o.status = 'succeeded' and o.kind <> 'refund' and not o.invoiced and o.amount + o.credit_applied > 0`;

/**
 * Invoices for charges that were looked at before, in the order in which they settled. What another process numbers at this moment is left to it, and
 * what it has numbered is not there any more. The operations are locked before the counter and nothing is waited for behind it, so that nobody
 * who settles or gives back can stand in a circle with it; the lock is the weaker one, which lets others refer to these rows meanwhile.
 */
export const NUMBER_SQL = `
with asked as materialized (
  select * from jsonb_to_recordset($1::jsonb) as a (
    id uuid, operation_id uuid, lines jsonb, tax jsonb, period_start timestamptz, period_end timestamptz)
), taken as materialized (
  select a.id, o.user_id, o.id as operation_id, o.to_plan_id as plan_id, o.currency, o.amount + o.credit_applied as subtotal, o.credit_applied,
    o.amount as total, a.lines, a.tax, a.period_start, a.period_end, o.gateway, o.gateway_reference, o.settled_at as charged_at
  from operations o join asked a on a.operation_id = o.id
  where ${TO_INVOICE}
  order by o.settled_at, o.id
  for no key update of o skip locked
), ${numberInvoices('select * from taken')}, marked as (
  update operations o set invoiced = true from issued i where o.id = i.operation_id
)
select count(*)::int as issued from issued`;
