import { asAdmin, expectAccessible, NOBODY_RECOVERS, press, pressAndLoseTheAnswer, signIn } from './console-desk.js';
import { expect, test, type Page, type Shop } from './shop.js';

test.use({ env: NOBODY_RECOVERS });

async function open(page: Page, shop: Shop, userId: string): Promise<void> {
  await page.goto(`${shop.url}/console/users/${encodeURIComponent(userId)}`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByRole('heading', { level: 1, name: userId })).toBeVisible();
}

async function give(shop: Shop, userId: string, amount: number): Promise<void> {
  const body = { amount: { amount, currency: 'USD' }, reason: 'an apology for the outage' };
  expect((await asAdmin(shop, 'POST', `admin/users/${encodeURIComponent(userId)}/credits`, body)).status).toBe(201);
}

test('a user’s id in the list leads to what they have, what is under way, their credit and their history', async ({ page, shop }) => {
  const { id, userId } = await press(shop, 'pm_card_visa');
  await give(shop, userId, 500);
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  const row = page.getByRole('row').filter({ has: page.getByLabel(`Choose ${id}`) });
  const link = row.getByRole('cell').nth(5).getByRole('link');
  await link.focus();
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(`${shop.url}/console/users/${userId}`);
  const subscription = page.getByRole('region', { name: 'Subscription' });
  await expect(subscription).toContainText('pro');
  await expect(subscription).toContainText('$19 on ');
  await expect(subscription).toContainText('Cardpm_');
  await expect(subscription.getByRole('img', { name: /^0% of the period has gone, it ends in \d+ days$/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Under way' })).toContainText('No operation is open.');
  const credit = page.getByRole('region', { name: 'Credit', exact: true });
  await expect(credit).toContainText('$5');
  await expect(credit.getByRole('row').filter({ hasText: 'grant' })).toContainText('+$5');
  await page
    .getByRole('region', { name: 'History' })
    .getByRole('link', { name: `op_…${id.slice(-6)}` })
    .click();
  await expect(page).toHaveURL(`${shop.url}/console/operations/${id}`);
});

test('what is in doubt is seen at its user, with whether somebody is at work on it', async ({ page, shop }) => {
  const { id, userId } = await pressAndLoseTheAnswer(shop);
  await open(page, shop, userId);
  const underWay = page.getByRole('region', { name: 'Under way' });
  await expect(underWay.getByRole('link', { name: `op_…${id.slice(-6)}` })).toBeVisible();
  await expect(underWay).toContainText('not known');
  await expect(underWay).toContainText('Nobody holds one: nobody is at work for this user now.');
  await expect(page.getByText('Not subscribed.')).toBeVisible();
});

test('ages are counted from the service’s clock, also after it was moved', async ({ page, shop }) => {
  const { userId } = await press(shop, 'pm_card_visa');
  await asAdmin(shop, 'POST', 'test/clock/advance', { by: 'P3D' });
  await page.goto(`${shop.url}/console/?q=${userId}`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByRole('row').filter({ hasText: userId })).toContainText('3 days ago');
});

test('a user may be called whatever they like, and one who never came is said to be so', async ({ page, shop }) => {
  const { userId } = await press(shop, 'pm_card_visa', 'basic', 'a/b?c#d%25e.js');
  await open(page, shop, userId);
  await expect(page.getByRole('region', { name: 'Subscription' })).toContainText('basic');
  await page.reload();
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByRole('region', { name: 'Subscription' })).toContainText('basic');
  await page.goto(`${shop.url}/console/users/nobody-at-all`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByText('Nobody by this id has asked for anything')).toBeVisible();
});

test('what cannot be read says so, and is read again when it is asked for', async ({ page, shop }) => {
  const { userId } = await press(shop, 'pm_card_visa');
  await page.route('**/v1/admin/users/*', (route) => route.abort());
  await open(page, shop, userId);
  await expect(page.getByRole('alert')).toContainText('That did not work');
  await page.unroute('**/v1/admin/users/*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('region', { name: 'Subscription' })).toContainText('pro');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a user is accessible in the ${colorScheme} theme`, async ({ page, shop }) => {
    const { userId } = await pressAndLoseTheAnswer(shop);
    await give(shop, userId, 700);
    await page.emulateMedia({ colorScheme });
    await open(page, shop, userId);
    await expect(page.getByRole('row').filter({ hasText: 'grant' })).toBeVisible();
    await expectAccessible(page);
  });
}
