import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { chargeForm, type Started, startSandbox } from './start.js';

const PATH = '/v1/payment_intents';

let folder: string;
let file: string;
let sandbox: Started | null;
const start = async (): Promise<Started> => (sandbox = await startSandbox({ dataFile: file }));
const stop = async (): Promise<void> => {
  await sandbox?.close();
  sandbox = null;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  file = join(folder, 'deep', 'charges.jsonl');
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

test('everything that was made is as it was after a restart', async () => {
  const { stripe, post } = await start();
  const customer = await stripe.customers.create({ name: 'Ada' });
  await post(PATH, chargeForm('pm_card_visa', { customer: customer.id }));
  const open = await stripe.paymentIntents.create({ amount: 500, currency: 'eur', description: 'ünïcode "quoted"\n' });
  await stripe.paymentIntents.cancel(open.id);
  const paid = (await stripe.paymentIntents.list({ customer: customer.id })).data[0];
  await stripe.refunds.create({ payment_intent: paid?.id ?? '', amount: 100 });
  const before = [await stripe.paymentIntents.list(), await stripe.refunds.list(), await sandbox?.charges()];
  await stop();
  const again = await start();
  const after = [await again.stripe.paymentIntents.list(), await again.stripe.refunds.list(), await again.charges()];
  expect(JSON.parse(JSON.stringify(after))).toEqual(JSON.parse(JSON.stringify(before)));
  expect((await again.post(PATH, chargeForm('pm_card_visa', { customer: customer.id }))).status).toBe(200);
});

test('a kept card is kept after a restart, and behaves as it was told to', async () => {
  const { stripe, control } = await start();
  const customer = await stripe.customers.create();
  const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  await control('POST', `/sandbox/cards/${id}`, { behaves: 'pm_card_chargeDeclined' });
  const before = await control('GET', '/sandbox/customers');
  await stop();
  const again = await start();
  expect(await again.control('GET', '/sandbox/customers')).toEqual(before);
  const later = chargeForm(id, { customer: customer.id, off_session: 'true' });
  expect((await again.post(PATH, later)).status).toBe(402);
});

test('a file of a time when charges had no cards is read', async () => {
  const { post } = await start();
  await post(PATH, chargeForm());
  const made = await sandbox?.charges();
  await stop();
  const [line] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const changes = (JSON.parse(line ?? '') as { intent?: object; card?: object }[]).filter((change) => change.card === undefined);
  const old = changes.map((change) => (change.intent ? { intent: { ...change.intent, paymentMethod: 'pm_card_visa' } } : change));
  await writeFile(file, `${JSON.stringify(old)}\n`);
  const again = await start();
  expect(await again.charges()).toEqual(made?.map((row) => ({ ...row, paymentMethod: 'pm_card_visa' })));
});

test('a last line that a crash tore is passed over, and the next line does not continue it', async () => {
  const { post } = await start();
  await post(PATH, chargeForm());
  await post(PATH, chargeForm('pm_card_visa', { 'metadata[reference]': 'ref-2' }));
  await stop();
  const whole = await readFile(file);
  await truncate(file, whole.length - 20);
  const second = await start();
  expect((await second.charges()).map(({ reference }) => reference)).toEqual(['ref-1']);
  await second.post(PATH, chargeForm('pm_card_visa', { 'metadata[reference]': 'ref-3' }));
  await stop();
  const third = await start();
  expect((await third.charges()).map(({ reference }) => reference)).toEqual(['ref-1', 'ref-3']);
});

test('a last line that lacks nothing but its end was never answered, and is torn too', async () => {
  const { post } = await start();
  await post(PATH, chargeForm());
  await stop();
  await truncate(file, (await readFile(file)).length - 1);
  expect(await (await start()).charges()).toEqual([]);
});

test('a damaged line before the last is said by number, and the file is left alone', async () => {
  await (await start()).post(PATH, chargeForm());
  await stop();
  await writeFile(file, `{broken\n${await readFile(file, 'utf8')}torn`);
  const before = await readFile(file, 'utf8');
  expect(() => createSandbox({ dataFile: file })).toThrow(/line 1 of .* is damaged/);
  expect(await readFile(file, 'utf8')).toBe(before);
});

test('an emptied sandbox is empty after a restart too', async () => {
  const { post, control } = await start();
  await post(PATH, chargeForm());
  await control('DELETE', '/sandbox');
  await post(PATH, chargeForm('pm_card_visa', { 'metadata[reference]': 'ref-2' }));
  await stop();
  expect((await (await start()).charges()).map(({ reference }) => reference)).toEqual(['ref-2']);
});

test('a charge, its card and its key are one line, so that a crash keeps both or neither', async () => {
  const { post } = await start();
  await post(PATH, chargeForm(), { 'Idempotency-Key': 'key-0001' });
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as object[]).flatMap((change) => Object.keys(change)))).toEqual([['intent', 'card', 'key']]);
});

test('without a file it remembers nothing', async () => {
  sandbox = await startSandbox();
  expect((await sandbox.post(PATH, chargeForm())).status).toBe(200);
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});
