import { etagOf, holds, type EtagCondition } from '../platform/etag.js';
import type { Money } from '../platform/money.js';
import { Problem } from '../platform/problems/problem.js';
import type { CreditAccount } from './credit-account.entity.js';

export type Holding = Pick<CreditAccount, 'currency' | 'balance' | 'reserved' | 'version'>;

/** Minor units that one account may be given: far below what a JSON number holds exactly, and more than anybody's credit is worth. */
export const MAX_HOLDING_MINOR_UNITS = 1_000_000_000_000;

/** What a user has in credit at one moment, in all currencies. */
export class Credits {
  constructor(private readonly opened: readonly Holding[]) {}

  /** By currency. An account that was opened for something that never came is not shown. */
  get holdings(): Holding[] {
    return this.opened.filter(({ version }) => version > OPENED);
  }

  /** The ETag: how often any of the accounts has moved. Opening one moves nothing, so nobody can spoil what another has seen. */
  get version(): number {
    return this.opened.reduce((moves, { version }) => moves + version - OPENED, 0);
  }

  in(currency: string): Pick<Holding, 'balance' | 'reserved'> {
    return this.opened.find((holding) => holding.currency === currency) ?? { balance: 0, reserved: 0 };
  }
}

/**
 * Whether a change fits what its author saw, and leaves nothing below zero; what is reserved is not there to be taken. Throws `credits-changed` or
 * `insufficient-credit`, with what there is and its ETag.
 */
export function refuseUnlessCovered(credits: Credits, ifMatch: EtagCondition | null, { amount, currency }: Money): void {
  if (ifMatch && !holds(ifMatch, etagOf(credits.version))) throw refusal('credits-changed', credits);
  if (credits.in(currency).balance + amount < 0) throw refusal('insufficient-credit', credits);
}

/** Throws `credit-limit-reached` where an account would hold more than can be counted. */
export function refuseBeyondLimit({ balance, reserved }: Pick<Holding, 'balance' | 'reserved'>, amount: number): void {
  if (amount > 0 && balance + reserved + amount > MAX_HOLDING_MINOR_UNITS) throw new Problem('credit-limit-reached');
}

function refusal(code: 'credits-changed' | 'insufficient-credit', credits: Credits): Problem {
  return new Problem(code, { embedded: { credits }, headers: { etag: etagOf(credits.version) } });
}

/** The version of an account that has not moved. */
const OPENED = 1;
