import { cancel } from './cancel.js';
import { changePlan } from './change-plan.js';
import type { Verb } from '../intent.js';
import type { Kind, Standing, WishKind } from './kind.js';
import type { OperationKind, WishedKind } from '../operation.entity.js';
import { pause } from './pause.js';
import { refund } from './refund.js';
import { renew } from './renew.js';
import { resume } from './resume.js';
import { subscribe } from './subscribe.js';

/** What callers, or time, ask for. */
export const WISHES: Record<WishedKind, WishKind> = { subscribe, change_plan: changePlan, cancel, pause, resume, renew };

export const KINDS: Record<OperationKind, Kind> = { ...WISHES, refund };

/** Which kind of operation a verb asks for: being on a plan means to subscribe for those who have none, and to change for all others. */
export function kindFor(verb: Verb, { subscription }: Pick<Standing, 'subscription'>): WishedKind {
  if (verb === 'put_subscription') return subscription ? 'change_plan' : 'subscribe';
  return verb === 'pay' ? 'renew' : verb;
}
