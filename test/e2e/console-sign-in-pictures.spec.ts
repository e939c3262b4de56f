import { expect, test } from './shop.js';

/** `npm run pictures` draws those of the documentation; a test run leaves them alone. */
const FOLDER = process.env['PICTURES'] ?? 'node_modules/.cache/e2e/pictures';

/** Nobody asks it: its name is all that is shown. */
const env = {
  AUTH_JWT_SECRET: '',
  AUTH_ISSUER: 'https://login.example.com',
  AUTH_AUDIENCE: 'counterfoil',
  AUTH_JWKS_URL: 'https://login.example.com/keys',
  CONSOLE_OIDC_CLIENT_ID: 'counterfoil-console',
};

test.use({ house: 'with an issuer of a name', env, viewport: { width: 1360, height: 600 } });

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the way into the console in the ${colorScheme} theme`, async ({ page, shop }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${shop.url}/console`);
    await expect(page.getByRole('button', { name: 'Sign in at login.example.com' })).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-sign-in-${colorScheme}.png` });
  });
}
