import { asAdmin, expectAccessible, NOBODY_RECOVERS, press, pressAndLoseTheAnswer, signIn } from './console-desk.js';
import { expect, test } from './shop.js';

test.use({ env: NOBODY_RECOVERS });

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the pulse counts what is in doubt and leads to it, and is accessible in the ${colorScheme} theme`, async ({ page, shop }) => {
    await press(shop, 'pm_card_visa');
    const waiting = await press(shop, 'pm_card_authenticationRequired', 'basic');
    await asAdmin(shop, 'POST', 'test/clock/advance', { by: 'PT2M' });
    const { id } = await pressAndLoseTheAnswer(shop);
    await page.emulateMedia({ colorScheme });
    await page.goto(`${shop.url}/console/pulse`);
    await signIn(page, shop, 'viewer_1', 'viewer');
    await expect(
      page
        .getByRole('definition')
        .filter({ hasText: /^[1-9]/ })
        .first(),
    ).toBeVisible();
    await page.getByText('The same as a table').click();
    await expect(page.getByRole('definition').first()).toHaveText('0');
    await expect(page.getByRole('region', { name: /^Gateway latency/ })).toContainText('95 % within');
    await expect(
      page
        .getByRole('region', { name: 'Seats' })
        .getByRole('img', { name: / seats? taken, / })
        .first(),
    ).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('region', { name: 'Open, by age' }).getByRole('link', { name: 'up to 10 min' }).click();
    await expect(page).toHaveURL(
      /status=pending%2Crequires_action%2Cunknown%2Cneeds_review.*minAgeSeconds=60&maxAgeSeconds=600&sort=createdAt$/,
    );
    await expect(page.getByLabel(`Choose ${waiting.id}`)).toBeVisible();
    await expect(page.getByLabel(`Choose ${id}`)).toHaveCount(0);
    await page.goBack();
    await page.getByRole('link', { name: 'Money in doubt' }).click();
    await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
  });
}

test('the audit is filtered by who, in the address, and leads to what it was done to', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_visa');
  await page.goto(`${shop.url}/console/operations/${id}`);
  await signIn(page, shop, 'grace', 'operator');
  await page.getByLabel('A note for whoever comes next').fill('looked at it, all is well');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'looked at it, all is well' })).toBeVisible();

  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByLabel('Who').fill('grace');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${shop.url}/console/audit?actor=grace`);
  const row = page.getByRole('row').filter({ hasText: 'looked at it, all is well' });
  await expect(row).toContainText('operation.note');
  await expectAccessible(page);
  await page.getByLabel('Who').fill('nobody');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Nobody has done anything of the sort.')).toBeVisible();
  await page.goBack();
  await row.getByRole('link', { name: `op_…${id.slice(-6)}` }).click();
  await expect(page.getByRole('heading', { name: 'What we know', exact: true })).toBeVisible();
});
