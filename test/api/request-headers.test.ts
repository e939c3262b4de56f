import { describe, expect, test } from '@jest/globals';
import { readIdempotencyKey } from '../../src/api/idempotency-key.js';
import { readIfMatch, readPrefer } from '../../src/api/prefer.js';
import { Problem } from '../../src/platform/problems/problem.js';
import { expectLinear } from '../kit/busy-machine.js';

function codeOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    return error instanceof Problem ? error.code : 'not a problem';
  }
}

describe('Idempotency-Key', () => {
  const read = (value: string | string[] | undefined) => readIdempotencyKey({ 'idempotency-key': value });

  test('bare and quoted, it is one key', () => {
    expect(read('order-0001')).toBe('order-0001');
    expect(read(' "order-0001" ')).toBe('order-0001');
    expect(read('"say-\\"hi\\"-\\\\o/"')).toBe('say-"hi"-\\o/');
  });

  test('8 and 255 characters are within, 7 and 256 without, counted without quotes', () => {
    expect(read('x'.repeat(8))).toHaveLength(8);
    expect(read(`"${'x'.repeat(255)}"`)).toHaveLength(255);
    expect(codeOf(() => read('"1234567"'))).toBe('idempotency-key-invalid');
    expect(codeOf(() => read('x'.repeat(256)))).toBe('idempotency-key-invalid');
  });

  test('without it the request is refused as such', () => {
    expect(codeOf(() => readIdempotencyKey({}))).toBe('idempotency-key-missing');
  });

  test.each([
    '',
    'two words',
    'schlüssel',
    'with\ttab',
    '"unclosed-key',
    '"key-0001"x',
    '"key-0001", "key-0002"',
    'key-0001, key-0001',
    '"key-\\0001"',
    '"key"0001"',
  ])('%j is malformed', (value) => expect(codeOf(() => read(value))).toBe('idempotency-key-invalid'));

  test('sent twice, it is malformed even when both are equal', () => {
    expect(codeOf(() => read(['order-0001', 'order-0001']))).toBe('idempotency-key-invalid');
  });
});

describe('Prefer', () => {
  test('without it, 8 s are waited, in the background nothing, and joining is welcome', () => {
    expect(readPrefer(undefined)).toEqual({ waitMs: 8_000, asked: false, respondAsync: false, strict: false });
  });

  test.each<[string | string[], Partial<ReturnType<typeof readPrefer>>]>([
    ['wait=0', { waitMs: 0, asked: true }],
    ['wait=5', { waitMs: 5_000 }],
    ['wait = 5', { waitMs: 5_000 }],
    ['Wait="5"', { waitMs: 5_000 }],
    ['wait=31', { waitMs: 30_000 }],
    ['wait=999999999', { waitMs: 30_000 }],
    ['wait=-1', { waitMs: 8_000, asked: false }],
    ['wait=1e1', { waitMs: 8_000 }],
    ['wait', { waitMs: 8_000, asked: false }],
    ['wait=2; x=9, wait=7', { waitMs: 2_000 }],
    ['respond-async, wait=3', { respondAsync: true, waitMs: 3_000 }],
    [['respond-async', 'handling=strict'], { respondAsync: true, strict: true }],
    ['handling=STRICT', { strict: true }],
    ['handling=lenient', { strict: false }],
    ['handling=lenient, handling=strict', { strict: false }],
    ['return=minimal; foo="a, respond-async, \\" wait=1"', { respondAsync: false, waitMs: 8_000 }],
    ['respond-async=no', { respondAsync: false }],
    [',,;=,"', { waitMs: 8_000 }],
  ])('%j is read as RFC 7240 has it', (header, expected) => {
    expect(readPrefer(header)).toMatchObject(expected);
  });

  test.each(['wait=', '"\\', ';,', '=', '"', ', '])('eight times as many %j cost eight times the CPU, and not more', (piece) => {
    expectLinear(readPrefer, (size) => piece.repeat(size / piece.length), 50_000);
  });
});

describe('If-Match', () => {
  test.each<[string | string[] | undefined, ReturnType<typeof readIfMatch>]>([
    [undefined, null],
    ['*', { any: true }],
    ['"3"', { any: false, tags: ['"3"'] }],
    [' "3" , "4"', { any: false, tags: ['"3"', '"4"'] }],
    [['"3"', '"4"'], { any: false, tags: ['"3"', '"4"'] }],
    ['W/"3", "4"', { any: false, tags: ['"4"'] }],
    ['"a,b"', { any: false, tags: ['"a,b"'] }],
    ['3', { any: false, tags: [] }],
    ['', { any: false, tags: [] }],
    ['"3', { any: false, tags: [] }],
    ['*, "3"', { any: false, tags: ['"3"'] }],
  ])('%j', (header, condition) => {
    expect(readIfMatch(header)).toEqual(condition);
  });
});
