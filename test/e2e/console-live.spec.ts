import { NOBODY_RECOVERS, press, signIn } from './console-desk.js';
import { expect, test, type Page } from './shop.js';

test.use({ env: NOBODY_RECOVERS });

/** How often the list is looked at without a hint, in milliseconds: while there are hints, and while there are none. */
const LOOKS_MS = { rarely: 15_000, often: 3_000 };

/** Lets nothing in the page happen again and again that would be a look at the service. Answers how often it would have. */
async function keepFromLooking(page: Page): Promise<() => Promise<number[]>> {
  await page.addInitScript(`{
    const { setInterval: begin } = window;
    window.looks = [];
    window.setInterval = (act, ms) => (ms < 2_000 ? begin(act, ms) : window.looks.push(ms));
  }`);
  return () => page.evaluate('window.looks');
}

test('whoever has the list open sees what a customer does by a hint, without the list being read now and then', async ({ page, shop }) => {
  const looks = await keepFromLooking(page);
  let streams = 0;
  page.on('request', (request) => (streams += request.url().endsWith('/v1/admin/events') ? 1 : 0));
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect.poll(looks).toContain(LOOKS_MS.rarely);
  for (const plan of ['pro', 'basic']) {
    const { id } = await press(shop, 'pm_card_visa', plan);
    await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
  }
  await page.getByRole('link', { name: 'Pulse' }).click();
  await page.getByRole('link', { name: 'Operations' }).click();
  const { id } = await press(shop, 'pm_card_visa');
  await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
  expect(streams).toBe(1);
});

test('one operation and one user are shown as they become, by a hint', async ({ page, shop }) => {
  const looks = await keepFromLooking(page);
  const { userId } = await press(shop, 'pm_card_visa', 'basic');
  await page.goto(`${shop.url}/console/users/${userId}`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect.poll(looks).toContain(LOOKS_MS.rarely);
  const headers = { prefer: 'wait=4', 'idempotency-key': `again-${userId}` };
  const { body } = await shop.server.send(
    userId,
    'PUT',
    '/v1/me/subscription',
    { planId: 'pro', paymentMethod: 'pm_card_authenticationRequired' },
    headers,
  );
  await page
    .locator(`a[href$="${body.id as string}"]`)
    .first()
    .click();
  await expect(page.getByText('requires action').first()).toBeVisible();
  await shop.server.send(userId, 'POST', `/v1/operations/${body.id as string}/cancel`, {}, { 'idempotency-key': `stop-${userId}` });
  await expect(page.getByText('canceled').first()).toBeVisible();
});

test('without the stream the list is read now and then, as often as ever', async ({ page, shop }) => {
  await page.route('**/v1/admin/events', (route) => route.abort());
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  const { id } = await press(shop, 'pm_card_visa');
  await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
});
