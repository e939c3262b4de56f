import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { EventStream, type EventStreamOptions } from '../../src/api/event-stream.js';
import { eventually } from '../kit/waiting.js';

const HOUR_MS = 3_600_000;

let cuts = 0;
const streams: EventStream[] = [];
beforeEach(() => {
  cuts = 0;
});
afterEach(() => {
  for (const stream of streams.splice(0)) stream.body.destroy();
  jest.restoreAllMocks();
});

function open(limits: EventStreamOptions['limits'] = {}, tokenExpiresAtMs = Date.now() + HOUR_MS): EventStream {
  const stream = new EventStream({ tokenExpiresAtMs, limits, cut: () => (cuts += 1) });
  streams.push(stream);
  return stream;
}

/** Reads everything as it comes. */
function reading(stream: EventStream): { text: () => string; ended: Promise<void> } {
  let text = '';
  stream.body.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { text: () => text, ended: new Promise((resolve) => stream.body.once('end', resolve)) };
}

test('an event is its type, its id and its data, each on a line', () => {
  const stream = open();
  stream.send('operation.updated', 7, { text: 'two\nlines' });
  const [first, second] = stream.body.read().toString().split('\n\n');
  expect(first).toMatch(/^retry: \d+$/);
  expect(second).toBe('event: operation.updated\nid: 7\ndata: {"text":"two\\nlines"}');
});

test('a comment comes as often as is said, so that nobody on the way takes the silence for the end', async () => {
  const { text } = reading(open({ commentEveryMs: 5 }));
  await eventually(
    async () => text().split(':\n\n').length - 1,
    (comments) => comments >= 3,
  );
});

test('a comment comes every 15 s', () => {
  const every = jest.spyOn(globalThis, 'setInterval');
  open();
  expect(every.mock.calls.map(([, ms]) => ms)).toEqual([15_000]);
});

test('whoever does not read is cut off when a megabyte waits for them, and nothing more is kept', () => {
  const stream = open();
  const event = { text: 'x'.repeat(100_000) };
  for (let n = 1; n <= 10; n += 1) stream.send('operation.updated', n, event);
  expect(cuts).toBe(0);
  for (let n = 11; n <= 30; n += 1) stream.send('operation.updated', n, event);
  expect(cuts).toBe(1);
  expect(stream.body.readableLength).toBeLessThan(1_200_000);
});

test('whoever reads is not cut off, however much comes', async () => {
  const stream = open();
  const { text } = reading(stream);
  for (let n = 1; n <= 30; n += 1) {
    stream.send('operation.updated', n, { text: 'x'.repeat(100_000) });
    await new Promise(setImmediate);
  }
  expect([cuts, text().length > 3_000_000]).toEqual([0, true]);
});

test('the end says why, and nothing comes after it', async () => {
  const stream = open({ commentEveryMs: 1, farewellMs: 5 });
  const { text, ended } = reading(stream);
  stream.end('shutting_down');
  stream.send('operation.updated', 8, {});
  stream.end('token_expired');
  await ended;
  expect(text()).toMatch(/event: bye\ndata: \{"reason":"shutting_down"\}\n\n$/);
  await eventually(
    async () => cuts,
    (count) => count === 1,
  );
});

test('it ends when its token is no longer believed', async () => {
  const { text } = reading(open({}, Date.now() + 20));
  await eventually(
    async () => text(),
    (said) => said.endsWith('event: bye\ndata: {"reason":"token_expired"}\n\n'),
  );
});

test('with a token for years it ends at its greatest age, and not at once because a timer cannot wait so long', async () => {
  const startedAt = performance.now();
  const { text, ended } = reading(open({ maxAgeMs: 50 }, Date.now() + 10_000 * 24 * HOUR_MS));
  await ended;
  expect(performance.now() - startedAt).toBeGreaterThan(40);
  expect(text()).toContain('{"reason":"max_age"}');
  const wait = jest.spyOn(globalThis, 'setTimeout');
  open({}, Date.now() + 10_000 * 24 * HOUR_MS);
  expect(wait.mock.calls.map(([, ms]) => ms)).toEqual([12 * HOUR_MS]);
});

test('whoever has left is not worked for', async () => {
  const stream = open({ commentEveryMs: 1 });
  stream.body.destroy();
  await new Promise((resolve) => stream.body.once('close', resolve));
  const before = stream.body.readableLength;
  stream.send('operation.updated', 1, {});
  expect([stream.body.readableLength - before, cuts]).toEqual([0, 0]);
});
