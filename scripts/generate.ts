import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import type { DataSource as Database } from 'typeorm';
import { MOVES, STATES, STATUSES } from '../src/operations/states.js';
import { problemsMarkdown } from '../src/platform/problems/pages.js';
import * as guards from '../test/guards/all.js';
import { guardsMarkdown } from '../test/guards/page.js';
import { printSchema } from './print-schema.js';

/**
 * Prints what is printed from code: the OpenAPI document from the routes, the schema from the migrations, the tables from the data they
 * stand for. The service is started from its build, because only the compiler writes down what Nest injects.
 */
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const { readConfig } = await built('platform/config.js');
const { startService } = await built('service.js');
const { openApiOf } = await built('api/openapi.js');
const { createLogger } = await built('platform/telemetry/logger.js');
const { freePort } = await built('platform/embedded/ports.js');
const { DataSource } = await import('typeorm');

const dataDir = await mkdtemp(join(tmpdir(), 'counterfoil-generate-'));
const config = readConfig({
  DATA_DIR: dataDir,
  PORT: String(await freePort()),
  PUBLIC_URL: 'http://localhost:3000',
  STRIPE_API_BASE: 'http://127.0.0.1:9',
  STRIPE_WEBHOOK_SECRET: 'whsec_generate',
  ROLES: 'api',
});
const service = await startService(config, createLogger('silent'));
try {
  const document = JSON.stringify(openApiOf(service.app));
  await write('openapi.json', document);
  await write(
    'web/service/openapi.ts',
    `/* Printed from openapi.json by \`npm run generate\`. */\n${astToString(await openapiTypescript(document))}`,
  );
  await writeFile('schema.sql', await printSchema(service.app.get(DataSource) as Database));
  await write('docs/problems.md', problemsMarkdown());
  await write('docs/states.md', statesMarkdown());
  await write('docs/guards.md', guardsMarkdown(guards));
} finally {
  await service.stop();
  await rm(dataDir, { recursive: true, force: true });
}
process.exit(0);

// oxlint-disable-next-line typescript/no-explicit-any -- the build has no types of its own
function built(path: string): Promise<any> {
  return import(new URL(`../dist/${path}`, import.meta.url).href);
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

function statesMarkdown(): string {
  const rows = STATUSES.map((status) => `| \`${status}\` | ${STATES[status].open ? 'yes' : 'no'} | \`${STATES[status].charged}\` |`);
  const moves = MOVES.filter(([from, to]) => from !== to).map(([from, to]) => `  ${from} --> ${to}`);
  const ends = STATUSES.filter((status) => !STATES[status].open).map((status) => `  ${status} --> [*]`);
  return [
    '# States of an operation',
    '',
    'Printed from `src/operations/states.ts` by `npm run generate`. The guard in the settle statement, the database and the diagram are the same table.',
    '',
    '| Status | Open | `charged` |',
    '| --- | --- | --- |',
    ...rows,
    '',
    'An operation of amount zero is `charged: no` in every state.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> pending',
    ...moves,
    ...ends,
    '```',
    '',
  ].join('\n');
}
