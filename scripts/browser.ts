import { chromium } from '../test/e2e/browser.js';

/** Says which browser the pages are looked at with, after installing it where that can be done; fails with the line that says how otherwise. */
try {
  process.stdout.write(`${chromium()}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
