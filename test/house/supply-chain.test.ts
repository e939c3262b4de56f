import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** A file that is longer has two subjects. A test may have longer tables. */
const MAX_LINES = { src: 220, bin: 220, scripts: 220, test: 350, bench: 220, web: 220 };
/** Printed by a generator, and as long as what it is printed from. */
const PRINTED = ['web/service/openapi.ts'];
const ROOMS = ['api', 'cli', 'credits', 'events', 'gateways', 'invoices', 'leases', 'operations', 'platform', 'sandbox', 'subscriptions'];
/** Folders with such names have no subject, so everything ends up in them. */
const NO_NAMES = /(^|\/)(commons?|shared|utils?|helpers?)(\/|\.)/;

/** Secrets that are worth something to whoever finds them. Stripe's test keys and demonstrations' secrets are none. */
const SECRETS: Record<string, RegExp> = {
  'a live key of Stripe': /\b[rs]k_live_[0-9A-Za-z]{16,}/,
  'a private key': /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40,}/,
  'a key of AWS': /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  'a token of GitHub': /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})/,
  'a token of npm': /\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=\s*[^\s$]/,
  'a token of Slack': /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  'a key of Google': /\bAIza[0-9A-Za-z_-]{35}\b/,
};

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { lockfileVersion: number; packages: Record<string, LockedPackage> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>> & {
  allowScripts: Record<string, boolean>;
};
const tracked = trackedFiles();
const sources = tracked.filter((path) => path.startsWith('src/') && extname(path) === '.ts');

describe('what comes from others', () => {
  test('is what was locked: every package bears its SHA-512', () => {
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
  });

  test('comes from the registry alone, whichever mirror of it is in use', () => {
    expect(packages.filter(([, { link, resolved }]) => link || resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  test('is of one named version, so that an update is a change somebody looked at', () => {
    const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'].map((group) => manifest[group] ?? {});
    const named = groups.flatMap((group) => Object.entries(group)).filter(([, version]) => typeof version === 'string');
    expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test('runs no script while it is installed, and every package that would like to is refused by name', () => {
    const eager = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(Object.fromEntries(eager.map((name) => [name, manifest.allowScripts[name]]))).toEqual(
      Object.fromEntries(eager.map((name) => [name, false])),
    );
    expect(Object.values(manifest.allowScripts)).not.toContain(true);
  });
});

describe('what is ours', () => {
  test('holds no secret that is worth something', () => {
    const found = tracked.flatMap((path) => secretsIn(readFileSync(path, 'utf8')).map((what) => `${path}: ${what}`));
    expect(found).toEqual([]);
  });

  test('would be told if it did', () => {
    // Put together here, so that this file holds none either.
    const planted = {
      'a live key of Stripe': `key = "${['sk', 'live', 'A1b2C3d4E5f6G7h8'].join('_')}"`,
      'a private key': `-----BEGIN ${''}PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(2)}`,
      'a key of AWS': `${'AKIA'}${'ABCDEFGHIJKLMNOP'}`,
      'a token of GitHub': `${'ghp'}_${'a1'.repeat(18)}`,
      'a token of npm': `//registry/:_auth${'Token'}=abc`,
      'a token of Slack': `${'xoxb'}-1234567890-abc`,
      'a key of Google': `${'AIza'}${'a'.repeat(35)}`,
    };
    expect(Object.entries(planted).map(([what, text]) => [what, secretsIn(text)])).toEqual(
      Object.keys(SECRETS).map((what) => [what, [what]]),
    );
  });

  test('makes no code out of text and speaks to no shell', () => {
    const forbidden = /\beval\(|\bnew Function\(|\bexecSync\(|\bexec\(|\bshell: *true|from '(?:node:)?vm'|\bsetTimeout\(['"`]/;
    expect(linesMatching(sources, forbidden, /\.exec\(/)).toEqual([]);
  });

  test('starts other programs in one place: the services that it brings with it', () => {
    const starters = sources.filter((path) => /from '(?:node:)?child_process'/.test(readFileSync(path, 'utf8')));
    expect(starters.filter((path) => !path.startsWith('src/platform/embedded/'))).toEqual([]);
  });

  test('has the rooms of ARCHITECTURE.md and no others', () => {
    const rooms = readdirSync('src').filter((name) => statSync(`src/${name}`).isDirectory());
    expect(rooms.filter((room) => !ROOMS.includes(room))).toEqual([]);
    expect(tracked.filter((path) => path === 'ARCHITECTURE.md')).toEqual(['ARCHITECTURE.md']);
    const picture = readFileSync('ARCHITECTURE.md', 'utf8');
    expect(rooms.filter((room) => !picture.includes(`${room}/`))).toEqual([]);
  });

  test('has a subject in every name', () => {
    expect(tracked.filter((path) => /^(src|test|scripts|web|bench)\//.test(path) && NO_NAMES.test(path))).toEqual([]);
  });

  test.each(Object.entries(MAX_LINES))('has no file in %s of more than %i lines', (folder, max) => {
    const code = tracked.filter(
      (path) => path.startsWith(`${folder}/`) && /\.(ts|tsx|js|mjs|cjs|css)$/.test(path) && !PRINTED.includes(path),
    );
    const lengths = code.map((path) => ({ path, lines: readFileSync(path, 'utf8').split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > max)).toEqual([]);
  });
});

/** Tracked by git, or new and not ignored: what the next commit would hold. Files that are not text are left out. */
function trackedFiles(): string[] {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const binary = new Set(['.png', '.jpg', '.ico', '.woff2', '.gz']);
  return listing
    .split('\0')
    .filter((path) => path !== '' && !binary.has(extname(path)) && statSync(path, { throwIfNoEntry: false })?.isFile());
}

function secretsIn(text: string): string[] {
  return Object.entries(SECRETS)
    .filter(([, pattern]) => pattern.test(text))
    .map(([what]) => what);
}

function linesMatching(paths: string[], pattern: RegExp, except?: RegExp): string[] {
  return paths.flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
      .filter(({ line }) => pattern.test(line) && !except?.test(line))
      .map(({ line, place }) => `${place} ${line.trim()}`),
  );
}
