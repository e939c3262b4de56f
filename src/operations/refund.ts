import type { Kind } from './kind.js';

/**
 * Money is given back: what was charged after its operation had ended without it, or for a change that met no live subscription.
 * Nobody asks for it. It is recorded by the statement that finds it due, takes no turn among the user's operations, blocks none of them, and
 * is carried out by recovery. A gateway's refusal never ends it: the customer's money is still here, so a person decides.
 */
export const refund: Kind = {
  becomes: () => null,
};
