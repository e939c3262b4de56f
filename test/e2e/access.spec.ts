import { AxeBuilder } from '@axe-core/playwright';
import { Customer } from './customer.js';
import { expect, test, type Page } from './shop.js';

test('everything can be done by keyboard: choose, see what it costs, change one’s mind, agree', async ({ context, shop }) => {
  const page = await new Customer(context, shop).tab('Keys');
  await tabTo(page, 'Subscribe Basic');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Basic' })).toBeVisible();
  await tabTo(page, 'Change Pro');
  await page.keyboard.press('Space');
  await expect(page.getByRole('dialog', { name: 'Change to Pro?' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await tabTo(page, 'Change Pro');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Pay $10');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the store is accessible in the ${colorScheme} theme, before, while and after something happens`, async ({ context, shop }) => {
    const customer = new Customer(context, shop);
    await customer.set({ card: 'pm_sandbox_timeout_charged' });
    const stage = await customer.stage();
    await stage.emulateMedia({ colorScheme });
    await expectAccessible(stage);
    await stage.getByRole('button', { name: 'All tabs at once' }).click();
    const tab = stage.frameLocator('iframe[title^="Tab A"]');
    await expect(tab.getByText('We are checking. Do not pay again.')).toBeVisible();
    await expectAccessible(stage);
    await expect(tab.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
    await tab.getByRole('button', { name: 'Change Team, 14 days on trial' }).click();
    await expect(tab.getByRole('dialog')).toBeVisible();
    await expectAccessible(stage);
    await tab.getByRole('button', { name: 'Keep what I have' }).click();
    await stage.getByLabel('Without protection').click();
    await expectAccessible(stage);
  });
}

test('the switch of the theme holds in every frame', async ({ context, shop }) => {
  const stage = await new Customer(context, shop).stage();
  await stage.emulateMedia({ colorScheme: 'light' });
  await stage.getByRole('button', { name: 'Switch to the dark theme' }).click();
  await expect(stage.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(stage.frameLocator('iframe[title^="Tab A"]').locator('html')).toHaveAttribute('data-theme', 'dark');
});

/** Frames included. */
async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  expect(
    violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`) })),
  ).toEqual([]);
}

/** As somebody who has no mouse. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 40; steps += 1) {
    const focused = page.getByRole('button', { name, exact: true }).and(page.locator(':focus'));
    if ((await focused.count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${name} cannot be reached by keyboard`);
}
