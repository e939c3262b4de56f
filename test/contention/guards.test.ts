import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

/** `test/…`: "name of a test", as the rows of the page have it. */
const NAMED = /`(test\/[\w/.-]+)`: "([^"]+)"/g;
const PAGE = readFileSync('docs/guards.md', 'utf8');
const GUARDS = PAGE.split('\n').filter((line) => line.includes('`test/') && line.startsWith('| '));

test('every guard names the test that fails without it, and that test is there', () => {
  const named = GUARDS.flatMap((line) => [...line.matchAll(NAMED)]);
  expect(named).toHaveLength(GUARDS.length);
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(
    ([, file, name]) => !existsSync(file as string) || !readFileSync(file as string, 'utf8').includes(name as string),
  );
  expect(missing.map(([row]) => row)).toEqual([]);
});

test('every file that a guard is said to stand in is there', () => {
  const files = GUARDS.flatMap((line) =>
    [...(line.split('|')[2] ?? '').matchAll(/`([\w/-]+\.ts|[\w/.-]+\.sql\.ts)`/g)].map(([, file]) => file as string),
  );
  expect(files.length).toBeGreaterThan(30);
  const beside = (file: string): boolean => ['src', 'src/operations'].some((folder) => existsSync(`${folder}/${file}`));
  expect(files.filter((file) => !beside(file))).toEqual([]);
});
