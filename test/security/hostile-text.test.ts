import { describe, test } from '@jest/globals';
import { createPlanBody, noteBody, operationsQuery, auditQuery } from '../../src/api/admin/admin-schemas.js';
import { splitUnquoted, unquote } from '../../src/api/header-fields.js';
import { readIdempotencyKey } from '../../src/api/idempotency-key.js';
import { readIfMatch, readPrefer } from '../../src/api/prefer.js';
import { pageQuery } from '../../src/api/schemas.js';
import { subscribeBody } from '../../src/api/subscription-schemas.js';
import { carriesCardData } from '../../src/api/card-numbers.js';
import { isCardField } from '../../src/platform/card-fields.js';
import { findCardNumber, maskCardNumbers } from '../../src/platform/card-numbers.js';
import { fromPublicId } from '../../src/platform/ids.js';
import { scrubText } from '../../src/platform/telemetry/redaction.js';
import { readTraceparent } from '../../src/platform/telemetry/trace.js';
import { expectLinear } from '../kit/busy-machine.js';

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

/** Long enough for a pattern that backtracks to take a second. */
const SIZE = 50_000;

/** Repetition is what a pattern that backtracks drowns in; each ends so that it cannot fit. */
const HOSTILE: Record<string, (size: number) => string> = {
  'the same letter': (size) => `${'a'.repeat(size)}!`,
  digits: (size) => `${'4'.repeat(size)}x`,
  'almost card numbers': (size) => '4242424242424241 '.repeat(size / 17),
  'digits one by one': (size) => '4 '.repeat(size / 2),
  'digits of many scripts': (size) => '٤۴४４'.repeat(size / 4),
  spaces: (size) => `${' '.repeat(size)}x`,
  tabs: (size) => `${' \t'.repeat(size / 2)}x`,
  dashes: (size) => `${'-'.repeat(size)}!`,
  underscores: (size) => `${'_'.repeat(size)}!`,
  'open quotes': (size) => '"'.repeat(size),
  'escaped quotes': (size) => `"${'\\"'.repeat(size / 2)}`,
  backslashes: (size) => `"${'\\'.repeat(size)}`,
  commas: (size) => ','.repeat(size),
  'wait again and again': (size) => 'wait=1,'.repeat(size / 7),
  'tags without end': (size) => `${'"a",'.repeat(size / 4)}"`,
  'a list of words': (size) => 'pending,'.repeat(size / 8),
  'a time of many fractions': (size) => `2026-01-01T00:00:00.${'0'.repeat(size)}Z`,
  'almost a time': (size) => '2026-01-01T'.repeat(size / 11),
  'hexadecimal and dashes': (size) => '0a0a0a0a-0a0a-'.repeat(size / 14),
  'almost a traceparent': (size) => `00-${'a'.repeat(size)}-`,
  'letters and digits': (size) => 'a1'.repeat(size / 2),
  'almost tokens': (size) => 'eyJ.'.repeat(size / 4),
  'almost addresses': (size) => 'a://b@'.repeat(size / 6),
  'combining marks': (size) => 'e\u0301'.repeat(size / 2),
  'halves of characters': (size) => '\ud83d'.repeat(size),
  zeros: (size) => '\u0000'.repeat(size),
};

describe.each(Object.keys(READERS))('eight times the text costs the reader of %s eight times the CPU, and not more', (reader) => {
  test.each(Object.keys(HOSTILE))('%s', (name) => expectLinear(READERS[reader]!, HOSTILE[name]!, SIZE));
});

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
