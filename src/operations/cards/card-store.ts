import type { EtagCondition } from '../../platform/etag.js';
import type { Subscription } from '../../subscriptions/subscription.entity.js';
import type { KeyUse } from '../keys.js';

/** Where it is written down whose card is kept for which customer of the gateway. Every method is one commit. */
export abstract class CardStore {
  /** The live subscription of a user; null where there is none. */
  abstract subscriptionOf(userId: string): Promise<Subscription | null>;
  /** The gateway's customer for a user; null where none is known. */
  abstract customerOf(userId: string, gateway: string): Promise<string | null>;
  /** Writes a customer down unless there is one. The one that was first is answered: a user has one, whoever made another. */
  abstract addCustomer(userId: string, gateway: string, customer: string): Promise<string>;
  /** Puts a customer in the place of one whom the gateway has lost. The one that was first is answered, as with `addCustomer`. */
  abstract replaceCustomer(userId: string, gateway: string, lost: string, customer: string): Promise<string>;
  /** Subscriptions whose card is not kept yet, in order of id behind `after`. */
  abstract withCardToKeep(after: string, limit: number): Promise<Subscription[]>;
  /** Notes that a card is kept, if it still is the subscription's. Answers the subscription as it is now; null where it is gone or has another card. */
  abstract kept(subscriptionId: string, paymentMethod: string, as: KeptCard): Promise<Subscription | null>;
  /** Whether this request was here before. Throws `idempotency-key-reused` for another one with its key. */
  abstract isReplay(use: KeyUse): Promise<boolean>;
  /**
   * Remembers another card, under the key of the request that asks for it. What is past due is due at once, for the card is another. Null where the same
   * request did it before. Throws `not-subscribed`, and `subscription-changed` where the caller saw another version.
   */
  abstract replace(use: KeyUse, as: KeptCard, ifMatch: EtagCondition | null): Promise<Subscription | null>;
}

/** A card as the gateway keeps it. */
export interface KeptCard {
  customer: string;
  paymentMethod: string;
}
