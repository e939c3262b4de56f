import Stripe from 'stripe';
import type { ProcessAnswer } from '../kit/processes.js';
import type { Subject } from './scenarios.js';
import type { World } from './world.js';

/** The gateway tells what became of the subject's charge; the same event however often it has to. Null where no answer came. */
export async function tellOf(world: World, subject: Subject): Promise<ProcessAnswer | null> {
  const {
    eventId,
    names: [reference],
  } = subject;
  const intent = { object: 'payment_intent', id: eventId.replace('evt', 'pi'), metadata: { reference } };
  const payload = JSON.stringify({
    object: 'event',
    id: eventId,
    type: 'payment_intent.succeeded',
    livemode: false,
    data: { object: intent },
  });
  const secret = world.around.env['STRIPE_WEBHOOK_SECRET'] as string;
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
  const response = await fetch(`${world.url}/v1/webhooks/stripe`, { method: 'POST', headers, body: payload }).catch(() => null);
  subject.acknowledged ||= response?.ok ?? false;
  return response && { status: response.status, body: await response.json() };
}
