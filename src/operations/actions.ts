import { isOpen, type Status } from './states.js';

/** What a person can do to an operation, and why not when not. The console's buttons and the routes' refusals come from here. */
export const ACTIONS = {
  recover: (status: Status) => (isOpen(status) ? null : 'The operation is over.'),
  cancel: (status: Status) =>
    status === 'requires_action' ? null : 'Only an operation that waits for the customer can be canceled: money may have moved.',
  resolve: (status: Status) =>
    status === 'needs_review' || status === 'unknown' ? null : 'Only an operation in needs_review or unknown can be resolved by evidence.',
  note: () => null,
} as const satisfies Record<string, (status: Status) => string | null>;

export function actionsOn(status: Status): { name: string; enabled: boolean; disabledReason: string | null }[] {
  return Object.entries(ACTIONS).map(([name, refusal]) => {
    const disabledReason = refusal(status);
    return { name, enabled: disabledReason === null, disabledReason };
  });
}
