import { describe, expect, test } from '@jest/globals';
import { createPlanBody, noteBody, operationsQuery, auditQuery } from '../../src/api/admin/admin-schemas.js';
import { splitUnquoted, unquote } from '../../src/api/header-fields.js';
import { readIdempotencyKey } from '../../src/api/idempotency-key.js';
import { readIfMatch, readPrefer } from '../../src/api/prefer.js';
import { pageQuery, subscribeBody } from '../../src/api/schemas.js';
import { carriesCardData } from '../../src/api/card-numbers.js';
import { isCardField } from '../../src/platform/card-fields.js';
import { findCardNumber, maskCardNumbers } from '../../src/platform/card-numbers.js';
import { fromPublicId } from '../../src/platform/ids.js';
import { scrubText } from '../../src/platform/telemetry/redaction.js';
import { readTraceparent } from '../../src/platform/telemetry/trace.js';

/** Whatever reads text from outside. */
const READERS: Record<string, (text: string) => unknown> = {
  'the idempotency key': (text) => attempt(() => readIdempotencyKey({ 'idempotency-key': text })),
  Prefer: readPrefer,
  'If-Match': readIfMatch,
  traceparent: readTraceparent,
  'fields of a header': (text) => [splitUnquoted(text, ','), splitUnquoted(text, ';'), unquote(text)],
  ids: (text) => [fromPublicId('op', text), fromPublicId('op', `op_${text}`)],
  'card numbers': findCardNumber,
  'names of card fields': isCardField,
  'what is masked': maskCardNumbers,
  'the values of a body': (text) => carriesCardData({ list: [text] }),
  'the names of a body': (text) => carriesCardData({ [text]: 1 }),
  'what is logged': scrubText,
  'a subscribe': (text) => subscribeBody.safeParse({ planId: text, paymentMethod: text, effective: text }),
  'a page': (text) => pageQuery.safeParse({ limit: text, cursor: text }),
  'a note': (text) => noteBody.safeParse({ text }),
  'a plan': (text) =>
    createPlanBody.safeParse({
      id: text,
      name: text,
      price: { amount: 1, currency: text },
      interval: text,
      family: text,
      features: [text],
      reason: text,
    }),
  'the filters of operations': (text) =>
    operationsQuery.safeParse({
      status: text,
      kind: text,
      userId: text,
      planId: text,
      minAgeSeconds: text,
      createdAfter: text,
      q: text,
      sort: text,
    }),
  'the filters of the audit': (text) => auditQuery.safeParse({ object: text, actor: text, action: text, cursor: text }),
};

const SIZE = 50_000;

/** Repetition is what a pattern that backtracks drowns in; each ends so that it cannot fit. */
const HOSTILE: Record<string, string> = {
  'the same letter': `${'a'.repeat(SIZE)}!`,
  digits: `${'4'.repeat(SIZE)}x`,
  'almost card numbers': '4242424242424241 '.repeat(SIZE / 17),
  'digits one by one': '4 '.repeat(SIZE / 2),
  'digits of many scripts': '٤۴४４'.repeat(SIZE / 4),
  spaces: `${' '.repeat(SIZE)}x`,
  tabs: `${' \t'.repeat(SIZE / 2)}x`,
  dashes: `${'-'.repeat(SIZE)}!`,
  underscores: `${'_'.repeat(SIZE)}!`,
  'open quotes': '"'.repeat(SIZE),
  'escaped quotes': `"${'\\"'.repeat(SIZE / 2)}`,
  backslashes: `"${'\\'.repeat(SIZE)}`,
  commas: ','.repeat(SIZE),
  'wait again and again': 'wait=1,'.repeat(SIZE / 7),
  'tags without end': `${'"a",'.repeat(SIZE / 4)}"`,
  'a list of words': 'pending,'.repeat(SIZE / 8),
  'a time of many fractions': `2026-01-01T00:00:00.${'0'.repeat(SIZE)}Z`,
  'almost a time': '2026-01-01T'.repeat(SIZE / 11),
  'hexadecimal and dashes': '0a0a0a0a-0a0a-'.repeat(SIZE / 14),
  'almost a traceparent': `00-${'a'.repeat(SIZE)}-`,
  'letters and digits': 'a1'.repeat(SIZE / 2),
  'almost tokens': 'eyJ.'.repeat(SIZE / 4),
  'almost addresses': 'a://b@'.repeat(SIZE / 6),
  'combining marks': 'e\u0301'.repeat(SIZE / 2),
  'halves of characters': '\ud83d'.repeat(SIZE),
  zeros: '\u0000'.repeat(SIZE),
};

describe.each(Object.keys(READERS))('50 kB are read within 50 ms of CPU by the reader of %s', (reader) => {
  test.each(Object.keys(HOSTILE))('%s', (name) => {
    const read = READERS[reader] as (text: string) => unknown;
    const text = HOSTILE[name] as string;
    read(text.slice(0, 1_000));
    // A machine that is busy elsewhere takes time and not CPU; the least of three leaves out what the collector took.
    const spent = [1, 2, 3].map(() => cpuMs(() => read(text)));
    expect(Math.min(...spent)).toBeLessThan(50);
  });
});

function cpuMs(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
