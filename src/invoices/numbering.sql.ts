/**
 * Clauses that number invoices and write them. `charges` is a query of the columns of an invoice but its number, one row per charge, which the statement has
 * locked. The counter's row stays locked until the commit: whoever numbers beside it waits and goes on after it, and where it does not
 * come to a commit its numbers are given to the next. Years are counted in one order, so that two never wait for each other.
 */
export function numberInvoices(charges: string): string {
  return `charged as materialized (
  select c.*, extract(year from c.charged_at at time zone 'UTC')::int as year from (${charges}) c
), counters as (
  insert into invoice_counters as n (year, last)
  select year, count(*) from charged group by year order by year
  on conflict (year) do update set last = n.last + excluded.last
  returning n.year, n.last
), issued as (
  insert into invoices (id, year, sequence, user_id, operation_id, plan_id, currency, subtotal, credit_applied, total, lines, tax,
    period_start, period_end, gateway, gateway_reference, charged_at)
  select c.id, c.year,
    n.last - count(*) over (partition by c.year) + row_number() over (partition by c.year order by c.charged_at, c.operation_id),
    c.user_id, c.operation_id, c.plan_id, c.currency, c.subtotal, c.credit_applied, c.total, c.lines, c.tax,
    c.period_start, c.period_end, c.gateway, c.gateway_reference, c.charged_at
  from charged c join counters n on n.year = c.year
  returning operation_id
)`;
}
