import type { FeedEvent } from '../events/feed.js';
import { Operation } from '../operations/operation.entity.js';
import type { Snapshot } from '../operations/snapshot.js';
import { Subscription } from '../subscriptions/subscription.entity.js';
import type { ProblemContext } from './problem-body.js';
import { operationView, subscriptionView } from './views.js';

/** An event's public face: what it is about, as the routes show it, as it was then. */
export function eventView({ type, data }: FeedEvent, context: ProblemContext): Record<string, unknown> {
  if (type === 'operation.updated') return operationView(Operation.from(data), null, context);
  if (type === 'subscription.updated') return subscriptionView(Subscription.from(data), null);
  return { currency: data['currency'], balance: data['balance'], reserved: data['reserved'] };
}

export function snapshotView({ subscription, openOperations, credits }: Snapshot, context: ProblemContext): Record<string, unknown> {
  const asked = openOperations.find(({ kind }) => kind !== 'refund');
  return {
    subscription: subscription && subscriptionView(subscription, asked?.id ?? null),
    openOperations: openOperations.map((operation) => operationView(operation, null, context)),
    credits,
  };
}
