import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbedded } from '../../../src/platform/embedded/embedded.js';
import { freePort } from '../../../src/platform/embedded/ports.js';
import { runningPostgresUrl } from '../../../src/platform/embedded/postgres.js';
import { sql } from './sql.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterAll(removeTemporaryFolders);

const WEBHOOKS = { webhookUrl: 'http://127.0.0.1:9/v1/webhooks/stripe', webhookSecret: 'whsec_of_the_test' };

describe('what the configuration lacks', () => {
  test('is started together, told in plain sentences, and stopped together', async () => {
    const dataDir = await temporaryFolder();
    const port = await freePort();
    const embedded = await startEmbedded({ dataDir, postgres: true, redis: true, sandbox: { port, ...WEBHOOKS } });
    expect(embedded.sentences).toEqual([
      `Postgres 18.4 (embedded), data in ${join(dataDir, 'postgres')}`,
      expect.stringMatching(/^Redis \(private\) on 127\.0\.0\.1:\d+$/),
      `Sandbox gateway on http://127.0.0.1:${port}`,
    ]);
    expect(await sql(String(embedded.postgresUrl), 'select 1')).toEqual([1]);
    await Promise.all([embedded.stop(), embedded.stop()]);
    expect(await runningPostgresUrl(dataDir)).toBeNull();
    await expect(fetch(`${embedded.sandboxUrl}/sandbox/health`)).rejects.toThrow();
  });

  test('is all that is started', async () => {
    const embedded = await startEmbedded({ dataDir: await temporaryFolder(), postgres: false, redis: false, sandbox: null });
    expect(embedded).toMatchObject({ postgresUrl: null, redisUrl: null, sandboxUrl: null, sentences: [] });
    await embedded.stop();
  });

  test('is stopped again when one of it does not start, and the reason of that one is told', async () => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'sandbox-charges.jsonl'));
    const sandbox = { port: await freePort(), ...WEBHOOKS };
    const failed = startEmbedded({ dataDir, postgres: true, redis: true, sandbox });
    await expect(failed).rejects.toThrow(/^The sandbox gateway ended while it started: /);
    expect(await runningPostgresUrl(dataDir)).toBeNull();
    expect(await readFile(join(dataDir, 'logs', 'postgres.log'), 'utf8')).toContain('database system is shut down');
    await expect(readFile(join(dataDir, 'run', 'redis', 'server.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
