import { moneyText } from '../../design/design.ts';
import type { Schemas } from '../../service/client.ts';
import { agoText } from '../durations.ts';
import { inWords, textOf } from '../words.ts';

type Detail = Schemas['OperationDetail'];

export interface Story {
  known: string[];
  /** Empty where nothing is in doubt. */
  unknown: string[];
  next: string[];
}

/** An operation in plain words. It says no more than what was written down: where money is in doubt, it says so. */
export function storyOf(operation: Detail, nowMs: number): Story {
  const { status, kind, userId, amount, toPlanId, requests, settledAt } = operation;
  const sum = amount && amount.amount > 0 ? moneyText(amount) : null;
  const wish = `${userId} asked for “${inWords(kind)}”${toPlanId ? ` (${toPlanId})` : ''}`;
  const known = [
    kind === 'refund'
      ? `${sum ?? 'Money'} is to be given back to ${userId}.`
      : `${wish}${sum ? `, for ${sum}` : '; no money is involved'}.`,
  ];
  if (requests > 1) known.push(`${requests} requests shared this one operation; the others made none of their own.`);
  known.push(...attemptsText(operation));
  if (sum === null)
    return { known: [...known, endText(operation)], unknown: [], next: [settledAt ? 'Nothing. It is over.' : checkText(operation, nowMs)] };
  const told = kind === 'refund' ? refundStory(operation, sum, nowMs) : STORIES[status]?.(operation, sum, nowMs);
  return { known: [...known, ...(told?.known ?? [])], unknown: told?.unknown ?? [], next: told?.next ?? [] };
}

type Teller = (operation: Detail, sum: string, nowMs: number) => Story;

const STORIES: Record<string, Teller> = {
  pending: (operation, sum, nowMs) => ({
    known: ['It was written down before the gateway was called.'],
    unknown: [`Whether ${sum} was charged: the call may be on its way, or its answer lost with the process that made it.`],
    next: ['Whoever made the call writes its answer down.', checkText(operation, nowMs)],
  }),
  unknown: (operation, sum, nowMs) => ({
    known: ['The gateway gave no definite answer.'],
    unknown: [`Whether ${sum} was charged.`],
    next: [checkText(operation, nowMs), 'The same charge is asked for again under the same key, so it cannot be made twice.'],
  }),
  needs_review: (operation, sum) => ({
    known: [`Every check was made (${operation.recovery.checks}), and none gave a definite answer.`],
    unknown: [`Whether ${sum} was charged.`],
    next: [
      'Nothing, until a person decides. The user is charged for nothing new meanwhile, and can cancel.',
      'Look the charge up at the gateway by our reference, then resolve it by what you found.',
    ],
  }),
  requires_action: (operation, sum, nowMs) => ({
    known: [`${sum} is not charged: the customer has to authenticate with their bank first.`],
    unknown: [],
    next: [
      operation.nextAction
        ? `If they have not by ${untilText(operation.nextAction.expiresAt, nowMs)}, it is canceled at the gateway.`
        : 'The customer authenticates, or it is canceled.',
      checkText(operation, nowMs),
    ],
  }),
  succeeded: (operation, sum) => ({
    known: [chargedText(operation, sum), ...refundedText(operation)],
    unknown: [],
    next: ['Nothing. It is over.'],
  }),
  failed: (operation, sum) => ({
    known: [`${sum} was not charged. ${operation.problem?.detail ?? ''}`.trim()],
    unknown: [],
    next: ['Nothing. It is over. A charge that should turn up later after all is given back by itself.'],
  }),
  canceled: (_operation, sum) => ({
    known: [`It ended before money moved: ${sum} was not charged.`],
    unknown: [],
    next: ['Nothing. It is over. A charge that should turn up later after all is given back by itself.'],
  }),
};

const refundStory: Teller = (operation, sum, nowMs) => {
  const { status, settledAt } = operation;
  if (status === 'succeeded') return { known: [`${sum} was given back.`], unknown: [], next: ['Nothing. It is over.'] };
  if (settledAt !== null) return { known: [`${sum} was not given back; the charge stands.`], unknown: [], next: ['Nothing. It is over.'] };
  if (status === 'needs_review')
    return {
      known: ['The gateway refused the refund, or never gave a definite answer.'],
      unknown: [`Whether ${sum} was given back.`],
      next: [
        'Nothing, until a person decides: give it back in another way and resolve it as not charged, or let the charge stand and resolve it as charged.',
      ],
    };
  return { known: [], unknown: [`Whether ${sum} was given back already.`], next: [checkText(operation, nowMs)] };
};

function attemptsText({ gateway, timeline }: Detail): string[] {
  if (gateway.attempts === 0) return [];
  const last = timeline.findLast(({ type }) => type === 'gateway.answered')?.data['outcome'] as { kind: string; why?: string } | undefined;
  const asked =
    gateway.attempts === 1
      ? `The gateway (${gateway.name}) was asked once`
      : `The gateway (${gateway.name}) was asked ${gateway.attempts} times`;
  if (!last) return [`${asked}; no answer is written down.`];
  return [`${asked}; its ${gateway.attempts === 1 ? '' : 'last '}answer: ${inWords(last.kind)}${last.why ? ` (${last.why})` : ''}.`];
}

/** What a person said is told as what a person said. */
function chargedText({ timeline }: Detail, sum: string): string {
  const resolved = timeline.find(({ type }) => type === 'resolved');
  return resolved ? `${textOf(resolved.data['by'])} found that ${sum} was charged.` : `The card was charged ${sum}, once.`;
}

function refundedText({ refunded }: Detail): string[] {
  const { toCard, toCredit } = refunded ?? {};
  return [
    ...(toCard && toCard.amount > 0 ? [`${moneyText(toCard)} of it is given back to the card, counting what is under way.`] : []),
    ...(toCredit && toCredit.amount > 0 ? [`${moneyText(toCredit)} of it is given back as credit.`] : []),
  ];
}

function endText({ status, settledAt }: Detail): string {
  return settledAt === null ? `It stands at “${inWords(status)}”.` : `It ended as “${inWords(status)}”.`;
}

function checkText({ recovery: { nextCheckAt } }: Detail, nowMs: number): string {
  if (nextCheckAt === null) return 'No further check is planned.';
  const leftMs = Date.parse(nextCheckAt) - nowMs;
  return leftMs <= 0 ? 'The gateway is about to be asked again.' : `The gateway is asked again ${agoText(-leftMs)}.`;
}

function untilText(at: string, nowMs: number): string {
  const time = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
  return `${time} (${agoText(nowMs - Date.parse(at))})`;
}
