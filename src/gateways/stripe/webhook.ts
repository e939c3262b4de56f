import Stripe from 'stripe';
import { z } from 'zod';
import { Problem } from '../../platform/problems/problem.js';
import type { GatewayEvent } from '../payment-gateway.js';
import { refundId } from './refund.js';

/** Stripe's own default, here in both directions: a signature made for later would otherwise be good for as long as one likes. */
const TOLERANCE_SECONDS = 300;

/** A header with a handful of secrets in rotation has about 500 characters. */
const MAX_HEADER_CHARACTERS = 4_096;

/** The members of Stripe's Event that are used. `data.object` may be anything; of those in which our reference can be, more is wanted. */
const eventSchema = z.object({
  object: z.literal('event'),
  id: z.string().regex(/^evt_\w{1,251}$/),
  type: z.string().min(1).max(255),
  livemode: z.boolean(),
  data: z.object({ object: z.looseObject({ object: z.string() }) }),
});

const intentId = z.string().regex(/^pi_\w{1,252}$/);
const metadata = z.object({ reference: z.string().min(8).max(64).nullish().catch(null) }).catch({});

/**
 * The objects that bear our reference, each with the id by which it is asked for again. Which event it is does not matter: a refund leads
 * to the operation that gives back (`refund.created`, `refund.updated`, `refund.failed`, `charge.refund.updated`), and a charge, to
 * which Stripe copies the metadata of its payment intent, to the operation that charged (`charge.refunded` and its like).
 */
const subjectSchema = z.discriminatedUnion('object', [
  z.object({ object: z.literal('payment_intent'), id: intentId, metadata }),
  z.object({ object: z.literal('refund'), id: refundId, metadata }),
  z
    .object({ object: z.literal('charge'), payment_intent: intentId, metadata })
    .transform(({ payment_intent: id, ...charge }) => ({ ...charge, id })),
]);

/** What is needed to trust an event. */
export interface WebhookTrust {
  /** Any of them may have signed: more than one while a secret is rotated. */
  secrets: readonly string[];
  /** An event of the other mode is refused, so that test payments never settle live operations. */
  live: boolean;
}

/**
 * Reads an event whose signature fits its raw bytes (Stripe docs, "Verify webhook signatures", scheme v1 only, constant time).
 * Throws Problem `webhook-signature` when it does not, or is more than 300 s from now, or is of the other mode; and
 * `validation-failed` when the signature fits but the body is no event, so that nobody goes to look for a wrong secret.
 */
export function readStripeEvent(rawBody: Buffer, header: string | string[] | undefined, trust: WebhookTrust): GatewayEvent {
  verify(rawBody, header, trust.secrets);
  const event = parse(rawBody);
  if (event.livemode !== trust.live) {
    throw refused(
      `The event is from ${event.livemode ? 'live' : 'test'} mode and the configured key from ${trust.live ? 'live' : 'test'} mode.`,
    );
  }
  const subject = subjectSchema.safeParse(event.data.object).data;
  return { id: event.id, type: event.type, reference: subject?.metadata.reference ?? null, gatewayReference: subject?.id ?? null };
}

/** Throws an Error for secrets that would accept what anybody can sign. */
export function checkWebhookSecrets(secrets: readonly string[]): void {
  if (secrets.some((secret) => secret.trim() === '')) throw new Error('A Stripe webhook secret is empty');
}

function verify(rawBody: Buffer, header: string | string[] | undefined, secrets: readonly string[]): void {
  if (typeof header !== 'string' || header.length > MAX_HEADER_CHARACTERS)
    throw refused('The Stripe-Signature header is missing or malformed.');
  const signedAt = timestampOf(header);
  if (signedAt === null) throw refused('The Stripe-Signature header has no single timestamp.');
  if (signedAt - Math.floor(Date.now() / 1000) > TOLERANCE_SECONDS) throw refused('The signature is from the future.');
  if (!secrets.some((secret) => fits(rawBody, header, secret))) throw refused('No signature fits, or it is too old.');
}

/** Exactly one: the library would take the last of several, and takes what is no number for a time of any age. */
function timestampOf(header: string): number | null {
  const times = header.split(',').filter((item) => item.startsWith('t='));
  return times.length === 1 && /^t=\d{1,12}$/.test(times[0] ?? '') ? Number(times[0]?.slice(2)) : null;
}

function fits(rawBody: Buffer, header: string, secret: string): boolean {
  try {
    return Stripe.webhooks.signature?.verifyHeader(rawBody, header, secret, TOLERANCE_SECONDS) ?? false;
  } catch {
    return false;
  }
}

function parse(rawBody: Buffer): z.infer<typeof eventSchema> {
  try {
    return eventSchema.parse(JSON.parse(rawBody.toString('utf8')));
  } catch (cause) {
    throw new Problem('validation-failed', { detail: 'The signature fits, but the body is not an event.', cause });
  }
}

function refused(detail: string): Problem {
  return new Problem('webhook-signature', { detail });
}
