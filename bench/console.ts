import { parseArgs } from 'node:util';
import { chromium, type Browser } from '@playwright/test';
import { issueToken } from '../src/api/token.js';
import { chromium as installed } from '../test/e2e/browser.js';
import { fill } from '../test/kit/filled.js';
import { percentile } from '../test/overload/open-loop.js';
import { openHouse, SECRET } from './house.js';
import { pollsOf } from './polls.js';
import { machine, openPrinter } from './print.js';

/**
 * How long somebody waits for the console's list on a table that has been in use: from asking for the page to its first screen, and from signing in there to the
 * first rows being painted. Each time in a browser that has never been here. And what it costs when screens are left open.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '7' },
    markdown: { type: 'boolean', default: false },
  },
});
const [rows, rounds] = [values.rows, values.rounds].map(Number) as [number, number];

const DAY_MS = 86_400_000;
const day = (ago: number): string => new Date(Date.now() - ago * DAY_MS).toISOString();
/** What people look for, by the address that the console gives it. */
const LOOKS: Record<string, string> = {
  'all, newest first': '',
  'all, oldest first': '?sort=createdAt',
  failed: '?status=failed',
  'canceled (there is none)': '?status=canceled',
  'in doubt or for a person': '?status=unknown,needs_review',
  stuck: '?stuck=true',
  renewals: '?kind=renew',
  'of a plan, failed': '?planId=filled&status=failed',
  'older than a day': '?minAgeSeconds=86400',
  'a day a year ago': `?createdAfter=${day(366)}&createdBefore=${day(365)}`,
  'by the user': '?q=filled_77',
  'by the gateway’s id': '?q=pi_77',
};

/** Also where it is told only after it can be typed into. */
const FIRST_PAINT = `new Promise((seen) => {
  const tell = (list) => list.getEntriesByName('first-contentful-paint').forEach(({ startTime }) => seen(startTime));
  new PerformanceObserver(tell).observe({ type: 'paint', buffered: true });
})`;

/** The second frame after the rows are there begins when the first one is painted. */
const FROM_SIGN_IN_TO_ROWS = `new Promise((painted) => {
  const startedAt = performance.now();
  const seen = new MutationObserver(() => {
    if (!document.querySelector('main tbody tr, main .empty button')) return;
    seen.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => painted(performance.now() - startedAt)));
  });
  seen.observe(document.body, { childList: true, subtree: true });
  document.querySelector('form').requestSubmit();
})`;

const print = openPrinter(values.markdown);
const house = await openHouse(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void house.close().finally(() => process.exit(1)));
try {
  const { url, pool } = await house.openDatabase('console');
  const startedAt = performance.now();
  await fill(pool, rows);
  process.stderr.write(`${rows} operations filled in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s\n`);
  const server = await house.serve(true, { DATABASE_URL: url, ROLES: 'api' });
  const token = await issueToken({ secret: SECRET, userId: 'viewer_1', roles: ['viewer'], ttlSeconds: 3_600 });
  const polls = await pollsOf(server.url, token, { service: server.pid, postgres: house.postgresPid });
  print.table([
    ['asked every 1.2 s', 'first ms', 'p50 ms', 'CPU service', 'CPU Postgres'],
    ...polls.map(({ name, ...costs }) => [name, ...[costs.first, costs.p50, costs.service, costs.postgres].map((each) => each.toFixed(0))]),
  ]);
  const browser = await chromium.launch({ executablePath: installed(), chromiumSandbox: false, args: ['--disable-gpu', '--no-first-run'] });
  await look(browser, server.url, token, '');
  const seen: Record<string, Look[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, search] of Object.entries(LOOKS)) (seen[name] ??= []).push(await look(browser, server.url, token, search));
  }
  await browser.close();
  print.line(`${rows.toLocaleString('en-US')} operations, ${rounds} rounds: ${machine()}. Milliseconds.`);
  print.table([
    ['look', 'page p50', 'rows p50', 'both p50', 'both, slowest'],
    ...Object.entries(seen).map(([name, looks]) => rowOf(name, looks)),
  ]);
} finally {
  await house.close();
}

/** Milliseconds until the page asked for a token, and from there until rows, or the word that there are none, were painted. */
interface Look {
  page: number;
  list: number;
}

async function look(browser: Browser, url: string, token: string, search: string): Promise<Look> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/console${search}`);
  const field = page.getByLabel('Token', { exact: true });
  await field.fill(token);
  const shown = (await page.evaluate(FIRST_PAINT)) as number;
  const list = (await page.evaluate(FROM_SIGN_IN_TO_ROWS)) as number;
  await context.close();
  return { page: shown, list };
}

function rowOf(name: string, looks: Look[]): string[] {
  const both = looks.map(({ page, list }) => page + list);
  const median = (of: number[]): string => percentile(of, 0.5).toFixed(0);
  return [name, median(looks.map(({ page }) => page)), median(looks.map(({ list }) => list)), median(both), Math.max(...both).toFixed(0)];
}
