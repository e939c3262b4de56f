import { expect, test } from '@jest/globals';
import { countText } from '../../../web/design/count.ts';

test('one is one, and of all else there are several', () => {
  expect([0, 1, 2, 1_000].map((count) => countText(count, 'call'))).toEqual(['0 calls', '1 call', '2 calls', '1,000 calls']);
  expect(countText(2, 'migration is', 'migrations are')).toBe('2 migrations are');
});
