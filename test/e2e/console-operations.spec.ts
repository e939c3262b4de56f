import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { newId, toPublicId } from '../../src/platform/ids.js';
import { asAdmin, expectAccessible, NOBODY_RECOVERS, press, pressAndLoseTheAnswer, signIn } from './console-desk.js';
import { expect, test } from './shop.js';

/** So that the first screen is there in a second on a slow line. */
const MAX_FIRST_SCREEN_BYTES = 250_000;

test.use({ env: NOBODY_RECOVERS });

test('what the list is filtered by is in the address: it survives a reload, and the back button takes it back', async ({ page, shop }) => {
  const failed = await press(shop, 'pm_card_chargeDeclined');
  const { id } = await press(shop, 'pm_card_visa');
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await page
    .getByRole('group', { name: 'Status' })
    .getByRole('button', { name: /failed/ })
    .click();
  await page.getByLabel('Kind').selectOption('subscribe');
  await expect(page).toHaveURL(/\?status=failed&kind=subscribe$/);
  await expect(page.getByLabel(`Choose ${id}`)).toHaveCount(0);

  await page.reload();
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByLabel(`Choose ${failed.id}`)).toBeVisible();
  await expect(page.getByLabel(`Choose ${id}`)).toHaveCount(0);
  await expect(page.getByLabel('Kind')).toHaveValue('subscribe');

  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel(`Choose ${id}`)).toHaveCount(0);
  await page.goForward();
  await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
});

test('an operation is found by any id that is pasted, and by none that is not there', async ({ page, shop }) => {
  const { id, userId, reference } = await press(shop, 'pm_card_visa');
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  const charge = (await shop.charges()).find(({ user }) => user === userId);
  for (const text of [id, userId, reference, charge?.id ?? '']) {
    await page.getByLabel('Find by any id').fill(text);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`${shop.url}/console/?q=${text}`);
    await expect(page.getByRole('checkbox', { name: 'Choose op_' })).toHaveCount(1);
    await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
  }
  await page.getByLabel('Find by any id').fill('pi_nobody_knows');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No operation is like that.')).toBeVisible();
});

test('an operation is found by the id of a request, and one that left nothing behind is said to be not found', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_visa');
  const { body } = await asAdmin(shop, 'GET', `admin/operations/${id}`);
  const [recorded] = (body as { timeline: { data: { requestId: string } }[] }).timeline;
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await page.getByLabel('Find by any id').fill(recorded?.data.requestId ?? '');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('checkbox', { name: 'Choose op_' })).toHaveCount(1);
  await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
  await page.getByLabel('Find by any id').fill(toPublicId('req', newId()));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Not found. A request is known by what it left behind')).toBeVisible();
});

test('a row that is pointed at stays where it is; what is new waits until it is asked for', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_visa');
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  const row = page.getByRole('row').filter({ has: page.getByLabel(`Choose ${id}`) });
  await row.hover();
  const before = await row.boundingBox();
  const later = await press(shop, 'pm_card_visa');
  await expect(page.getByRole('button', { name: 'Show 1 new' })).toBeVisible();
  expect(await row.boundingBox()).toEqual(before);
  await expect(page.getByLabel(`Choose ${later.id}`)).toHaveCount(0);
  await page.getByRole('button', { name: 'Show 1 new' }).click();
  await expect(page.getByLabel(`Choose ${later.id}`)).toBeVisible();
  expect((await row.boundingBox())?.y).toBeGreaterThan(before?.y ?? 0);
});

test('while the list is paused, nothing moves', async ({ page, shop }) => {
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await page.getByLabel('Live').click();
  let asked = 0;
  page.on('request', (request) => (asked += request.url().includes('/v1/admin/operations') ? 1 : 0));
  const { id } = await press(shop, 'pm_card_visa');
  // Longer than the list waits between two looks while it is live.
  await page.waitForTimeout(4_000);
  expect(asked).toBe(0);
  await page.getByLabel('Live').click();
  await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
});

test('several are recovered at once by the keyboard, each is settled for itself, and the audit says who and why', async ({
  page,
  shop,
}) => {
  const lost = [await pressAndLoseTheAnswer(shop), await pressAndLoseTheAnswer(shop)];
  await page.goto(`${shop.url}/console?status=unknown`);
  await signIn(page, shop, 'grace', 'operator');
  for (const { id } of lost) {
    await page.getByLabel(`Choose ${id}`).focus();
    await page.keyboard.press('Space');
  }
  const recover = page.getByRole('button', { name: /^Recover \d+$/ });
  await recover.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('$38');
  await page.getByLabel('Reason, for the audit').focus();
  await page.keyboard.type('answers were lost');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Every one was asked about')).toBeVisible();
  for (const { id, userId } of lost) {
    const headers = { authorization: `Bearer ${await shop.token('desk', 'viewer')}` };
    const found = (await (await fetch(`${shop.url}/v1/admin/operations/${id}`, { headers })).json()) as Record<string, unknown>;
    expect(found).toMatchObject({
      status: 'succeeded',
      audit: [{ actor: 'grace', action: 'operation.recover', reason: 'answers were lost' }],
    });
    expect((await shop.charges()).filter(({ user, status }) => user === userId && status === 'succeeded')).toHaveLength(1);
  }
});

test('all that the filter leaves is exported, amounts in minor units, and no name is a formula', async ({ page, shop }) => {
  const { id, userId } = await press(shop, 'pm_card_visa', 'pro', '=1+2');
  await page.goto(`${shop.url}/console?q=${encodeURIComponent(userId)}`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`${id},succeeded,subscribe,yes,'${userId},,pro,1900,USD,stripe,pi_`);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the list is accessible in the ${colorScheme} theme, chosen rows and an empty list too`, async ({ page, shop }) => {
    await press(shop, 'pm_card_visa');
    await press(shop, 'pm_card_chargeDeclined', 'basic');
    await press(shop, 'pm_card_authenticationRequired', 'studio-a');
    await pressAndLoseTheAnswer(shop);
    await page.emulateMedia({ colorScheme });
    await page.goto(`${shop.url}/console`);
    await signIn(page, shop, 'admin_1', 'admin');
    await expect(page.getByRole('checkbox').first()).toBeVisible();
    await expectAccessible(page);
    await page.getByLabel('Choose all open operations of this page').check();
    await page.getByRole('button', { name: /^Recover \d+$/ }).click();
    await expectAccessible(page);
    await page.goto(`${shop.url}/console?q=nobody`);
    await signIn(page, shop, 'admin_1', 'admin');
    await expect(page.getByText('No operation is like that.')).toBeVisible();
    await expectAccessible(page);
  });
}

test('the first screen is small', async ({ shop }) => {
  const page = await (await fetch(`${shop.url}/console`)).text();
  const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
  expect(assets.length).toBeGreaterThan(1);
  const sizes = await Promise.all(
    assets.map(async (path) => gzipSync(Buffer.from(await (await fetch(`${shop.url}${path}`)).arrayBuffer())).length),
  );
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MAX_FIRST_SCREEN_BYTES);
});
