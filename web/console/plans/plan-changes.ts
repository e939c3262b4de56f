import { isProblem, type Schemas } from '../../service/client.ts';
import { minorUnitsIn } from '../operation/wish-fields.tsx';
import type { SignedIn } from '../session.ts';

type Plan = Schemas['AdminPlan'];
type Changes = Omit<Schemas['UpdatePlanRequest'], 'reason'>;

/** What was typed or switched; what nobody touched is not in it, and stays as it is. */
export interface Edits {
  name?: string;
  price?: string;
  capacity?: string;
  onSale?: boolean;
}

export type Answer = { kind: 'done'; plan: Plan } | { kind: 'moved' } | { kind: 'refused'; says: string };

/** The fields as they stand: what was touched, else what the plan has. */
export function fieldsOf(plan: Plan, edits: Edits): Required<Edits> {
  return { name: plan.name, price: priceText(plan), capacity: String(plan.seats?.capacity ?? ''), onSale: plan.onSale, ...edits };
}

/** What is to be changed of the plan as it is; null where something is no name, no price or no number of seats. */
export function changesIn(plan: Plan, edits: Edits): Changes | null {
  const fields = fieldsOf(plan, edits);
  const changes: Changes = {};
  const name = fields.name.trim();
  if (name === '') return null;
  if (name !== plan.name) changes.name = name;
  if (fields.price !== priceText(plan)) {
    const amount = /^\s*0+([.,]0*)?\s*$/.test(fields.price) ? 0 : minorUnitsIn(fields.price, plan.price.currency);
    if (amount === null) return null;
    if (amount !== plan.price.amount) changes.price = { ...plan.price, amount };
  }
  const seats = fields.capacity.trim();
  if (seats !== String(plan.seats?.capacity ?? '')) {
    if (!/^\d{0,8}$/.test(seats)) return null;
    changes.capacity = seats === '' ? null : Number(seats);
  }
  if (fields.onSale !== plan.onSale) changes.onSale = fields.onSale;
  return changes;
}

/** Changes the plan as it was seen: whoever changed it meanwhile is not overruled. `key` is the same for every try of one press. */
export async function changePlan(
  { service }: SignedIn,
  { id, version }: Plan,
  changes: Changes,
  reason: string,
  key: string,
): Promise<Answer> {
  const params = { path: { id }, header: { 'Idempotency-Key': key, 'If-Match': `"${version}"` } };
  try {
    const { data, error, response } = await service.PATCH('/v1/admin/plans/{id}', { params, body: { ...changes, reason } });
    if (response.ok && data !== undefined) return { kind: 'done', plan: data };
    if (!isProblem(error))
      return { kind: 'refused', says: `The service answered ${response.status}. Whether it was changed is not known.` };
    return error.code === 'plan-changed' ? { kind: 'moved' } : { kind: 'refused', says: error.detail ?? error.title };
  } catch {
    return { kind: 'refused', says: 'No answer came. Whether it was changed is not known; trying again does not do it twice.' };
  }
}

/** In the currency's own digits, as it is typed: `19.00`. */
function priceText({ price: { amount, currency } }: Plan): string {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  if (digits === 0) return String(amount);
  const text = String(amount).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
