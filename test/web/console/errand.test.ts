import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { remember, take } from '../../../web/console/oidc/errand.ts';

const ERRAND = { state: 's', nonce: 'n', verifier: 'v', cameFrom: '/console/audit' };
const kept = new Map<string, string>();

beforeAll(() => {
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => void kept.set(name, text),
    removeItem: (name: string) => void kept.delete(name),
  };
  Object.defineProperty(globalThis, 'sessionStorage', { value: storage, configurable: true });
});
afterAll(() => void Reflect.deleteProperty(globalThis, 'sessionStorage'));

test('whoever comes back finds what they left with', () => {
  remember(ERRAND);
  expect(take()).toEqual(ERRAND);
});

test('an errand is over once it was asked for: its answer counts once, and nothing of it is kept', () => {
  remember(ERRAND);
  take();
  expect(take()).toBeNull();
  expect(kept.size).toBe(0);
});
