import { asAdmin, NOBODY_RECOVERS, press, signIn } from './console-desk.js';
import { expect, test, type Shop } from './shop.js';

/** `npm run pictures` draws those of the documentation; a test run leaves them alone. */
const FOLDER = process.env['PICTURES'] ?? 'node_modules/.cache/e2e/pictures';

/** A call that is held up at the gateway is not given up meanwhile. */
const env = { ...NOBODY_RECOVERS, GATEWAY_TIMEOUT_MS: '15000' };

test.use({ env, viewport: { width: 1360, height: 960 } });

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the console’s other screens in the ${colorScheme} theme`, async ({ page, shop }) => {
    await page.emulateMedia({ colorScheme });
    const { id, userId } = await aMorning(shop);
    await page.goto(`${shop.url}/console/pulse`);
    await signIn(page, shop, 'grace', 'admin');
    await expect(page.getByRole('region', { name: 'Seats' }).getByRole('img').first()).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-pulse-${colorScheme}.png`, fullPage: true });

    await page.goto(`${shop.url}/console/users/${userId}`);
    await signIn(page, shop, 'grace', 'admin');
    await expect(page.getByRole('table', { name: 'Entries of credit, the newest first' })).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-user-${colorScheme}.png`, fullPage: true });

    await page.getByRole('link', { name: 'Plans', exact: true }).click();
    await expect(page.getByRole('region', { name: 'Plans' })).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-plans-${colorScheme}.png`, fullPage: true });

    await aDeskAtWork(shop, { id, userId });
    await page.getByRole('link', { name: 'Audit' }).click();
    const note = page.getByRole('row').filter({ hasText: 'called back at noon, all is well' }).first();
    await note.getByText('Before and after').click();
    await expect(note.getByLabel('Before and after')).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-audit-${colorScheme}.png`, fullPage: true });

    await page.getByRole('link', { name: 'System' }).click();
    await expect(page.getByRole('region', { name: 'Settings' })).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/console-system-${colorScheme}.png`, fullPage: true });

    await shop.gateway('/sandbox/hold', { at: 'before', count: 3 });
    const atWork = ['ivy', 'joan', 'kit'].map((name) => press(shop, 'pm_card_visa', 'pro', name));
    await page.getByRole('link', { name: 'Leases' }).click();
    await expect(page.getByRole('region', { name: 'At work now' }).getByRole('row').filter({ hasText: 'subscribe' })).toHaveCount(3);
    await page.screenshot({ path: `${FOLDER}/console-leases-${colorScheme}.png`, fullPage: true });
    await shop.gateway('/sandbox/release', {});
    await Promise.all(atWork);
  });
}

/** Customers come and go, one of them for longer, and what they leave open is of several ages. */
async function aMorning(shop: Shop): Promise<{ id: string; userId: string }> {
  const ada = await press(shop, 'pm_card_visa', 'basic');
  const body = { amount: { amount: 2_500, currency: 'USD' }, reason: 'an apology for the outage' };
  await asAdmin(shop, 'POST', `admin/users/${ada.userId}/credits`, body);
  for (const [card, planId] of MORNING.slice(0, 7)) await press(shop, card, planId, 'ben');
  await pass(shop, 'PT7M');
  await wish(shop, ada.userId, { planId: 'pro', paymentMethod: 'pm_card_visa' });
  for (const [card, planId] of MORNING.slice(7)) await press(shop, card, planId, 'cleo');
  await pass(shop, 'PT4M');
  await wish(shop, ada.userId, { planId: 'pro-yearly', paymentMethod: 'pm_card_authenticationRequired' });
  for (const [card, planId] of MORNING.slice(4, 9)) await press(shop, card, planId, 'dora');
  await shop.gateway('/sandbox/faults', { webhooks: 'off' });
  await press(shop, 'pm_sandbox_500_charged');
  return ada;
}

const MORNING = [
  ['pm_card_visa', 'studio-a'],
  ['pm_card_visa', 'studio-a'],
  ['pm_card_visa', 'studio-a'],
  ['pm_card_visa', 'studio-b'],
  ['pm_card_chargeDeclined', 'pro'],
  ['pm_card_visa', 'pro'],
  ['pm_card_authenticationRequired', 'basic'],
  ['pm_card_visa', 'basic'],
  ['pm_card_visa', 'team'],
  ['pm_card_authenticationRequired', 'pro'],
] as const;

/** What the audit has to tell of. */
async function aDeskAtWork(shop: Shop, { id, userId }: { id: string; userId: string }): Promise<void> {
  await asAdmin(shop, 'POST', `admin/operations/${id}/notes`, { text: 'called back at noon, all is well' });
  const body = { amount: { amount: 500, currency: 'USD' }, reason: 'a month of coffee, as promised on the telephone' };
  await asAdmin(shop, 'POST', `admin/users/${userId}/credits`, body);
}

async function pass(shop: Shop, by: string): Promise<void> {
  await asAdmin(shop, 'POST', 'test/clock/advance', { by });
}

async function wish(shop: Shop, userId: string, body: object): Promise<void> {
  await shop.server.send(userId, 'PUT', '/v1/me/subscription', body, {
    prefer: 'wait=4',
    'idempotency-key': `wish-${JSON.stringify(body).length}-${userId}`,
  });
}
