import type { Money } from '../platform/money.js';
import type { Interval } from './plan.entity.js';

export interface Period {
  start: Date;
  end: Date;
}

/** What a plan costs, for how long. */
export interface Tariff {
  price: Money;
  interval: Interval;
}

export type Direction = 'up' | 'down';

/**
 * A part of what is due, in minor units: a plan for the time from now on, the time of the old one that is not used (below zero), what is left over of it
 * and becomes credit, and credit that is used (below zero).
 */
export interface Line {
  type: 'plan' | 'unused_time' | 'credit_granted' | 'credit_applied';
  /** Null where the line is about credit. */
  planId: string | null;
  amount: number;
}

/** How a change of plan would be made. Amounts in minor units. */
export interface Change {
  direction: Direction;
  /** Charged now; never negative. */
  due: number;
  /** What is left of the old plan once the new one is paid for; becomes credit. Never negative. */
  leftOver: number;
  /** What the new plan costs for the period from now on. `due` less `leftOver` is this less what is left of the old one. */
  price: number;
  /** The period from now on: the running one, or a new one where the interval changes or nothing was paid so far. */
  period: Period;
}

/**
 * A longer interval is a step up, a shorter one a step down; with the same interval the price decides.
 * Equal prices are a step up: nothing is due, so nothing has to wait.
 */
export function directionOf(from: Tariff, to: Tariff): Direction {
  if (from.price.amount === 0) return 'up';
  if (from.interval !== to.interval) return to.interval === 'year' ? 'up' : 'down';
  return to.price.amount >= from.price.amount ? 'up' : 'down';
}

/**
 * What a change at `at` costs. Proration is by the second over the full price of the current plan and is rounded once,
 * half up, in minor units. Within one interval the period stays and the difference for its rest is due; a change of
 * interval, or from a free plan, starts a new period and what was not used up of the old one is taken off.
 */
export function changeAt(from: Tariff, to: Tariff, running: Period, at: Date): Change {
  const direction = directionOf(from, to);
  const rest = restOf(running, at);
  if (from.price.amount > 0 && from.interval === to.interval) {
    const net = round((to.price.amount - from.price.amount) * rest);
    return { direction, ...parted(net), price: round(to.price.amount * rest), period: running };
  }
  const net = round(to.price.amount - from.price.amount * rest);
  return { direction, ...parted(net), price: to.price.amount, period: { start: at, end: endOf(at, to.interval) } };
}

function parted(net: number): Pick<Change, 'due' | 'leftOver'> {
  return { due: Math.max(0, net), leftOver: Math.max(0, -net) };
}

/** What a change is made of. Only the total is rounded, so the lines take what is left over of it: they always sum to it. */
export function linesOf({ due, leftOver, price }: Change, fromPlanId: string, toPlanId: string): Line[] {
  const unused = due - leftOver - price;
  return [
    ...(unused === 0 ? [] : [{ type: 'unused_time' as const, planId: fromPlanId, amount: unused }]),
    { type: 'plan' as const, planId: toPlanId, amount: price },
    ...(leftOver === 0 ? [] : [{ type: 'credit_granted' as const, planId: null, amount: leftOver }]),
  ];
}

/**
 * One interval after `start` in UTC, on the anchor day; in a month that lacks it, on the last one (31 January → 28 or 29 February → 31 March). UTC knows no
 * daylight saving: a period always begins at the same time of day.
 */
export function endOf(start: Date, interval: Interval, anchorDay = start.getUTCDate()): Date {
  const year = start.getUTCFullYear();
  const month = start.getUTCMonth() + (interval === 'year' ? 12 : 1);
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const end = new Date(start);
  end.setUTCFullYear(year, month, Math.min(anchorDay, lastDay));
  return end;
}

/** The share of a period that is left at `at`, by the second, between 0 and 1. */
function restOf(period: Period, at: Date): number {
  const whole = Math.floor((period.end.getTime() - period.start.getTime()) / 1000);
  const left = Math.floor((period.end.getTime() - at.getTime()) / 1000);
  return Math.min(1, Math.max(0, left / whole));
}

function round(minorUnits: number): number {
  return Math.round(minorUnits);
}
