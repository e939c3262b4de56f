import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import type { Shop } from '../kit/shop.js';

const WEBHOOKS = Stripe.webhooks;

export interface EventWish {
  reference: string | null;
  type?: string;
  id?: string;
  gatewayReference?: string;
}

/** Delivers an event as the gateway signs it: whoever has the secret can say anything. Resolves with the status of the answer. */
export async function deliver(shop: Shop, secret: string, wish: EventWish): Promise<number> {
  const payload = JSON.stringify({
    object: 'event',
    id: wish.id ?? `evt_${randomUUID().replaceAll('-', '')}`,
    type: wish.type ?? 'payment_intent.succeeded',
    livemode: false,
    data: {
      object: { object: 'payment_intent', id: wish.gatewayReference ?? 'pi_named_by_the_event', metadata: { reference: wish.reference } },
    },
  });
  const response = await fetch(`${shop.url}/v1/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': WEBHOOKS.generateTestHeaderString({ payload, secret }) },
    body: payload,
  });
  return response.status;
}

export interface EventRow {
  event_id: string;
  type: string;
  attempts: number;
  outcome: string | null;
  due: boolean;
}

/** The stored events about a reference. */
export async function eventsAbout(shop: Shop, reference: string): Promise<EventRow[]> {
  return (await shop.sql('select *, next_attempt_at is not null as due from gateway_events where reference = $1 order by received_at', [
    reference,
  ])) as EventRow[];
}
