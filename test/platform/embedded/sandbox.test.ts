import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../../src/platform/embedded/ports.js';
import { type RunningSandbox, startSandboxProcess } from '../../../src/platform/embedded/sandbox.js';
import { otherProcess } from './other-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

const started: RunningSandbox[] = [];
afterEach(() => Promise.all(started.splice(0).map((sandbox) => sandbox.stop())));
afterAll(removeTemporaryFolders);

const WEBHOOKS = { webhookUrl: 'http://127.0.0.1:9/v1/webhooks/stripe', webhookSecret: 'whsec_of_the_test' };

async function needs(dataDir?: string) {
  return { dataDir: dataDir ?? (await temporaryFolder()), port: await freePort(), ...WEBHOOKS };
}

async function start(options: Parameters<typeof startSandboxProcess>[0]): Promise<RunningSandbox> {
  const sandbox = await startSandboxProcess(options);
  started.push(sandbox);
  return sandbox;
}

async function charge(url: string): Promise<number> {
  const form = { amount: '1900', currency: 'usd', confirm: 'true', payment_method: 'pm_card_visa', 'payment_method_types[0]': 'card' };
  const headers = { authorization: 'Bearer sk_test_sandbox' };
  return (await fetch(`${url}/v1/payment_intents`, { method: 'POST', body: new URLSearchParams(form), headers })).status;
}

async function charges(url: string): Promise<number> {
  const { data } = (await (await fetch(`${url}/sandbox/charges`)).json()) as { data: unknown[] };
  return data.length;
}

const answers = (url: string) =>
  fetch(`${url}/sandbox/health`).then(
    ({ ok }) => ok,
    () => false,
  );

describe('the sandbox process', () => {
  test('listens on the port asked for, charges, and still knows it after a restart', async () => {
    const options = await needs();
    const first = await start(options);
    expect(first).toMatchObject({ url: `http://127.0.0.1:${options.port}`, adopted: false });
    expect(await charge(first.url)).toBe(200);
    await first.stop();
    expect(await answers(first.url)).toBe(false);
    const second = await start(options);
    expect(await charges(second.url)).toBe(1);
    expect(await readFile(join(options.dataDir, 'sandbox-charges.jsonl'), 'utf8')).toContain('1900');
  });

  test('takes another port when somebody listens on the one asked for', async () => {
    const stranger = createServer((_, response) => void response.end()).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    const { url } = await start({ ...(await needs()), port });
    stranger.close();
    expect(url).not.toBe(`http://127.0.0.1:${port}`);
    expect(await answers(url)).toBe(true);
  });

  test('is given nothing of our environment but what it needs', async () => {
    const { pid } = await start(await needs());
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter(Boolean);
    const names = environment.map((entry) => entry.slice(0, entry.indexOf('='))).sort();
    expect(names).toEqual(['PATH', 'SANDBOX_DATA_FILE', 'SANDBOX_HOST', 'SANDBOX_PORT', 'SANDBOX_WEBHOOK_SECRET', 'SANDBOX_WEBHOOK_URL']);
  });
});

describe('the sandbox process that several processes use', () => {
  test('is adopted when its parent was killed, with its charges, and ends with its adopter', async () => {
    const options = await needs();
    const killed = await otherProcess('sandbox', options);
    await charge(String(killed.answer['url']));
    await killed.kill();
    const adopter = await start(options);
    expect(adopter).toMatchObject({ adopted: true, pid: killed.answer['pid'] });
    expect(await charges(adopter.url)).toBe(1);
    await adopter.stop();
    expect(await answers(adopter.url)).toBe(false);
  });

  test('is replaced when its parent was killed and it would send its webhooks elsewhere, and its charges stay', async () => {
    const options = await needs();
    const killed = await otherProcess('sandbox', { ...options, webhookUrl: 'http://127.0.0.1:10/elsewhere' });
    await charge(String(killed.answer['url']));
    await killed.kill();
    const successor = await start(options);
    expect(successor.adopted).toBe(false);
    expect(successor.pid).not.toBe(killed.answer['pid']);
    expect(await charges(successor.url)).toBe(1);
  });

  test('goes on until the last living one lets go', async () => {
    const options = await needs();
    const first = await otherProcess('sandbox', options);
    const second = await start({ ...options, webhookUrl: 'http://127.0.0.1:10/of-another-port' });
    expect(second.url).toBe(first.answer['url']);
    await first.finish();
    expect(await answers(second.url)).toBe(true);
    await second.stop();
    expect(await answers(second.url)).toBe(false);
  });
});
