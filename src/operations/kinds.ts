import { cancel } from './cancel.js';
import { changePlan } from './change-plan.js';
import type { Verb } from './intent.js';
import type { Kind, Standing } from './kind.js';
import type { OperationKind } from './operation.entity.js';
import { resume } from './resume.js';
import { subscribe } from './subscribe.js';

export const KINDS: Record<OperationKind, Kind> = { subscribe, change_plan: changePlan, cancel, resume };

/** Which kind of operation a verb asks for: being on a plan means to subscribe for those who have none, and to change for all others. */
export function kindFor(verb: Verb, { subscription }: Pick<Standing, 'subscription'>): OperationKind {
  if (verb === 'put_subscription') return subscription ? 'change_plan' : 'subscribe';
  return verb;
}
