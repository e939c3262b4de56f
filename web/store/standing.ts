import type { Schemas } from '../service/client.ts';

export type Operation = Schemas['Operation'];
export type Subscription = Schemas['Subscription'];

/** How a customer stands, as every tab knows it. */
export interface Standing {
  /** Whether the service is heard; while it is not, what is shown is what was known last. */
  heard: boolean;
  subscription: Subscription | null;
  /** What is under way: nothing else may be begun. */
  open: Operation | null;
  /** What ended last. */
  last: Operation | null;
  /** What was told, the oldest first, with the moment at which this browser heard it. */
  told: Told[];
}

export interface Told {
  atMs: number;
  operation: Operation;
}

/** A server-sent event of GET /v1/me/events. */
export type LiveEvent =
  | { event: 'snapshot'; data: { subscription: Subscription | null; openOperations: Operation[] } }
  | { event: 'operation.updated'; data: Operation }
  | { event: 'subscription.updated'; data: Subscription };

export const NOTHING_KNOWN: Standing = { heard: false, subscription: null, open: null, last: null, told: [] };
const OPEN = new Set(['pending', 'requires_action', 'unknown', 'needs_review']);
/** A page that is open for days must not grow. */
const MAX_TOLD = 200;

/**
 * Whether no button begins anything: what was pressed here is on its way, or what was asked for anywhere is not over. Without protection the shop does not
 * look at the latter.
 */
export function mayNotBegin({ open }: Standing, { underWay, naive }: { underWay: number; naive: boolean }): boolean {
  return underWay > 0 || (!naive && open !== null);
}

/** The standing after one more event. Events may repeat what is known; the later version counts. */
export function after(standing: Standing, live: LiveEvent): Standing {
  switch (live.event) {
    case 'snapshot': {
      const open = live.data.openOperations.find(({ kind }) => kind !== 'refund') ?? null;
      const known = open === null ? standing : withOperation(standing, open);
      return { ...known, heard: true, subscription: live.data.subscription, open };
    }
    case 'operation.updated':
      return live.data.kind === 'refund' ? standing : withOperation({ ...standing, heard: true }, live.data);
    case 'subscription.updated': {
      const known = standing.subscription;
      if (known?.id === live.data.id && known.version > live.data.version) return standing;
      return { ...standing, heard: true, subscription: live.data.status === 'canceled' ? null : live.data };
    }
  }
}

function withOperation(standing: Standing, operation: Operation): Standing {
  const told = standing.told.some((each) => each.operation.id === operation.id && each.operation.version >= operation.version)
    ? standing.told
    : [...standing.told, { atMs: Date.now(), operation }].slice(-MAX_TOLD);
  // That somebody already has what they asked for is no news, and nothing that was done.
  if (operation.result === 'unchanged') return standing;
  if (OPEN.has(operation.status)) return { ...standing, told, open: operation };
  return { ...standing, told, open: standing.open?.id === operation.id ? null : standing.open, last: operation };
}
