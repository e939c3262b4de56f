import type { Money } from '../platform/money.js';
import type { Plan } from './plan.entity.js';

/** Asks for a family instead of a plan: `family:studio`. */
export const FAMILY_PREFIX = 'family:';

/** Another plan of a full one's family, for a caller to offer. */
export interface Alternative {
  planId: string;
  /** Seats that nobody holds or has taken; null where the plan has no limit. */
  left: number | null;
  price: Money;
}

/** The family that a plan id asks for, or null where it names a plan. */
export function familyIn(planId: string): string | null {
  return planId.startsWith(FAMILY_PREFIX) ? planId.slice(FAMILY_PREFIX.length) : null;
}

/**
 * The plan that a family stands for: the one that the user holds already, else the first in order of creation that is on sale and has a seat left, so
 * that one is filled before the next is opened. Null where all are full, undefined where none is on sale.
 */
export function planOfFamily(family: readonly Plan[], heldPlanId: string | null): Plan | null | undefined {
  const held = family.find(({ id }) => id === heldPlanId);
  if (held) return held;
  const onSale = family.filter((plan) => plan.onSale);
  return onSale.length === 0 ? undefined : (onSale.find(hasSeat) ?? null);
}

/** What could be had instead of a plan that is full: of the same family and currency, with seats left, the nearest price first. */
export function alternativesTo(full: Plan, family: readonly Plan[], heldPlanId: string | null): Alternative[] {
  const distance = ({ priceAmount }: Plan) => Math.abs(priceAmount - full.priceAmount);
  return family
    .filter((plan) => plan.onSale && plan.id !== full.id && plan.id !== heldPlanId)
    .filter((plan) => plan.priceCurrency === full.priceCurrency && hasSeat(plan))
    .sort((a, b) => distance(a) - distance(b))
    .map((plan) => ({ planId: plan.id, left: seatsLeft(plan), price: plan.price }));
}

/** Seats that nobody holds or has taken; null where the plan has no limit. */
export function seatsLeft({ capacity, seatsHeld, seatsTaken }: Plan): number | null {
  return capacity === null ? null : Math.max(0, capacity - seatsHeld - seatsTaken);
}

function hasSeat(plan: Plan): boolean {
  return seatsLeft(plan) !== 0;
}
