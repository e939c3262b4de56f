import type { ChargeRow, Shop } from '../kit/shop.js';

/** What the rows say against each other and against the gateway, in sentences. Nothing where every race left the house in order. */
export async function contradictions(shop: Shop): Promise<string[]> {
  const [rows, operations, charges] = await Promise.all([
    shop.sql(ROWS),
    shop.sql('select reference, status, amount::int as amount from operations'),
    shop.succeededCharges(),
  ]);
  const known = new Map((operations as OperationRow[]).map((operation) => [operation.reference, operation]));
  const charged = new Set(charges.map(({ reference }) => reference));
  return [
    ...(rows as { what: string }[]).map(({ what }) => what),
    ...(charges.length > charged.size ? [`${charges.length - charged.size} charges were made twice under one reference`] : []),
    ...charges.flatMap((charge) => wrongWith(charge, known.get(charge.reference))),
    ...[...known.values()].filter((one) => one.status === 'succeeded' && one.amount > 0 && !charged.has(one.reference)).map(unpaid),
  ];
}

/** The charges that stay, of one user. */
export async function chargesOf(shop: Shop, userId: string): Promise<ChargeRow[]> {
  const rows = (await shop.sql('select reference from operations where user_id = $1', [userId])) as { reference: string }[];
  const references = new Set(rows.map(({ reference }) => reference));
  return (await shop.succeededCharges()).filter(({ reference }) => references.has(reference));
}

interface OperationRow {
  reference: string;
  status: string;
  amount: number;
}

/** An operation that is open may have been charged already; one that ended without money may not. */
function wrongWith(charge: ChargeRow, operation: OperationRow | undefined): string[] {
  if (!operation) return [`charge ${charge.id} belongs to no operation`];
  if (operation.amount !== charge.amount) return [`charge ${charge.id} is of ${charge.amount} and its operation of ${operation.amount}`];
  return ['failed', 'canceled'].includes(operation.status) ? [`charge ${charge.id} stays though its operation is ${operation.status}`] : [];
}

function unpaid({ reference }: OperationRow): string {
  return `operation ${reference} succeeded and the gateway has no charge of it`;
}

const ROWS = `
with open as (select * from operations where status in ('pending', 'requires_action', 'unknown', 'needs_review'))
select format('%s has %s open operations', user_id, count(*)) as what from open group by user_id having count(*) > 1
union all
select format('%s has %s live subscriptions', user_id, count(*)) from subscriptions where status <> 'canceled' group by user_id having count(*) > 1
union all
select format('%s has two operations of one turn', user_id) from operations group by user_id, turn having count(*) > 1
union all
select format('plan %s holds %s seats and %s are accounted for', p.id, p.seats_held, h.seats)
from plans p, lateral (select count(*)::int as seats from open where seat_plan_id = p.id) h where p.seats_held <> h.seats
union all
select format('plan %s has %s seats taken and %s are accounted for', p.id, p.seats_taken, t.seats)
from plans p, lateral (select count(*)::int as seats from subscriptions where plan_id = p.id and seated and status <> 'canceled') t
where p.seats_taken <> t.seats
union all
select format('plan %s is oversold', id) from plans where seats_held + seats_taken > capacity`;
