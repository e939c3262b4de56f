import { expectAccessible, NOBODY_RECOVERS, press, signIn } from './console-desk.js';
import { expect, test, type Page, type Shop } from './shop.js';

test.use({ env: NOBODY_RECOVERS });

/** Each with something that it shows, and that stays. */
const SCREENS: { name: string; path: (of: { id: string; userId: string }) => string; shows: string | RegExp }[] = [
  { name: 'Operations', path: () => '', shows: 'requires action' },
  { name: 'one operation', path: ({ id }) => `/operations/${id}`, shows: 'What happened' },
  { name: 'a user', path: ({ userId }) => `/users/${userId}`, shows: 'History' },
  { name: 'Pulse', path: () => '/pulse', shows: 'Waiting for customers' },
  { name: 'Plans', path: () => '/plans', shows: 'Team, 14 days on trial' },
  { name: 'Leases', path: () => '/leases', shows: 'Open, and nobody is at work' },
  { name: 'System', path: () => '/system', shows: 'Background work' },
];

async function open(page: Page, shop: Shop, path: string): Promise<void> {
  await page.goto(`${shop.url}/console${path}`);
  await signIn(page, shop, 'viewer_1', 'viewer');
}

const fails = (page: Page) => page.route('**/v1/admin/**', (route) => route.abort());

for (const { name, path, shows } of SCREENS) {
  test(`${name}: what could not be read again is marked with the time of which it is, and fresh as soon as it can`, async ({
    page,
    shop,
  }) => {
    const of = await press(shop, 'pm_card_authenticationRequired', 'basic');
    await open(page, shop, path(of));
    const shown = page.locator('.shown-data');
    await expect(shown.getByText(shows).first()).toBeVisible();
    await page.evaluate('scrollTo(0, 30)');
    const before = await page.evaluate('scrollY');
    await fails(page);
    await expect(page.getByRole('alert').first()).toContainText(/What is shown is of .*\d\d:\d\d:\d\d: it could not be read again/);
    await expect(page.getByRole('alert').first()).toContainText('The service cannot be reached.');
    await expect(page.getByRole('alert').first()).toBeInViewport();
    await expect(shown.getByText(shows).first()).toBeVisible();
    await expect(page.locator('.shown-data.stale')).toHaveCount(1);
    expect(await page.evaluate('scrollY')).toBe(before);
    await page.unroute('**/v1/admin/**');
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect(page.locator('.stale')).toHaveCount(0);
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`what is not fresh is accessible in the ${colorScheme} theme, also far down the page`, async ({ page, shop }) => {
    await press(shop, 'pm_card_visa', 'basic');
    await page.emulateMedia({ colorScheme });
    await open(page, shop, '/system');
    await expect(page.getByRole('region', { name: 'Settings' })).toBeVisible();
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await fails(page);
    await expect(page.getByRole('alert')).toBeInViewport();
    await expectAccessible(page);
  });
}

test('a browser that believes to be offline says so of what it shows', async ({ page, context, shop }) => {
  await open(page, shop, '/pulse');
  await expect(page.getByText('Waiting for customers')).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByRole('alert').first()).toContainText('it could not be read again');
});
