import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Prints everything that is printed from code again, in place, and fails when a file came out different. It looks at every file
 * and not at a list of them, so that a new generated file is watched from its first day.
 */
const before = fingerprints();
const { status } = spawnSync('npm', ['run', '--silent', 'generate'], { stdio: 'inherit' });
if (status !== 0) fail('npm run generate failed');

const after = fingerprints();
const stale = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
if (stale.length > 0) fail(['These files were stale and are printed anew; look at the difference and commit it:', ...stale].join('\n  '));

/** Path → SHA-256 of every file that is in git or could be. */
function fingerprints(): Map<string, string> {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  const paths = listing.split('\0').filter((path) => path !== '' && existsSync(path));
  return new Map(paths.map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]));
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}
