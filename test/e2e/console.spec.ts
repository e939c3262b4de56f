import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './shop.js';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`whoever pastes a token is let into the console, which is accessible in the ${colorScheme} theme`, async ({ page, shop }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${shop.url}/console`);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.getByLabel('Token', { exact: true }).fill(await shop.token('viewer_1', 'viewer'));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Operations' })).toBeVisible();
    await expect(page.getByText('viewer_1 · viewer')).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  });
}
