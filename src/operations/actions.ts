import { leftOf, notRefundable, type Paid } from './kinds/refund.js';
import { isOpen } from './states.js';

/** What a person can do to an operation, and why not when not. The console's buttons and the routes' refusals come from here. */
export const ACTIONS = {
  recover: ({ status }) => (isOpen(status) ? null : 'The operation is over.'),
  cancel: ({ status }) =>
    status === 'requires_action' ? null : 'Only an operation that waits for the customer can be canceled: money may have moved.',
  resolve: ({ status }) =>
    status === 'needs_review' || status === 'unknown' ? null : 'Only an operation in needs_review or unknown can be resolved by evidence.',
  refund: (operation) => notRefundable(operation) ?? (leftOf(operation, 'credit') > 0 ? null : 'All that was paid is given back.'),
  note: () => null,
} as const satisfies Record<string, (operation: Paid) => string | null>;

export function actionsOn(operation: Paid): { name: string; enabled: boolean; disabledReason: string | null }[] {
  return Object.entries(ACTIONS).map(([name, refusal]) => {
    const disabledReason = refusal(operation);
    return { name, enabled: disabledReason === null, disabledReason };
  });
}
