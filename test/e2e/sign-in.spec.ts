import { IdentityProvider } from '../kit/identity-provider.js';
import { expectAccessible, NOBODY_RECOVERS } from './console-desk.js';
import { expect, test as ofShop, type Page } from './shop.js';

const test = ofShop.extend<object, { provider: IdentityProvider }>({
  provider: [
    async ({ house: _ }, use) => {
      const provider = await IdentityProvider.start();
      await use(provider);
      await provider.close();
    },
    { scope: 'worker' },
  ],
  env: [async ({ provider }, use) => use({ ...NOBODY_RECOVERS, ...provider.env }), { scope: 'worker' }],
});
test.use({ house: 'with an issuer' });

test.beforeEach(({ provider, shop }) => {
  provider.fault = {};
  provider.returnTo.add(`${shop.url}/console/signed-in`);
});

async function goToTheIssuer(page: Page, provider: IdentityProvider): Promise<void> {
  await page.getByRole('button', { name: `Sign in at ${new URL(provider.issuer).host}` }).click();
  await expect(page.getByRole('heading', { name: 'The provider' })).toBeVisible();
}

async function decide(page: Page, answer: 'Sign in' | 'Refuse', name = 'grace', role = 'operator'): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Role').fill(role);
  await page.getByRole('button', { name: answer }).click();
}

/** All that the browser keeps for the page. */
const KEPT =
  '(async () => [{ ...localStorage }, { ...sessionStorage }, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length])()';
const NOTHING = [{}, {}, '', 0, 0];

test('whoever has an account at the issuer signs in there, and is back at the screen that they came for', async ({
  page,
  shop,
  provider,
}) => {
  await page.goto(`${shop.url}/console/audit?actor=ada`);
  await goToTheIssuer(page, provider);
  await decide(page, 'Sign in');
  await expect(page.getByText('grace · operator')).toBeVisible();
  await expect(page).toHaveURL(`${shop.url}/console/audit?actor=ada`);
  await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible();
  expect(await page.evaluate(KEPT)).toEqual(NOTHING);
});

test('nothing is left of a session: not in the history, and not after a reload', async ({ page, shop, provider }) => {
  await page.goto(`${shop.url}/console`);
  await goToTheIssuer(page, provider);
  await decide(page, 'Sign in');
  await expect(page.getByText('grace · operator')).toBeVisible();
  expect(await page.evaluate('location.href + JSON.stringify(history.state)')).not.toMatch(/code=|state=/);
  await page.reload();
  await expect(page.getByLabel('Token', { exact: true })).toBeVisible();
});

test('who is refused there is told so, and can try again', async ({ page, shop, provider }) => {
  await page.goto(`${shop.url}/console`);
  await goToTheIssuer(page, provider);
  await decide(page, 'Refuse');
  await expect(page.getByRole('alert')).toContainText('The issuer did not let you in (access_denied: the administrator said no).');
  await expectAccessible(page);
  await goToTheIssuer(page, provider);
  await decide(page, 'Sign in', 'ada', 'admin');
  await expect(page.getByText('ada · admin')).toBeVisible();
});

test('an answer that this tab did not ask for signs nobody in, and one that comes twice does not either', async ({
  page,
  context,
  shop,
  provider,
}) => {
  await page.goto(`${shop.url}/console`);
  await goToTheIssuer(page, provider);
  const returned = page.waitForRequest((request) => request.url().includes('/console/signed-in'));
  await decide(page, 'Sign in');
  const answer = (await returned).url();
  await expect(page.getByText('grace · operator')).toBeVisible();
  const victim = await context.newPage();
  for (const each of [victim, page]) {
    await each.goto(answer);
    await expect(each.getByRole('alert')).toContainText('This sign-in was not begun in this tab, or it is over already.');
    await expect(each).toHaveURL(`${shop.url}/console`);
  }
});

test('what is remembered for the way there is forgotten by whoever turns back', async ({ page, shop, provider }) => {
  await page.goto(`${shop.url}/console`);
  await goToTheIssuer(page, provider);
  await page.goto(`${shop.url}/console`);
  await expect(page.getByLabel('Token', { exact: true })).toBeVisible();
  expect(await page.evaluate(KEPT)).toEqual(NOTHING);
});

test('a token that the service does not believe lets nobody see anything', async ({ page, shop, provider }) => {
  provider.fault = { accessToken: { aud: 'another' } };
  await page.goto(`${shop.url}/console`);
  await goToTheIssuer(page, provider);
  await decide(page, 'Sign in');
  await expect(page.getByText('You were signed out')).toBeVisible();
  await expect(page.getByText('The service does not believe this token any more.')).toBeVisible();
});

test('an issuer that is away is named', async ({ page, shop, provider }) => {
  await page.goto(`${shop.url}/console`);
  await page.route(`${provider.issuer}/**`, (route) => route.abort());
  await page.getByRole('button', { name: /^Sign in at/ }).click();
  await expect(page.getByRole('alert')).toContainText(`${new URL(provider.issuer).origin} cannot be reached from this page`);
});

test('the page may ask nobody but the service and the issuer', async ({ page, shop, provider }) => {
  await page.goto(`${shop.url}/console`);
  const reach = (address: string) =>
    page.evaluate(
      (url) =>
        fetch(url, { mode: 'no-cors' }).then(
          () => 'reached',
          () => 'refused',
        ),
      address,
    );
  expect(await reach(`${provider.issuer}/keys`)).toBe('reached');
  expect(await reach(`${shop.url}/livez`)).toBe('reached');
  // The same server by another name is another origin.
  expect(await reach(`${provider.issuer}/keys`.replace('127.0.0.1', 'localhost'))).toBe('refused');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`both ways in are accessible in the ${colorScheme} theme, and a token can still be pasted`, async ({ page, shop, provider }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${shop.url}/console`);
    await expect(page.getByRole('button', { name: /^Sign in at/ })).toBeVisible();
    await expectAccessible(page);
    await page.getByLabel('Token', { exact: true }).fill(await provider.accessToken({ name: 'viewer_1', roles: ['viewer'] }));
    await page.keyboard.press('Enter');
    await expect(page.getByText('viewer_1 · viewer')).toBeVisible();
  });
}
