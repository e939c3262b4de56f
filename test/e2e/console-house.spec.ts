import { asAdmin, expectAccessible, NOBODY_RECOVERS, press, signIn } from './console-desk.js';
import { expect, test } from './shop.js';

/** A call that is held up at the gateway is not given up meanwhile. */
test.use({ env: { ...NOBODY_RECOVERS, GATEWAY_TIMEOUT_MS: '15000' } });

test('who is at work is shown with for whom, on what and for how long, and what nobody is at work on below', async ({ page, shop }) => {
  const waiting = await press(shop, 'pm_card_authenticationRequired', 'studio-a');
  await page.goto(`${shop.url}/console/leases`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  const nobody = page.getByRole('region', { name: 'Open, and nobody is at work' });
  await expect(nobody.getByRole('row').filter({ hasText: waiting.id.slice(-6) })).toContainText('the customer');
  await shop.gateway('/sandbox/hold', { at: 'before', count: 1 });
  const pressed = press(shop, 'pm_card_visa', 'pro', 'ed');
  const atWork = page.getByRole('region', { name: 'At work now' }).getByRole('row').filter({ hasText: 'subscribe' });
  await expect(atWork).toContainText(/:\d+/);
  await expect(atWork).toContainText('pending');
  await expectAccessible(page);
  await shop.gateway('/sandbox/release', {});
  const { userId } = await pressed;
  await expect(atWork).toHaveCount(0);
  await nobody
    .getByRole('row')
    .filter({ hasText: waiting.id.slice(-6) })
    .getByRole('link')
    .last()
    .click();
  await expect(page.getByRole('heading', { level: 1, name: waiting.userId })).toBeVisible();
  expect(userId).toMatch(/^ed_/);
});

test('leases that cannot be read are said to be so', async ({ page, shop }) => {
  await page.route('**/v1/admin/leases', (route) => route.abort());
  await page.goto(`${shop.url}/console/leases`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByRole('alert')).toContainText('That did not work');
});

test('the system shows every part, what nobody does in the background, and settings without secrets', async ({ page, shop }) => {
  await press(shop, 'pm_sandbox_500_charged');
  await page.goto(`${shop.url}/console/system`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByRole('region', { name: 'Postgres' })).toContainText('none is pending');
  await expect(page.getByRole('region', { name: 'Leases' })).toContainText(/up|Redis/);
  await expect(page.getByRole('region', { name: /^Gateway/ })).toContainText(/Its latest \d+ calls?: .* answered/);
  const chores = page.getByRole('table', { name: 'Work that processes do by themselves' });
  await expect(chores.getByRole('row').filter({ hasText: 'Open operations looked at' })).toContainText('not here');
  await asAdmin(shop, 'POST', 'test/clock/advance', { by: 'PT10M' });
  await expect(page.getByText(/^The clock was moved .* ahead$/)).toBeVisible();
  const settings = page.getByRole('region', { name: 'Settings' });
  await expect(settings).toContainText('AUTH_JWT_SECRETset');
  await expect(settings).toContainText('ROLESapi');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`leases and the system are accessible in the ${colorScheme} theme`, async ({ page, shop }) => {
    await press(shop, 'pm_card_authenticationRequired', 'basic');
    await page.emulateMedia({ colorScheme });
    await page.goto(`${shop.url}/console/leases`);
    await signIn(page, shop, 'viewer_1', 'viewer');
    await expect(page.getByRole('table', { name: 'Open operations without a lease' })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByText(/migrations applied/).click();
    await expectAccessible(page);
  });
}
