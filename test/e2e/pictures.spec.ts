import { Customer } from './customer.js';
import { expect, test } from './shop.js';

/** `npm run pictures` draws those of the documentation; a test run leaves them alone. */
const FOLDER = process.env['PICTURES'] ?? 'node_modules/.cache/e2e/pictures';
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the store fits on a ${size} in the ${colorScheme} theme, and is drawn for its documentation`, async ({ context, shop }) => {
      const customer = new Customer(context, shop);
      await customer.set({ card: 'pm_sandbox_slow_3s' });
      const stage = await customer.stage();
      await stage.setViewportSize(viewport);
      await stage.emulateMedia({ colorScheme });
      await stage.getByRole('button', { name: 'All tabs at once' }).click();
      await expect(stage.getByTestId('charges')).toHaveText('1');
      await expect(stage.getByText('succeeded, shared by 2')).toBeVisible();
      // Nothing is cut off or has to be pushed sideways (WCAG 2.2, 1.4.10).
      expect(await stage.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      for (const frame of stage.frames()) expect(await frame.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await stage.screenshot({ path: `${FOLDER}/store-${size}-${colorScheme}.png`, fullPage: true, animations: 'disabled' });
    });
  }
}
