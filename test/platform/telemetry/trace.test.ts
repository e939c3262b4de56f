import { expect, test } from '@jest/globals';
import { childTraceparent, readTraceparent } from '../../../src/platform/telemetry/trace.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test.each([
  [`00-${TRACE}-${SPAN}-01`, true],
  [`00-${TRACE}-${SPAN}-00`, false],
  [` 00-${TRACE}-${SPAN}-03 `, true],
  [`cc-${TRACE}-${SPAN}-01`, true],
  [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
])('%s is read', (header, sampled) => {
  expect(readTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, sampled });
});

test.each([
  undefined,
  '',
  [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-0g`,
  `00-${TRACE}-${SPAN}-01\r\nx: y`,
])('%j is no trace', (header) => {
  expect(readTraceparent(header)).toBeNull();
});

test('what is passed on has the same trace and decision and a span of its own', () => {
  const child = childTraceparent(`00-${TRACE}-${SPAN}-01`);
  expect(readTraceparent(child)).toEqual({ traceId: TRACE, spanId: expect.not.stringContaining(SPAN), sampled: true });
  expect(childTraceparent(child)).not.toBe(child);
});

test('without a trace, or with a malformed one, a new trace begins, not sampled', () => {
  for (const parent of [undefined, null, 'nonsense']) expect(readTraceparent(childTraceparent(parent))).toMatchObject({ sampled: false });
});
