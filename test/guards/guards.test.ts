import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { alive, groups, together } from './all.js';
import { aliveBeside, fileRunFor, without } from './guard.js';

// The tool starts several jests.
jest.setTimeout(240_000);

const guards = groups.flatMap((group) => group.guards);
const tests = [...guards.flatMap(({ test: named }) => named ?? []), ...together.map(({ test: named }) => named)];

describe('the guards', () => {
  test.each(guards)('$id can be taken out: what its removal changes stands where it says, once', ({ remove }) => {
    const texts = new Map<string, string>();
    for (const removal of remove) {
      const text = texts.get(removal.file) ?? readFileSync(removal.file, 'utf8');
      texts.set(removal.file, without(text, removal));
      expect(texts.get(removal.file)).not.toBe(text);
    }
    expect(remove.length).toBeGreaterThan(0);
  });

  test.each(together)('$guards can be taken out together', ({ guards: ids }) => {
    const texts = new Map<string, string>();
    for (const id of ids) {
      const found = guards.find((guard) => guard.id === id);
      expect(found?.id).toBe(id);
      for (const removal of found?.remove ?? [])
        texts.set(removal.file, without(texts.get(removal.file) ?? readFileSync(removal.file, 'utf8'), removal));
    }
  });

  test('each has an id of its own', () => {
    expect(new Set(guards.map(({ id }) => id)).size).toBe(guards.length);
    expect(guards.length).toBeGreaterThan(80);
  });

  test('each has a test that fails without it, or is taken out together with the one that hides it', () => {
    const inSets = new Set(together.flatMap(({ guards: ids }) => ids));
    expect(guards.filter((guard) => guard.test === null && !inSets.has(guard.id)).map(({ id }) => id)).toEqual([]);
  });

  test('name tests that are there', () => {
    const missing = tests.filter(({ file, name }) => !existsSync(file) || !stands(name, file));
    expect(missing).toEqual([]);
  });

  test('name tests that jest is given: a contract by the file of one who keeps it', () => {
    const given = tests.map(fileRunFor);
    expect(given.filter((file) => !file.endsWith('.test.ts') || !existsSync(file))).toEqual([]);
    expect(given.filter((file) => alive[file] === undefined)).toEqual([]);
  });

  test.each(Object.entries(alive))('in %s are proven beside a test that needs none of them', (file, names) => {
    const contracts = readdirSync('test/contracts').map((contract) => `test/contracts/${contract}`);
    for (const name of names) expect([file, ...contracts].some((each) => stands(name, each))).toBe(true);
    const proven = tests.filter((named) => fileRunFor(named) === file);
    expect(proven.length).toBeGreaterThan(0);
    if (names.length > 0) expect(proven.filter((named) => aliveBeside(named, alive).length === 0)).toEqual([]);
  });
});

/** Quoted as a title, whichever quotes it takes. */
function stands(title: string, file: string): boolean {
  return ["'", '"', '`'].some((quote) => readFileSync(file, 'utf8').includes(`${quote}${title}${quote}`));
}

describe('npm run guards', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'guards-test-'));
  afterAll(() => rmSync(temporary, { recursive: true }));

  test('says of a guard whose test fails without it that it is red', () => {
    expect(prove(['--only', 'below-zero'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^red +\d+\.\d s {2}below-zero: "refuses a price/m),
    });
  });

  test('finds out whose test does not notice, and whose removal breaks more than a guard', () => {
    const { status, stdout, stderr } = prove(['--tries', '1']);
    expect(stdout).toMatch(/^red .* below-zero: /m);
    expect(stdout).toMatch(/^NOT RED .* unseen: /m);
    expect(stdout).toMatch(/^BROKEN: .* wrecked: /m);
    expect(stdout).toMatch(/^red .* one \+ two: /m);
    expect(stdout).toMatch(/^2 of 4 red/m);
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(status).toBe(1);
  });

  test('begins where it is told to', () => {
    const { stdout, stderr } = prove(['--from', 'one + two']);
    expect(stdout).toMatch(/^1 of 1 red/m);
    expect(stderr).toBe('');
    expect(prove(['--from', 'no such guard'])).toMatchObject({ status: 1, stderr: 'no guard is called no such guard\n' });
  });

  test('takes nothing out while a test fails anyway, and leaves the project as it is', () => {
    const { status, stderr, project } = prove(['--only', 'below-zero'], (folder) => {
      writeFileSync(join(folder, 'src/price.js'), readFileSync(join(folder, 'src/price.js'), 'utf8').replace('price < 0', 'price < -9'));
    });
    expect(stderr).toContain('test/price.test.js: "refuses a price below zero"');
    expect(status).toBe(1);
    expect(readFileSync(join(project, 'src/price.js'), 'utf8')).toContain('price < -9');
  });

  /** Runs the tool on a project of two files. */
  function prove(options: string[], spoil: (folder: string) => void = () => undefined) {
    const project = mkdtempSync(join(temporary, 'project-'));
    for (const folder of ['src', 'test/guards']) mkdirSync(join(project, folder), { recursive: true });
    for (const [path, text] of Object.entries(PROJECT)) writeFileSync(join(project, path), text);
    cpSync('test/guards/guard.ts', join(project, 'test/guards/guard.ts'));
    symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
    spoil(project);
    const command = [resolve('node_modules/tsx/dist/cli.mjs'), resolve('scripts/guards.ts'), '--jobs', '1', ...options];
    return { project, ...spawnSync(process.execPath, command, { cwd: project, encoding: 'utf8' }) };
  }
});

const PRICE = `
export function check(price) {
  if (price < 0) throw new Error('below zero');
  if (price > 1e6) throw new Error('too much');
  if (price === 13) throw new Error('one');
  if (price === 13) throw new Error('two');
  return price;
}`;

const PRICE_TEST = `
import { expect, test } from '@jest/globals';
import { check } from '../src/price.js';
test('takes a price', () => { expect(check(1)).toBe(1); });
test('refuses a price below zero', () => { expect(() => check(-1)).toThrow('below zero'); });
test('knows nothing of large prices', () => { expect(check(5)).toBe(5); });
test('refuses 13', () => { expect(() => check(13)).toThrow(); });`;

const GUARDS = `
const file = 'src/price.js';
const named = (name) => ({ file: 'test/price.test.js', name });
const guard = (id, find, test, replace = '') => ({ id, name: id, remove: [{ file, find, replace }], test, without: '' });
export const alive = { 'test/price.test.js': ['takes a price'] };
export const groups = [{ title: 'Prices', guards: [
  guard('below-zero', "if (price < 0) throw new Error('below zero');", named('refuses a price below zero')),
  guard('unseen', "if (price > 1e6) throw new Error('too much');", named('knows nothing of large prices')),
  guard('wrecked', 'export function check(price) {', named('refuses 13'), 'export function check() {'),
  guard('one', "if (price === 13) throw new Error('one');", null),
  guard('two', "if (price === 13) throw new Error('two');", null),
] }];
export const together = [{ guards: ['one', 'two'], test: named('refuses 13'), without: '' }];`;

const PROJECT = {
  'package.json': '{ "type": "module" }',
  'jest.config.js': 'export default { transform: {} };',
  'src/price.js': PRICE,
  'test/price.test.js': PRICE_TEST,
  'test/guards/all.ts': GUARDS,
};
