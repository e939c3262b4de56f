import { setTimeout as sleep } from 'node:timers/promises';
import { referenceOf } from '../../src/operations/intent.js';
import { newKey } from '../kit/names.js';
import type { Random } from '../simulation/random.js';
import { Caller, type Said, type Wish } from './caller.js';
import type { Click, History } from './history.js';
import type { House } from './house.js';

const PLANS = ['free', 'basic', 'basic', 'pro', 'pro', 'pro-yearly', 'team', 'studio-a', 'studio-a', 'studio-b'];
const CARD = 'pm_card_visa';
/** What is decided later: the customer's bank takes its time. */
const SLOW_CARD = 'pm_sandbox_processing';
const THREE_D_SECURE = 'pm_card_authenticationRequired';
const OTHER_CARDS = [
  THREE_D_SECURE,
  THREE_D_SECURE,
  'pm_card_chargeDeclined',
  SLOW_CARD,
  'pm_sandbox_timeout_charged',
  'pm_sandbox_500_uncharged',
  'pm_sandbox_reset_charged',
];
const AGAIN_MS = [50, 800] as const;
const THINKS_MS = [20, 600] as const;
const BANK_TAKES_MS = [500, 5_000] as const;
/** Longer than recovery looks. */
const SLOW_BANK_TAKES_MS = [31_000, 36_000] as const;
/** Nobody waits longer than this for the end of what they asked for, whatever goes wrong meanwhile. */
const PATIENCE_MS = 180_000;
/** A definite answer takes a moment when all is well. */
const ACTS_WITHIN_MS = 30_000;

/** How often a customer gives credit away instead. */
const GENEROUS = 0.1;

type Verb = Click['verb'];
interface Decision {
  verb: Verb;
  wish: Wish;
  card: string | null;
}

/** Presses, double-clicks, repeats with the same key at the other server until there is an answer, then wants something else. */
export class Customer {
  private readonly caller: Caller;

  private end = new AbortController().signal;
  private latest = Infinity;

  constructor(
    readonly userId: string,
    /** Who is given credit. */
    private readonly friendId: string,
    private readonly house: House,
    private readonly random: Random,
    private readonly history: History,
  ) {
    this.caller = new Caller(userId, [], history);
  }

  /** Resolves when it was told to end and knows what became of all that it asked for, for which it waits so much longer. */
  async until(end: AbortSignal, afterwardsMs: number): Promise<void> {
    this.end = end;
    end.addEventListener('abort', () => (this.latest = Date.now() + afterwardsMs));
    while (!end.aborted) {
      if (this.random.chance(GENEROUS)) await this.give();
      else await this.click(this.decide());
      await sleep(this.random.magnitude(...THINKS_MS));
    }
  }

  /** Whether this user gets a definite answer to something new. */
  async acts(): Promise<Said> {
    this.latest = Infinity;
    return this.press(this.put('basic', CARD).wish, newKey(), 0, Date.now() + ACTS_WITHIN_MS);
  }

  private decide(): Decision {
    const { random } = this;
    if (random.chance(0.6)) return this.put(random.pick(PLANS), random.chance(0.7) ? CARD : random.pick(OTHER_CARDS));
    if (random.chance(0.2)) return { verb: 'resume', wish: { method: 'POST', path: '/v1/me/subscription/resume' }, card: null };
    const at = random.chance(0.8) ? 'now' : 'period_end';
    return { verb: 'cancel', wish: { method: 'POST', path: '/v1/me/subscription/cancel', body: { at } }, card: null };
  }

  private put(planId: string, paymentMethod: string): Decision {
    // A step down now leaves credit, which pays for the next step up or is given away.
    const body = { planId, paymentMethod, ...(this.random.chance(0.4) ? { effective: 'now' } : {}) };
    return { verb: 'put_subscription', wish: { method: 'PUT', path: '/v1/me/subscription', body }, card: paymentMethod };
  }

  /** At both servers at once; there may be nothing to give. */
  private async give(): Promise<void> {
    const body = { toUserId: this.friendId, amount: { amount: this.random.pick([1, 50, 400]), currency: 'USD' } };
    const [key, until] = [newKey(), Date.now() + PATIENCE_MS];
    const wish: Wish = { method: 'POST', path: '/v1/me/credits/transfers', body };
    const said = await Promise.all([0, 1].map((at) => this.press(wish, key, at, until)));
    if (said.some((answer) => answer?.status === 201)) this.history.gifts.push({ userId: this.userId, key });
  }

  /** One to four presses of one button at the same moment, at both servers, with one key or with several. */
  private async click({ verb, wish, card }: Decision): Promise<void> {
    const presses = this.random.pick([1, 1, 2, 2, 3, 4]);
    const [first, oneKey] = [this.random.whole(0, 1), this.random.chance(0.5)];
    const shared = newKey();
    const keys = Array.from({ length: presses }, () => (oneKey ? shared : newKey()));
    const click = { userId: this.userId, verb, keys: [...new Set(keys)] };
    this.history.clicks.push(click);
    const until = Date.now() + PATIENCE_MS;
    const over = new AbortController();
    const bank = card === SLOW_CARD ? this.bankDecides(click, over.signal) : undefined;
    try {
      await this.untilOver(wish, keys, first, until);
    } finally {
      over.abort();
      await bank;
    }
  }

  private async untilOver(wish: Wish, keys: string[], first: number, until: number): Promise<void> {
    const said = await Promise.all(keys.map((key, n) => this.press(wish, key, first + n, until)));
    const open = new Set(said.flatMap((answer) => (answer?.status === 202 ? [answer.body.id as string] : [])));
    await Promise.all([...open].map((id) => this.follow(id, until)));
  }

  /** Until somebody answers who does not say "again"; each time at the other server. */
  private async press(wish: Wish, key: string, at: number, until: number): Promise<Said> {
    for (let go = at; ; go += 1) {
      const said = await this.caller.ask(this.serverAt(go), key, wish);
      if (said && !(said.body.retryable === true)) return said;
      if (Date.now() > Math.min(until, this.latest))
        throw new Error(`${this.userId} heard nothing definite of ${key}: ${JSON.stringify(said)}`);
      const inTheWay = said?.body.operation;
      if (inTheWay?.status === 'requires_action') await this.call(`/v1/operations/${inTheWay.id}/cancel`);
      await sleep(this.random.between(...AGAIN_MS));
    }
  }

  /** Until the operation is over: authenticates where that is asked for, or thinks better of it. */
  private async follow(id: string, until: number): Promise<void> {
    const wish: Wish = { method: 'GET', path: `/v1/operations/${id}`, headers: { prefer: 'wait=2' } };
    for (let go = 0; ; go += 1) {
      const said = await this.caller.ask(this.serverAt(go), `look at ${id}`, wish);
      if (said?.body.settledAt) return;
      if (Date.now() > Math.min(until, this.latest)) throw new Error(`${this.userId} still waits for ${id}: ${JSON.stringify(said)}`);
      if (said?.body.status === 'needs_review' && this.random.chance(0.2)) await this.leave();
      if (said?.body.status === 'requires_action') await this.authenticate(id, said.body.nextAction.url);
      await sleep(this.random.between(...AGAIN_MS));
    }
  }

  /** At the bank, past all that can go wrong with us; we are told of it, or not. */
  private async authenticate(id: string, url: string): Promise<void> {
    if (this.random.chance(0.2)) return void (await this.call(`/v1/operations/${id}/cancel`));
    const body = new URLSearchParams({ decision: this.random.chance(0.8) ? 'approve' : 'deny' });
    await (await fetch(url, { method: 'POST', body, redirect: 'manual' })).body?.cancel();
    if (this.random.chance(0.7)) await this.call(`/v1/operations/${id}/confirm`);
  }

  /** Whoever is told that a person looks into it need not wait for that. */
  private leave(): Promise<Said> {
    return this.call('/v1/me/subscription/cancel', { at: 'now' });
  }

  private call(path: string, body: object = {}): Promise<Said> {
    return this.caller.ask(this.serverAt(this.random.whole(0, 1)), newKey(), { method: 'POST', path, body });
  }

  /** What takes its time at the bank is decided there, and we are told of it, or not. */
  private async bankDecides({ userId, verb, keys }: Click, over: AbortSignal): Promise<void> {
    const references = keys.map((key) => referenceOf(userId, verb, key, 0));
    const slow = this.random.chance(0.4);
    while (!over.aborted) {
      const [least, most] = slow && !this.end.aborted ? SLOW_BANK_TAKES_MS : BANK_TAKES_MS;
      await sleep(this.random.between(least, most), undefined, {
        signal: this.end.aborted ? over : AbortSignal.any([over, this.end]),
      }).catch(() => undefined);
      const charges = (await Promise.all(references.map((reference) => this.house.charges(reference)))).flat();
      const undecided = charges.find(({ status }) => status === 'processing');
      if (undecided) await this.house.gateway('POST', `/sandbox/charges/${undecided.id}/succeed`);
    }
  }

  private serverAt(go: number) {
    return this.house.servers[go % 2 === 0 ? 0 : 1];
  }
}
