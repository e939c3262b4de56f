/** What the reports of a run say. `again` prints the files that are run once more, `counts` the last line of all. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** More than these are no accident of the machine. */
const MAX_FILES_AGAIN = 3;
/** A broken invariant is about money or an answer that a client got: it is red however rarely it happens. */
const INVARIANT = /\bI\d{1,2} \S+ |charges stay/;

const [command, ...args] = process.argv.slice(2);
if (command === 'again') process.stdout.write(again(read(args[0])).join('\n'));
else process.exit(counts(...args) ? 0 : 1);

function again(report) {
  const red = redFiles(report);
  const messages = red.map(({ message }) => message);
  return red.length > MAX_FILES_AGAIN || messages.some((message) => INVARIANT.test(message)) ? [] : red.map(pathOf);
}

/** `failures` are checks that failed, `ended` is how the tests ended, the second time where there was one. */
function counts(first, second, pages, failures, ended) {
  const units = afterAll(read(first), read(second));
  const inBrowser = countsOfPages(read(pages));
  const passed = units.passed + inBrowser.passed;
  const red = units.failed + inBrowser.failed + Number(failures);
  // A run that ended badly without a failed test (no report, a worker that was killed) is still a failure.
  const total = red === 0 && ended !== '0' ? 1 : red;
  console.log(`\n${passed} passed, ${total} failed`);
  return total === 0;
}

/** What the second run says of the files that were in it, and the first of all others. */
function afterAll(first, second) {
  if (!first) return { passed: 0, failed: 0 };
  if (!second) return { passed: first.numPassedTests, failed: first.numFailedTests + first.numRuntimeErrorTestSuites };
  for (const file of redFiles(first)) console.log(`red, and run once more: ${pathOf(file)}`);
  const replaced = redFiles(first).flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === 'passed'));
  return {
    passed: first.numPassedTests - replaced.length + second.numPassedTests,
    failed: second.numFailedTests + second.numRuntimeErrorTestSuites,
  };
}

function countsOfPages(report) {
  if (!report) return { passed: 0, failed: 0 };
  const { stats, errors } = report;
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length };
}

function redFiles(report) {
  return report?.testResults?.filter(({ status }) => status === 'failed') ?? [];
}

function pathOf({ name }) {
  return relative(process.cwd(), name);
}

function read(file) {
  const text = readFileSync(file, 'utf8');
  return text === '' ? null : JSON.parse(text);
}
