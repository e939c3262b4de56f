import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfig } from '../../src/platform/config.js';
import { VARIABLES } from '../../src/platform/config-variables.js';
import { readEnvironment } from '../../src/sandbox/environment.js';

interface ComposeService {
  image?: string;
  build?: string;
  user?: string;
  init?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  privileged?: boolean;
  security_opt?: string[];
  pids_limit?: number;
  mem_limit?: string;
  ports?: string[];
  volumes?: string[];
  command?: string[];
  environment?: Record<string, string>;
  stop_grace_period?: string;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }));
const instructions = instructionsOf(readFileSync('Dockerfile', 'utf8'));
const lastStage = instructions.slice(instructions.findLastIndex(({ word }) => word === 'FROM'));
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

describe('the image', () => {
  test('is slim, of a named version, and nothing of the builder but what runs comes along', () => {
    for (const { text } of instructions.filter(({ word }) => word === 'FROM')) expect(text).toMatch(/^node:\d+[\w.]*-\w+-slim( AS \w+)?$/);
    expect(argumentsOf('COPY').filter((text) => text.startsWith('--from=build'))).toEqual([
      '--from=build /app/node_modules node_modules',
      '--from=build /app/dist dist',
    ]);
  });

  test('is built from the lock file, without the scripts of dependencies, and goes without development dependencies', () => {
    const runs = instructions.filter(({ word }) => word === 'RUN').map(({ text }) => text);
    for (const text of runs.filter((each) => /npm (ci|install|prune)/.test(each))) expect(text).toContain('--ignore-scripts');
    expect(runs.join('\n')).toMatch(/npm ci /);
    expect(runs.join('\n')).toMatch(/npm prune .*--omit=dev/);
    expect(runs.join('\n')).not.toMatch(/npm (install|i|exec)\b|npx|curl|wget/);
    for (const [, script] of runs.join('\n').matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
  });

  test('runs as a user without rights, who owns nothing of the program', () => {
    expect(argumentsOf('USER')).toEqual(['node']);
    for (const text of argumentsOf('COPY')) expect(text).not.toContain('--chown');
    const user = lastStage.findIndex(({ word }) => word === 'USER');
    expect(lastStage.slice(user).map(({ word }) => word)).not.toContain('RUN');
  });

  test('starts node itself, so that SIGTERM arrives', () => {
    expect(argumentsOf('CMD')).toEqual(['["node", "dist/main.js"]']);
    expect(argumentsOf('ENTRYPOINT')).toEqual([]);
    expect(argumentsOf('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  test('is healthy when it lives, not when its neighbours do', async () => {
    const [text = ''] = argumentsOf('HEALTHCHECK');
    expect(await judged(JSON.parse(text.slice(text.indexOf('['))) as string[], '/livez')).toEqual({ well: 0, ill: 1, gone: 1 });
  });

  test('holds no secret', () => {
    for (const { word, text } of instructions.filter((each) => ['ENV', 'ARG'].includes(each.word))) {
      expect(`${word} ${text}`).not.toMatch(/SECRET|PASSWORD|TOKEN|_KEY|DATABASE_URL/);
    }
  });

  test('takes from the folder only what it names, and all of that is there', () => {
    const lines = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    const letIn = lines.slice(1).map((line) => line.replace(/^!/, ''));
    const copied = instructions
      .filter(({ word, text }) => word === 'COPY' && !text.startsWith('--from'))
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
    expect([...new Set(copied)].sort()).toEqual([...letIn].sort());
    for (const path of copied) expect({ path, exists: existsSync(path) }).toEqual({ path, exists: true });
  });
});

describe('docker compose up', () => {
  test.each(services)('$name may write nowhere, gain nothing and take no more than its share', ({ service }) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.mem_limit).toMatch(/^\d+m$/);
    expect(service.cap_add ?? []).toEqual([]);
    expect(service.privileged ?? false).toBe(false);
  });

  test.each(services.filter(({ service }) => service.build === undefined))(
    '$name is of a named version and not run by root',
    ({ service }) => {
      expect(service.image).toMatch(/^\w+:\d+/);
      expect(service.user).toMatch(/^(postgres|redis)$/);
    },
  );

  test.each(services.filter(({ service }) => service.build !== undefined))(
    '$name starts a program that is built from this folder',
    ({ service }) => {
      const [program, path = 'dist/main.js'] = service.command ?? ['node', 'dist/main.js'];
      expect(program).toBe('node');
      const source = path.replace(/^dist\/(.+)\.js$/, 'src/$1.ts');
      expect({ source, exists: existsSync(source) }).toEqual({ source, exists: true });
      expect(service.init).toBe(true);
    },
  );

  test('every process that stays is asked whether it is well, and the service in the way of its image', () => {
    const asked = services.filter(({ service }) => service.healthcheck?.test?.[0] === 'CMD').map(({ name }) => name);
    expect(asked).toEqual(['sandbox', 'db', 'redis']);
    expect(compose.services['counterfoil']?.healthcheck).toBeUndefined();
  });

  test('the sandbox is well when it says so', async () => {
    const command = compose.services['sandbox']?.healthcheck?.test?.slice(1) ?? [];
    const anyPort = command.map((part) => part.replace('4010/', "' + process.env.PORT + '/"));
    expect(await judged(anyPort, '/sandbox/health')).toEqual({ well: 0, ill: 1, gone: 1 });
  });

  test('the service waits for its stores, the sandbox and a finished migration', () => {
    expect(compose.services['counterfoil']?.depends_on).toEqual({
      db: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      sandbox: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
    expect(compose.services['migrate']).toMatchObject({ command: ['node', 'dist/cli.js', 'migrate'], restart: 'no' });
  });

  test('only this machine reaches what is published, and neither store is', () => {
    const published = services.flatMap(({ name, service }) => (service.ports ?? []).map((port) => ({ name, port })));
    expect(published.map(({ name }) => name)).toEqual(['counterfoil', 'sandbox']);
    for (const { port } of published) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('nothing has to be set, and what looks like a secret says that it is none', () => {
    const variables = [...readFileSync('docker-compose.yml', 'utf8').matchAll(/\$\{(\w+)(:-[^}]*)?/g)];
    for (const [text, name = ''] of variables) {
      expect(text).toMatch(/SECRET|PASSWORD|KEY/.test(name) ? /:-.*demo.only.not.a.secret/ : /:-./);
    }
    for (const { service } of services) expect(Object.keys(service.environment ?? {})).not.toContain('STRIPE_API_KEY');
  });

  test('the sandbox and the service agree on where they are and on the secret between them', () => {
    const service = compose.services['counterfoil']?.environment ?? {};
    const sandbox = compose.services['sandbox']?.environment ?? {};
    expect(service['GATEWAY']).toBe('sandbox');
    expect(service['NODE_ENV']).not.toBe('production');
    expect(service['STRIPE_API_BASE']).toBe(`http://sandbox:${sandbox['SANDBOX_PORT']}`);
    expect(sandbox['SANDBOX_WEBHOOK_SECRET']).toBe(service['STRIPE_WEBHOOK_SECRET']);
    expect(sandbox['SANDBOX_HOST']).toBe('0.0.0.0');
  });

  test('every variable is one that its program knows and accepts, with nothing set', () => {
    const service = withNothingSet(compose.services['counterfoil']?.environment ?? {});
    const config = readConfig({ ...imageEnvironment(), ...service });
    expect(config).toMatchObject({ host: '0.0.0.0', port: 3000, gateway: 'sandbox', migrate: 'check', publicUrl: 'http://localhost:3000' });
    expect(Object.keys(service).filter((name) => !(name in VARIABLES) && name !== 'NODE_ENV')).toEqual([]);
    expect(readEnvironment(withNothingSet(compose.services['sandbox']?.environment ?? {}))).toMatchObject({ port: 4010 });
  });

  test('a process gets longer to stop than it takes', () => {
    const seconds = Number.parseInt(compose.services['counterfoil']?.stop_grace_period ?? '0', 10);
    expect(seconds * 1_000).toBeGreaterThan(readConfig({}).shutdownGraceMs);
  });

  test('what must be kept is kept in volumes that are declared', () => {
    const used = services.flatMap(({ service }) => (service.volumes ?? []).map((volume) => volume.replace(/:.*/, '')));
    expect(used.sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});

/** Instructions with their continuation lines joined and comments left out. */
function instructionsOf(text: string): { word: string; text: string }[] {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  return lines
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(' ')[0] ?? '', text: line.slice(line.indexOf(' ') + 1).trim() }));
}

/** Values as compose fills them in where no variable is set: every `${NAME:-default}` is its default, from the inside out. */
function withNothingSet(environment: Record<string, string>): Record<string, string> {
  const filled = (text: string): string => {
    const next = text.replace(/\$\{\w+:-([^${}]*)\}/g, '$1');
    return next === text ? text : filled(next);
  };
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, filled(text)]));
}

function imageEnvironment(): Record<string, string> {
  return Object.fromEntries(
    argumentsOf('ENV').flatMap((text) => [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value])),
  );
}

/** How a health check's command ends when that path answers 200, when it answers 503, and when nobody listens. */
async function judged([, ...args]: string[], path: string): Promise<{ well: number | null; ill: number | null; gone: number | null }> {
  let status = 200;
  const server = createServer((request, response) => response.writeHead(request.url === path ? status : 404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const check = async () => {
    const child = spawn(process.execPath, args, { env: { ...process.env, PORT: String(port) }, stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  const well = await check();
  status = 503;
  const ill = await check();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { well, ill, gone: await check() };
}

/** What the last stage, which is the image, says to a word. */
function argumentsOf(word: string): string[] {
  return lastStage.filter((each) => each.word === word).map(({ text }) => text);
}
