import { isProblem, newKey, type Schemas } from '../service/client.ts';
import { settings } from './settings.ts';
import type { Shopper } from './shopper.ts';

/** What became of one press of the button, as the one who pressed it was told. */
export type Outcome = 'charged' | 'joined' | 'unchanged' | 'declined' | 'refused' | 'checking' | 'bank' | 'no answer';

export interface Press {
  id: string;
  tab: string;
  naive: boolean;
  startedMs: number;
  endedMs: number | null;
  outcome: Outcome | null;
  /** Requests that were sent for it: more than one when the service was away. */
  tries: number;
}

export interface Wish {
  planId: string;
  quoteId?: string;
  /** Version of the subscription that was on the screen. */
  ifMatch?: number;
}

/** A refusal that the page has to say something about. */
export type Refused = Schemas['Problem'] | null;

/** Said between the stage and its tabs. */
type Said = { press: Press } | { pressNow: number };

const channel = new BroadcastChannel('counterfoil:stage');
const AGAIN_MS = 400;
/** Longer than a service needs to come back after it was killed. */
const GIVE_UP_MS = 60_000;

export function onPress(listener: (press: Press) => void): () => void {
  return listen((said) => 'press' in said && listener(said.press));
}

/** The stage's hand: how many times each tab is to press at this moment. */
export function pressInEveryTab(times: number): void {
  channel.postMessage({ pressNow: times } satisfies Said);
}

export function onPressNow(listener: (times: number) => void): () => void {
  return listen((said) => 'pressNow' in said && listener(said.pressNow));
}

/** One press: one key, sent again until there is an answer. */
export async function press(shopper: Shopper, tab: string, wish: Wish): Promise<Answered> {
  const { naive } = settings.get();
  const begun: Press = { id: newKey(), tab, naive, startedMs: Date.now(), endedMs: null, outcome: null, tries: 0 };
  const tell = (change: Partial<Press>) => channel.postMessage({ press: Object.assign(begun, change) } satisfies Said);
  tell({});
  const answered = naive ? await clickNaively(shopper, wish) : await subscribe(shopper, wish, () => tell({ tries: begun.tries + 1 }));
  tell({ outcome: answered.outcome, endedMs: Date.now() });
  return answered;
}

export interface Answered {
  outcome: Outcome;
  refused: Refused;
  /** What was done, or is under way; null where there is none that this press is a part of. */
  operationId: string | null;
}

async function subscribe({ service }: Shopper, { planId, quoteId, ifMatch }: Wish, onTry: () => void): Promise<Answered> {
  const key = newKey();
  const giveUpAt = Date.now() + GIVE_UP_MS;
  const body = { planId, paymentMethod: settings.get().card, ...(quoteId === undefined ? {} : { quoteId }) };
  const header = { 'Idempotency-Key': key, ...(ifMatch === undefined ? {} : { 'If-Match': `"${ifMatch}"` }) };
  for (;;) {
    onTry();
    const answer = await service.PUT('/v1/me/subscription', { params: { header }, body }).catch(() => null);
    if (answer?.data)
      return {
        outcome: outcomeOf(answer.data, answer.response),
        refused: null,
        operationId: answer.data.result === 'unchanged' ? null : answer.data.id,
      };
    const problem = isProblem(answer?.error) ? answer.error : null;
    if (problem !== null && !(problem.retryable && problem.status >= 429))
      return { outcome: refusalOf(problem), refused: problem, operationId: problem.operationId ?? null };
    if (Date.now() > giveUpAt) return { outcome: 'no answer', refused: problem, operationId: null };
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function outcomeOf(operation: Schemas['Operation'], { headers }: Response): Outcome {
  if (operation.status === 'requires_action') return 'bank';
  if (operation.status === 'pending' || operation.status === 'unknown' || operation.status === 'needs_review') return 'checking';
  if (operation.result === 'unchanged') return 'unchanged';
  return headers.has('Operation-Joined') ? 'joined' : 'charged';
}

function refusalOf({ code }: Schemas['Problem']): Outcome {
  return code === 'payment-declined' ? 'declined' : 'refused';
}

const NAIVE: Record<Schemas['NaiveClick']['answer'], Outcome> = {
  charged: 'charged',
  declined: 'declined',
  no_answer: 'no answer',
  requires_action: 'bank',
};

/** No key, no second try, no memory: what is not answered has "failed". */
async function clickNaively({ service }: Shopper, { planId }: Wish): Promise<Answered> {
  const body = { planId, paymentMethod: settings.get().card };
  const answer = await service.POST('/v1/test/stage/naive-clicks', { body }).catch(() => null);
  return { outcome: answer?.data ? NAIVE[answer.data.answer] : 'no answer', refused: null, operationId: null };
}

function listen(hear: (said: Said) => unknown): () => void {
  const heard = ({ data }: MessageEvent<Said>) => void hear(data);
  channel.addEventListener('message', heard);
  return () => channel.removeEventListener('message', heard);
}
