import type { Schemas } from '../../service/client.ts';
import type { Tone } from '../../design/design.ts';
import { inWords, textOf } from '../words.ts';

type Detail = Schemas['OperationDetail'];
type Happening = Detail['timeline'][number];

export interface Mark {
  fromMs: number;
  toMs: number;
  tone: Tone;
  /** How it ended, or what stands at its place where it took no time. */
  end?: 'yes' | 'no' | 'open' | 'commit' | 'arrival';
  says: string;
}

export interface Lane {
  name: string;
  marks: Mark[];
}

const STATUS_TONES: Record<string, Tone> = { succeeded: 'good', failed: 'bad', canceled: 'calm', unknown: 'doubt', needs_review: 'bad' };
/** More requests than these share a lane. */
const MAX_REQUEST_LANES = 5;

/** Who did what when, in lanes, out of what was written down: nothing is guessed, and a lane with nothing in it is left out. */
export function lanesOf(operation: Detail, nowMs: number): Lane[] {
  const { timeline } = operation;
  const of = (...types: string[]) => timeline.filter(({ type }) => types.includes(type));
  const endMs = operation.settledAt === null ? nowMs : Math.max(...timeline.map(at), Date.parse(operation.settledAt));
  const takenBy = (test: (by: string) => boolean) => of('taken_over').filter(({ data }) => test(textOf(data['by'])));
  const lanes: Lane[] = [
    ...requestLanes(of('recorded', 'request.joined'), of('request.answered'), of('settled'), endMs),
    { name: 'At work', marks: ownerMarks(timeline, operation.kind, endMs) },
    {
      name: 'Lease',
      marks: [
        ...of('lease.unavailable').map((each) => point(each, 'wait', 'no', 'No lease could be had: the database alone kept others away')),
        ...of('lease.extended').map((each) => point(each, 'calm', 'arrival', 'The lease was extended')),
      ],
    },
    { name: 'Row', marks: rowMarks(timeline, endMs) },
    { name: 'Seat', marks: seatMarks(operation, endMs) },
    { name: 'Gateway', marks: gatewayMarks(of('gateway.answered')) },
    {
      name: 'Commits',
      marks: of('recorded', 'settled', 'resolved').map((each) => point(each, 'calm', 'commit', `Committed: ${commitText(each)}`)),
    },
    {
      name: 'Recovery',
      marks: [
        ...takenBy((by) => by === 'recovery').map((each) => point(each, 'wait', 'arrival', 'Recovery looked')),
        ...nextCheck(operation, nowMs),
      ],
    },
    { name: 'Webhook', marks: takenBy((by) => by === 'webhook').map((each) => point(each, 'calm', 'arrival', 'The gateway told us')) },
    {
      name: 'Money back',
      marks: of('late_money', 'refunding', 'refund_given_up').map((each) => point(each, 'wait', 'arrival', inWords(each.type))),
    },
  ];
  return lanes.filter(({ marks }) => marks.length > 0);
}

/** Until it was answered, where that was before the outcome; else until the first outcome that was written after it came, which is what it was answered with. */
function requestLanes(requests: Happening[], answers: Happening[], outcomes: Happening[], endMs: number): Lane[] {
  const marks = requests.map((request, index): Mark => {
    const { requestId } = request.data;
    const answer = requestId === undefined ? undefined : answers.find(({ data }) => data['requestId'] === requestId);
    const outcome = outcomes.find((each) => at(each) >= at(request));
    const came = `${index === 0 ? 'The request that was recorded' : 'A request that joined'}: ${textOf(requestId ?? 'nobody asked')}`;
    const says = answer ? `${came}, answered ${textOf(answer.data['status'])} before the outcome` : came;
    return { fromMs: at(request), toMs: answer ? at(answer) : outcome ? at(outcome) : endMs, tone: 'calm', end: 'arrival', says };
  });
  const lanes = marks
    .slice(0, MAX_REQUEST_LANES)
    .map((mark, index) => ({ name: index === 0 ? 'Request' : `Joined ${index}`, marks: [mark] }));
  const rest = marks.slice(MAX_REQUEST_LANES).map((mark) => ({ ...mark, toMs: mark.fromMs }));
  return rest.length === 0 ? lanes : [...lanes, { name: `${rest.length} more joined`, marks: rest }];
}

function ownerMarks(timeline: Happening[], kind: string, endMs: number): Mark[] {
  const taken = timeline.filter(({ type }) => type === 'recorded' || type === 'taken_over');
  return taken.map((each, index): Mark => {
    const until = taken[index + 1];
    const outcome = timeline.find(
      (later) => at(later) >= at(each) && later.type === 'settled' && (until === undefined || at(later) <= at(until)),
    );
    const by = each.type === 'taken_over' ? textOf(each.data['by']) : each.data['requestId'] ? 'the request' : `the ${kind}`;
    const fence = `fence ${textOf(each.data['fence'] ?? 1)}`;
    const toMs = outcome ? at(outcome) : until ? at(until) : endMs;
    if (outcome) return { fromMs: at(each), toMs, tone: 'calm', says: `${by}, ${fence}` };
    return until
      ? { fromMs: at(each), toMs, tone: 'bad', end: 'no', says: `${by}, ${fence}: gone without an outcome` }
      : { fromMs: at(each), toMs, tone: 'wait', says: `${by}, ${fence}: at work, or gone` };
  });
}

function rowMarks(timeline: Happening[], endMs: number): Mark[] {
  const moves = timeline.filter(({ type }) => type === 'recorded' || type === 'settled');
  return moves.map((move, index): Mark => {
    const status = move.type === 'recorded' ? 'pending' : textOf(move.data['status']);
    const until = moves[index + 1];
    return { fromMs: at(move), toMs: until ? at(until) : endMs, tone: STATUS_TONES[status] ?? 'wait', says: inWords(status) };
  });
}

function seatMarks({ seatPlanId, createdAt, settledAt, status }: Detail, endMs: number): Mark[] {
  if (seatPlanId === null) return [];
  const fromMs = Date.parse(createdAt);
  if (settledAt === null) return [{ fromMs, toMs: endMs, tone: 'wait', says: `A seat of ${seatPlanId} is held` }];
  const taken = status === 'succeeded';
  const says = `A seat of ${seatPlanId} was held, then ${taken ? 'taken' : 'given back'}`;
  return [{ fromMs, toMs: Date.parse(settledAt), tone: taken ? 'good' : 'calm', end: taken ? 'yes' : 'no', says }];
}

const OUTCOMES: Record<string, { tone: Tone; end: 'yes' | 'no' | 'open' }> = {
  charged: { tone: 'good', end: 'yes' },
  refunded: { tone: 'good', end: 'yes' },
  canceled: { tone: 'calm', end: 'yes' },
  requires_action: { tone: 'wait', end: 'open' },
  unknown: { tone: 'doubt', end: 'open' },
};

/** Answers that were written down by one commit bear its time: one call came after the other. */
function gatewayMarks(answers: Happening[]): Mark[] {
  const marks: Mark[] = [];
  for (const answer of answers.toReversed()) {
    const next = marks[0];
    marks.unshift(gatewayMark(answer, Math.min(at(answer), next?.fromMs ?? Infinity)));
  }
  return marks;
}

function gatewayMark(answer: Happening, toMs: number): Mark {
  const { kind, why } = answer.data['outcome'] as { kind: string; why?: string };
  const durationMs = Number(answer.data['durationMs'] ?? 0);
  const { tone, end } = OUTCOMES[kind] ?? { tone: 'bad' as const, end: 'no' as const };
  const says = `${inWords(textOf(answer.data['asked']))}: ${inWords(kind)}${why ? `, ${why}` : ''}`;
  return { fromMs: toMs - durationMs, toMs, tone, end, says };
}

/** Where it is in sight: what is due later stands at the edge. */
function nextCheck({ recovery, settledAt }: Detail, nowMs: number): Mark[] {
  if (settledAt !== null || recovery.nextCheckAt === null) return [];
  const dueMs = Math.max(nowMs, Date.parse(recovery.nextCheckAt));
  return [{ fromMs: dueMs, toMs: dueMs, tone: 'wait', end: 'open', says: 'The next look is due' }];
}

function commitText({ type, data }: Happening): string {
  if (type === 'recorded') return 'recorded, before the gateway was called';
  return type === 'resolved' ? `resolved by ${textOf(data['by'])}` : inWords(textOf(data['status']));
}

function point(happening: Happening, tone: Tone, end: NonNullable<Mark['end']>, says: string): Mark {
  return { fromMs: at(happening), toMs: at(happening), tone, end, says };
}

/** What a commit wrote down of the time before it says how long before. */
export function at({ at: text, data }: Happening): number {
  return Date.parse(text) - Number(data['msBefore'] ?? 0);
}
