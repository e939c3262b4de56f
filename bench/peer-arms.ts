import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Arm, Course } from './arms.js';
import type { House } from './house.js';
import { LEAN_TABLES } from './lean-sql.js';
import { openProgramArm } from './program-arm.js';

const FOLDER = fileURLToPath(new URL('./peers/', import.meta.url));
const INSTALL_TIMEOUT_MS = 300_000;

/** What others offer for the same: each does the same unit of work, as its own documentation does it. */
export async function openPeerArms(house: House, course: Course): Promise<Arm[]> {
  await installPeers();
  await house.database.query('create database dbos_system');
  const systemUrl = new URL(house.databaseUrl);
  systemUrl.pathname = '/dbos_system';
  const programs = [
    { name: 'naive' },
    { name: 'node-idempotency', tables: LEAN_TABLES },
    { name: 'dbos', tables: LEAN_TABLES, env: { SYSTEM_DATABASE_URL: systemUrl.href } },
    { name: 'restate', tables: LEAN_TABLES, env: { RESTATE_LOGGING: 'ERROR' } },
  ];
  const arms: Arm[] = [];
  for (const program of programs) arms.push(await openProgramArm(house, course, { ...program, file: `./peers/${program.name}.ts` }));
  return arms;
}

/** Only what is missing or not what the lock says. Rejects with a sentence where the registry cannot be reached. */
async function installPeers(): Promise<void> {
  if (await isInstalled()) return;
  process.stderr.write('installing the peers: npm ci --prefix bench/peers\n');
  await promisify(execFile)('npm', ['ci'], { cwd: FOLDER, timeout: INSTALL_TIMEOUT_MS }).catch((error: { stderr?: string }) => {
    throw new Error(`The peers could not be installed (npm ci --prefix bench/peers); is a package registry reachable?\n${error.stderr}`);
  });
}

async function isInstalled(): Promise<boolean> {
  const [wanted, there] = await Promise.all(['package-lock.json', 'node_modules/.package-lock.json'].map(versions));
  if (!wanted || !there) return false;
  // Programs of other systems are in the lock and not here.
  return Object.entries(there).every(([path, version]) => wanted[path] === version) && Object.keys(there).length > 0;
}

async function versions(file: string): Promise<Record<string, string> | null> {
  const text = await readFile(`${FOLDER}${file}`, 'utf8').catch(() => null);
  if (text === null) return null;
  const { packages } = JSON.parse(text) as { packages: Record<string, { version: string; optional?: boolean }> };
  return Object.fromEntries(Object.entries(packages).map(([path, { version }]) => [path, version]));
}
