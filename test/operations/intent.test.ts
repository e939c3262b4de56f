import { describe, expect, test } from '@jest/globals';
import { fingerprintOf, intentOf, referenceOf } from '../../src/operations/intent.js';

describe('the reference of a charge', () => {
  test('is the same for the same user, verb and key: a retry after a lost row meets the charge already made', () => {
    expect(referenceOf('user_42', 'put_subscription', 'key-12345678', 0)).toBe(
      referenceOf('user_42', 'put_subscription', 'key-12345678', 0),
    );
  });

  test('is as recorded in every version: charges that were made before must be found', () => {
    expect(referenceOf('user_42', 'put_subscription', 'key-12345678', 0)).toBe('cf_edf12ec4d706365715c8524e2375fac55457e6c3');
  });

  test.each<[string, Parameters<typeof referenceOf>]>([
    ['user', ['user_43', 'put_subscription', 'key-12345678', 0]],
    ['verb', ['user_42', 'change_plan', 'key-12345678', 0]],
    ['key', ['user_42', 'put_subscription', 'key-12345679', 0]],
    ['generation', ['user_42', 'put_subscription', 'key-12345678', 1]],
    ['border between user and key', ['user_42put_subscription', 'put_subscription', 'key-12345678', 0]],
  ])('is another for another %s', (_what, parts) => {
    expect(referenceOf(...parts)).not.toBe(referenceOf('user_42', 'put_subscription', 'key-12345678', 0));
  });

  test('fits into what gateways take as a key, and tells nothing of the user', () => {
    const reference = referenceOf('user_with_a_long_name'.repeat(20), 'subscribe', 'k'.repeat(255), 0);
    expect(reference).toMatch(/^cf_[0-9a-f]{40}$/);
  });
});

describe('the intent', () => {
  const wish = { verb: 'put_subscription', planId: 'pro', effective: 'now' } as const;

  test('is the same for the same wish', () => {
    expect(intentOf({ ...wish })).toBe(intentOf(wish));
  });

  test.each([
    { verb: 'subscribe' as const },
    { planId: 'basic' },
    { effective: 'period_end' },
    { effective: undefined },
    { planId: undefined },
  ])('is another with %j', (other) => {
    expect(intentOf({ ...wish, ...other })).not.toBe(intentOf(wish));
  });
});

describe('the fingerprint of a request', () => {
  const of = (body: unknown) => fingerprintOf('PUT', '/v1/me/subscription', body);

  test('does not depend on the order of members, however deep', () => {
    expect(of({ a: 1, b: { c: [1, 2], d: null } })).toBe(of({ b: { d: null, c: [1, 2] }, a: 1 }));
  });

  test('counts a member that is left out and one that is undefined as the same', () => {
    expect(of({ a: 1, b: undefined })).toBe(of({ a: 1 }));
  });

  test.each<[unknown, unknown]>([
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, {}],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: { b: 1 } }, { a: 1, b: 1 }],
    [null, {}],
    [[], {}],
  ])('tells %j from %j', (one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  test('tells methods and paths apart', () => {
    const prints = [fingerprintOf('PUT', '/a', {}), fingerprintOf('POST', '/a', {}), fingerprintOf('PUT', '/b', {})];
    expect(new Set(prints).size).toBe(3);
  });
});
