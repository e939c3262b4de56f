import { randomBytes } from 'node:crypto';
import { NOBODY_RECOVERS, press, pressAndLoseTheAnswer, signIn } from './console-desk.js';
import { expect, test, type Shop } from './shop.js';

/** `npm run pictures` draws those of the documentation; a test run leaves them alone. */
const FOLDER = process.env['PICTURES'] ?? 'node_modules/.cache/e2e/pictures';

test.use({ env: NOBODY_RECOVERS, viewport: { width: 1360, height: 960 } });

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the console in the ${colorScheme} theme`, async ({ page, shop }) => {
    await page.emulateMedia({ colorScheme });
    await press(shop, 'pm_card_visa');
    await press(shop, 'pm_card_chargeDeclined', 'basic');
    await press(shop, 'pm_card_authenticationRequired', 'studio-b');
    const recovered = await pressedOftenAndRecovered(shop);
    const { id } = await pressAndLoseTheAnswer(shop);

    await page.goto(`${shop.url}/console`);
    await signIn(page, shop, 'grace', 'admin');
    await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-operations-${colorScheme}.png` });

    await page.getByRole('link', { name: `op_…${recovered.slice(-6)}` }).click();
    await expect(page.getByRole('img', { name: /What happened/ })).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-operation-${colorScheme}.png`, fullPage: true });

    await page.getByRole('link', { name: '← Operations' }).click();
    await page.getByRole('link', { name: `op_…${id.slice(-6)}` }).click();
    await page.getByRole('button', { name: 'Resolve', exact: true }).click();
    await page.getByLabel('Yes, the gateway shows the charge').check();
    await page.screenshot({ path: `${FOLDER}/console-resolve-${colorScheme}.png` });
  });
}

/** Four presses at once share an operation, the answer is lost, and after a while somebody recovers it. */
async function pressedOftenAndRecovered(shop: Shop): Promise<string> {
  const userId = `stella_${randomBytes(3).toString('hex')}`;
  const wish = { planId: 'studio-a', paymentMethod: 'pm_sandbox_timeout_charged' };
  await shop.gateway('/sandbox/faults', { webhooks: 'off' });
  const presses = await Promise.all(
    [1, 2, 3, 4].map((nth) =>
      shop.server.send(userId, 'PUT', '/v1/me/subscription', wish, { prefer: 'wait=4', 'idempotency-key': `press-${nth}-${userId}` }),
    ),
  );
  const id = presses[0]?.body.id as string;
  // So that there is an idle time to fold.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const headers = {
    authorization: `Bearer ${await shop.token('grace', 'operator')}`,
    'content-type': 'application/json',
    'idempotency-key': `recover-${userId}`,
  };
  const body = JSON.stringify({ reason: 'the customer called, ticket 4711' });
  expect((await fetch(`${shop.url}/v1/admin/operations/${id}/recover`, { method: 'POST', headers, body })).status).toBe(200);
  return id;
}
