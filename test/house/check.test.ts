import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';

// Each starts several processes.
jest.setTimeout(120_000);

const TSX = resolve('node_modules/.bin/tsx');
const temporary = mkdtempSync(join(tmpdir(), 'check-'));
afterAll(() => rmSync(temporary, { recursive: true }));

interface Ended {
  code: number | null;
  output: string;
  lastLine: string;
  /** What npm was asked for, in order. */
  asked: string[];
}

describe('npm run check', () => {
  const STEPS = ['format:check', 'lint', 'types', 'imports', 'unused', 'fresh', 'openapi', 'test'];

  test('takes every step in order, the tests last', () => {
    const { code, asked, lastLine } = check([]);
    expect(asked).toEqual(STEPS.map((step) => `run --silent ${step}`));
    expect(lastLine).toMatch(/^check passed in \d+ s$/);
    expect(code).toBe(0);
  });

  test.each(STEPS)('stops at %s when that fails, and says so', (step) => {
    const { code, asked, lastLine } = check([], step);
    expect(asked.at(-1)).toBe(`run --silent ${step}`);
    expect(lastLine).toMatch(new RegExp(`^check failed at ${step} after \\d+\\.\\d s \\(exit code 3\\); alone: npm run ${step}$`));
    expect(code).toBe(1);
  });

  test('leaves out what it is told to leave out, and knows every step that it is told', () => {
    expect(check(['--skip', 'test']).asked).toHaveLength(STEPS.length - 1);
    expect(check(['--skip', 'tests'])).toMatchObject({ code: 1, asked: [], lastLine: expect.stringMatching(/^no such step: tests/) });
  });

  test('takes steps that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...STEPS, 'check', 'generate']));
  });

  function check(options: string[], failing = ''): Ended {
    return run([TSX, 'scripts/check.ts', ...options], `case "$*" in "run --silent ${failing}") exit 3;; esac`);
  }
});

describe('npm run fresh', () => {
  test('passes when printing changes nothing', () => {
    expect(fresh('true')).toMatchObject({ code: 0, output: '' });
  });

  test.each([
    ['changes one', 'echo new > printed.txt'],
    ['adds one', 'echo new > another.txt'],
    ['loses one', 'rm printed.txt'],
  ])('names the files when printing %s', (_what, generate) => {
    const { code, output } = fresh(generate);
    expect(output).toMatch(/^These files were stale .*\n {2}(printed|another)\.txt\n$/);
    expect(code).toBe(1);
  });

  test('fails when printing fails', () => {
    expect(fresh('exit 4')).toMatchObject({ code: 1, lastLine: 'npm run generate failed' });
  });

  function fresh(generate: string): Ended {
    const cwd = mkdtempSync(join(temporary, 'repository-'));
    writeFileSync(join(cwd, 'printed.txt'), 'old\n');
    execFileSync('git', ['init', '--quiet'], { cwd });
    return run([TSX, resolve('scripts/check-generated.ts')], generate, cwd);
  }
});

describe('.ci/run', () => {
  const GREEN = { numPassedTests: 12, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
  const PAGES_GREEN = { stats: { expected: 5, unexpected: 0, flaky: 0 }, errors: [] };
  const PAGE_RED = { stats: { expected: 4, unexpected: 1, flaky: 0 }, errors: [] };
  const RED = { numPassedTests: 10, numFailedTests: 2, numRuntimeErrorTestSuites: 1 };

  const SLOW = ['slow.test.ts'];
  /** One of the three tests of each of these files is red. */
  const redIn = (files: string[], message: string) => ({
    numPassedTests: 11,
    numFailedTests: files.length,
    numRuntimeErrorTestSuites: 0,
    testResults: files.map((file) => ({
      name: resolve('test', file),
      status: 'failed',
      message,
      assertionResults: [{ status: 'passed' }, { status: 'passed' }, { status: 'failed' }],
    })),
  });

  test('installs, checks and tests, and ends with the counts alone on a line', () => {
    const { code, asked, lastLine } = ci({ report: GREEN });
    expect(asked).toEqual([
      'ci',
      'run --silent check -- --skip test',
      expect.stringMatching(/^test -- --json --outputFile=/),
      'run --silent browser',
      'run test:e2e',
    ]);
    expect(lastLine).toBe('17 passed, 0 failed');
    expect(code).toBe(0);
  });

  test('does not look at the pages where no browser can be had, and says so', () => {
    const { code, asked, lastLine, output } = ci({ report: GREEN, failing: ['run --silent browser'] });
    expect(asked.at(-1)).toBe('run --silent browser');
    expect(output).toMatch(/^the pages were not looked at/m);
    expect([lastLine, code]).toEqual(['12 passed, 0 failed', 0]);
  });

  test.each([
    ['a test failed and a file could not be run', { report: RED, failing: ['test'] }, '15 passed, 3 failed'],
    ['a check failed and every test passed', { report: GREEN, failing: ['run --silent check'] }, '17 passed, 1 failed'],
    ['both failed', { report: RED, failing: ['run --silent check', 'test'] }, '15 passed, 4 failed'],
    ['the tests ended badly with nothing red in their report', { report: GREEN, failing: ['test'] }, '17 passed, 1 failed'],
    ['the tests wrote no report', { failing: ['test'] }, '5 passed, 1 failed'],
    ['a page failed', { report: GREEN, pages: PAGE_RED, failing: ['run test:e2e'] }, '16 passed, 1 failed'],
    ['the pages ended badly with nothing red in their report', { report: GREEN, failing: ['run test:e2e'] }, '17 passed, 1 failed'],
    ['nothing could be installed', { failing: ['ci'] }, '0 passed, 1 failed'],
  ])('is red when %s', (_what, given, line) => {
    const { code, lastLine } = ci(given);
    expect(lastLine).toBe(line);
    expect(code).toBe(1);
  });

  describe('when few files are red', () => {
    const again = (failing: string[] = []) => ({ report: redIn(SLOW, 'not within 25000 ms'), failing: ['test -- --json', ...failing] });
    const GREEN_AGAIN = { numPassedTests: 3, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
    const RED_AGAIN = { numPassedTests: 2, numFailedTests: 1, numRuntimeErrorTestSuites: 0 };

    test('runs them once more, says so, and counts them once', () => {
      const { code, asked, lastLine, output } = ci({ ...again(), second: GREEN_AGAIN });
      expect(asked[3]).toMatch(/^test -- --json --outputFile=\S+ test\/slow\.test\.ts$/);
      expect(output).toMatch(/^red, and run once more: test\/slow\.test\.ts$/m);
      expect([lastLine, code]).toEqual(['17 passed, 0 failed', 0]);
    });

    test('stays red where they are red again', () => {
      const { code, lastLine } = ci({ ...again(), second: RED_AGAIN });
      expect([lastLine, code]).toEqual(['16 passed, 1 failed', 1]);
    });

    test('stays red where the second run writes no report', () => {
      const { code, lastLine } = ci(again());
      expect([lastLine, code]).toEqual(['16 passed, 1 failed', 1]);
    });

    test.each([
      ['a broken invariant is in one', redIn(SLOW, `+   'I1 2 charges stay under cf_1'`)],
      ['a charge stays that should not', redIn(SLOW, '"subscribe, crashed after OperationStore.record: 2 charges stay"')],
      [
        'there are many',
        redIn(
          [...'abcd'].map((name) => `${name}.test.ts`),
          'not within 25000 ms',
        ),
      ],
    ])('runs none of them again when %s', (_what, report) => {
      const { code, asked } = ci({ report, second: GREEN_AGAIN, failing: ['test -- --json'] });
      expect(asked.filter((words) => words.startsWith('test --'))).toHaveLength(1);
      expect(code).toBe(1);
    });
  });

  interface Given {
    report?: object;
    /** Of the second run of what was red in the first, which is green then. */
    second?: { numFailedTests: number };
    pages?: object;
    failing?: string[];
  }

  function ci({ report, second, pages = PAGES_GREEN, failing = [] }: Given): Ended {
    const write = (what: object) => `echo '${JSON.stringify(what).replaceAll("'", "'\\''")}' > "\${4#--outputFile=}"`;
    const writes = [
      `case "$*" in *.test.ts) ${second ? `${write(second)}; exit ${second.numFailedTests}` : 'exit 3'};; esac`,
      report === undefined ? '' : `case "$4" in --outputFile=*) ${write(report)};; esac`,
    ].join('\n');
    const draws = `case "$2" in test:e2e) echo '${JSON.stringify(pages)}' > "$E2E_REPORT";; esac`;
    const fails = failing.map((asked) => `case "$*" in "${asked}"|"${asked} "*) exit 3;; esac`);
    return run(['.ci/run'], [writes, draws, ...fails].join('\n'));
  }
});

/** Runs a program for which npm is a stand-in that notes what it is asked for and then does as `npm` says. */
function run([program = '', ...args]: string[], npm: string, cwd = process.cwd()): Ended {
  const folder = mkdtempSync(join(temporary, 'npm-'));
  const notes = join(folder, 'asked.txt');
  mkdirSync(join(folder, 'bin'));
  writeFileSync(notes, '');
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\necho "$*" >> '${notes}'\n${npm}\n`);
  chmodSync(join(folder, 'bin/npm'), 0o755);
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 100_000 });
  const output = stdout + stderr;
  return {
    code: status,
    output,
    lastLine: output.trimEnd().split('\n').at(-1) ?? '',
    asked: readFileSync(notes, 'utf8').split('\n').slice(0, -1),
  };
}
