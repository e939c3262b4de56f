import { defineConfig } from '@playwright/test';
import { chromium } from './browser.js';

/** Real pages in a real Chromium, on a service that each worker starts for itself, as it was built. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  // Drawn where somebody looks at them.
  testIgnore: process.env['CI'] ? '*pictures.spec.ts' : [],
  outputDir: '../../node_modules/.cache/e2e',
  workers: 2,
  // A browser on a busy machine; what needed a second try is named in the report.
  retries: process.env['CI'] ? 1 : 0,
  // Seconds alone; a machine that is busy with other things takes its time.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: process.env['CI'] ? [['list'], ['json', { outputFile: process.env['E2E_REPORT'] ?? '/dev/null' }]] : 'list',
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: chromium(),
      // Chromium refuses to sandbox itself as root; it looks at nothing here but our own pages. The rest keeps it from calling home.
      chromiumSandbox: false,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
