import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readHints, type Hint } from '../../../web/console/hints/hint-stream.ts';
import type { Service } from '../../../web/service/client.ts';

const MINUTE_MS = 60_000;

interface Stream {
  say: (text: string) => void;
  end: () => void;
  isLeft: () => boolean;
}
type Answer = 'a stream' | 'overloaded' | 'unauthenticated' | 'forbidden';

let answer: Answer;
let streams: Stream[];
/** When it was asked, in milliseconds. */
let askedAt: number[];
let hints: Hint[];
let isHeard: boolean;
let over: AbortController;
let reading: Promise<void>;
beforeEach(() => {
  // What streams are made of is not of time.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  [answer, streams, askedAt, hints, isHeard, over] = ['a stream', [], [], [], false, new AbortController()];
});
afterEach(async () => {
  over.abort();
  await reading;
  jest.useRealTimers();
});

const service = {
  GET: async (_path: string, { signal }: { signal: AbortSignal }) => {
    askedAt.push(performance.now());
    if (answer === 'a stream') return { data: opened(signal), response: new Response(null, { status: 200 }) };
    return { error: { code: answer, charged: 'unknown', title: answer }, response: new Response(null, { status: 400 }) };
  },
} as unknown as Service;

function opened(signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      signal.addEventListener('abort', () => controller.error(signal.reason));
      streams.push({
        say: (text) => controller.enqueue(new TextEncoder().encode(text)),
        end: () => controller.close(),
        isLeft: () => signal.aborted,
      });
    },
  });
}

function begin(): void {
  reading = readHints(service, { hint: (hint) => void hints.push(hint), heard: (is) => (isHeard = is) }, over.signal);
}

/** Streams pass on what they are given in their own time, which is not that of the clock. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
const passedOn = async () => {
  for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate);
};
const streamed = async (count: number): Promise<Stream> => {
  await until(() => streams.length === count);
  return streams[count - 1] as Stream;
};
const hintOf = (...userIds: string[]) => `event: operations.updated\ndata: ${JSON.stringify({ userIds, more: false })}\n\n`;
const bye = (reason: string) => `event: bye\ndata: {"reason":"${reason}"}\n\n`;

test('whatever is hinted at is told, and that the service is heard', async () => {
  begin();
  const stream = await streamed(1);
  stream.say(`retry: 700\n\n${hintOf('ada')}:\n\n`);
  stream.say(hintOf('bob', 'cleo'));
  await until(() => hints.length === 2);
  expect([hints, isHeard]).toEqual([
    [
      { userIds: ['ada'], more: false },
      { userIds: ['bob', 'cleo'], more: false },
    ],
    true,
  ]);
});

describe('a stream that breaks', () => {
  test('is no longer heard, and is opened again', async () => {
    begin();
    const stream = await streamed(1);
    stream.say(hintOf('ada'));
    await until(() => isHeard);
    stream.end();
    await until(() => !isHeard);
    await jest.advanceTimersByTimeAsync(1_000);
    (await streamed(2)).say(hintOf('bob'));
    await until(() => isHeard);
  });

  test('is opened again after pauses that grow to half a minute', async () => {
    answer = 'overloaded';
    begin();
    await jest.advanceTimersByTimeAsync(3 * MINUTE_MS);
    const pauses = askedAt.slice(1).map((at, n) => at - (askedAt[n] as number));
    expect(pauses.map((ms) => Math.round(ms / 1_000))).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30]);
  });

  test('is opened again soon where it lived long', async () => {
    answer = 'overloaded';
    begin();
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    answer = 'a stream';
    while (streams.length === 0) await jest.advanceTimersByTimeAsync(1_000);
    streams[0]?.say(hintOf('ada'));
    await until(() => isHeard);
    await jest.advanceTimersByTimeAsync(31_000);
    streams[0]?.end();
    await until(() => !isHeard);
    await jest.advanceTimersByTimeAsync(1_000);
    await streamed(2);
  });

  test('is one that says nothing for longer than comments take', async () => {
    begin();
    const stream = await streamed(1);
    stream.say(hintOf('ada'));
    await until(() => isHeard);
    for (let comments = 0; comments < 5; comments += 1) {
      await jest.advanceTimersByTimeAsync(15_000);
      stream.say(':\n\n');
      await passedOn();
    }
    expect(stream.isLeft()).toBe(false);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    await until(() => stream.isLeft());
    await jest.advanceTimersByTimeAsync(1_000);
    await streamed(2);
  });

  test('is one of a process that stops', async () => {
    begin();
    (await streamed(1)).say(hintOf('ada') + bye('shutting_down'));
    await until(() => hints.length === 1 && !isHeard);
    await jest.advanceTimersByTimeAsync(1_000);
    await streamed(2);
  });
});

describe('a token', () => {
  test('that has expired is not tried again', async () => {
    begin();
    (await streamed(1)).say(hintOf('ada') + bye('token_expired'));
    await until(() => streams[0]?.isLeft() === true);
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect([askedAt.length, isHeard]).toEqual([1, false]);
  });

  test.each(['unauthenticated', 'forbidden'] as const)('that is refused as %s is not tried again', async (refusal) => {
    answer = refusal;
    begin();
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect([askedAt.length, isHeard]).toEqual([1, false]);
  });
});

test('whoever signs out leaves the stream, and does not come back', async () => {
  begin();
  const stream = await streamed(1);
  over.abort();
  await reading;
  await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
  expect([stream.isLeft(), askedAt.length]).toEqual([true, 1]);
});
