import { expectAccessible, NOBODY_RECOVERS, press, pressAndLoseTheAnswer, signIn } from './console-desk.js';
import { expect, test, type Page, type Shop } from './shop.js';

test.use({ env: NOBODY_RECOVERS });

async function open(page: Page, shop: Shop, id: string, who: string, role: 'viewer' | 'operator' | 'admin'): Promise<void> {
  await page.goto(`${shop.url}/console/operations/${id}`);
  await signIn(page, shop, who, role);
  await expect(page.getByRole('heading', { name: 'What we know', exact: true })).toBeVisible();
}

test('an operator finds a stuck operation from an id, recovers it by the keyboard alone, and the audit says who', async ({
  page,
  shop,
}) => {
  const { id, userId, reference } = await pressAndLoseTheAnswer(shop);
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'grace', 'operator');
  await page.getByLabel('Find by any id').focus();
  await page.keyboard.type(reference);
  await page.keyboard.press('Enter');
  const link = page.getByRole('link', { name: `op_…${id.slice(-6)}` });
  await link.focus();
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { name: `Subscribe of ${userId}` })).toBeVisible();
  await expect(page.getByText('Whether $19 was charged.')).toBeVisible();
  await page.getByRole('button', { name: 'Recover', exact: true }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(`The gateway is asked now about $19 of ${userId}`);
  await expect(dialog.getByRole('button', { name: 'Recover' })).toBeDisabled();
  await dialog.getByLabel('Reason, for the audit').focus();
  await page.keyboard.type('the customer called, ticket 4711');
  await dialog.getByRole('button', { name: 'Recover' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('Done. It stands at “succeeded”')).toBeVisible();
  await page.keyboard.press('Escape');

  await expect(page.getByText('The card was charged $19, once.')).toBeVisible();
  const audit = page.getByRole('region', { name: 'Audit' });
  await expect(audit).toContainText('grace recover');
  await expect(audit).toContainText('the customer called, ticket 4711');
  expect((await shop.charges()).filter(({ user, status }) => user === userId && status === 'succeeded')).toHaveLength(1);
  await page.getByRole('link', { name: '← Operations' }).click();
  await expect(page).toHaveURL(`${shop.url}/console/?q=${reference}`);
});

test('of two admins at once, the second is told what the first did, and nothing is done over their head', async ({
  page,
  context,
  shop,
}) => {
  const { id, userId } = await pressAndLoseTheAnswer(shop);
  const second = await context.newPage();
  await open(page, shop, id, 'ada', 'admin');
  await open(second, shop, id, 'barbara', 'admin');
  for (const each of [page, second]) {
    await each.getByRole('button', { name: 'Resolve', exact: true }).click();
    const choice = each === page ? 'Yes, the gateway shows the charge' : 'No, the gateway shows none';
    await each.getByLabel(choice).check();
    await each.getByLabel('Reason, for the audit').fill(each === page ? 'seen in the dashboard' : 'not seen in the export');
  }
  await page.getByRole('button', { name: 'Resolve as charged' }).click();
  await expect(page.getByRole('dialog')).toContainText('Done. It stands at “succeeded”');
  await second.getByRole('button', { name: 'Resolve as not charged' }).click();
  await expect(second.getByRole('dialog')).toContainText('What you asked for was not done.');
  await expect(second.getByRole('dialog')).toContainText('ada: resolve, “seen in the dashboard”. It stands at “succeeded” now.');
  await second.getByRole('button', { name: 'Close' }).click();
  await expect(second.getByRole('region', { name: 'Audit' })).not.toContainText('barbara');
  await expect(second.getByRole('heading', { name: `Subscribe of ${userId}` })).toBeVisible();
});

test('what cannot be done says why: for the state that it is in, and for the role', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_visa');
  await open(page, shop, id, 'viewer_1', 'viewer');
  const actions = page.getByRole('region', { name: 'What you can do' });
  await expect(actions.getByRole('button', { name: 'Recover' })).toBeDisabled();
  await expect(actions).toContainText('The operation is over.');
  await expect(actions.getByRole('button', { name: 'Refund' })).toBeDisabled();
  await expect(actions).toContainText('This needs the role operator.');
});

test('a part is given back, by digits and not by floats, and the dialog says how much before', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_visa');
  await open(page, shop, id, 'grace', 'operator');
  await page.getByRole('button', { name: 'Refund', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/Amount in USD/).fill('4.001');
  await dialog.getByLabel('Reason, for the audit').fill('an apology for the outage');
  await expect(dialog.getByRole('button', { name: /^Refund/ })).toBeDisabled();
  await dialog.getByLabel(/Amount in USD/).fill('4.35');
  await dialog.getByRole('button', { name: 'Refund $4.35' }).click();
  await expect(dialog).toContainText('Done.');
  await page.keyboard.press('Escape');
  await expect(page.getByText('$4.35 of it is given back to the card, counting what is under way.')).toBeVisible();
});

test('a note is left for whoever comes next', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_chargeDeclined');
  await open(page, shop, id, 'grace', 'operator');
  await page.getByLabel('A note for whoever comes next').fill('told them to try another card');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.getByRole('region', { name: 'Notes' })).toContainText('grace');
  await expect(page.getByRole('listitem').filter({ hasText: 'told them to try another card' })).toBeVisible();
});

test('the waterfall says in a table what it draws, and an id that is nobody’s says so', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_visa');
  await open(page, shop, id, 'viewer_1', 'viewer');
  await expect(page.getByRole('img', { name: /What happened, in \d lanes/ })).toBeVisible();
  await page.getByText('The same as a table').click();
  const table = page.getByRole('table', { name: 'Steps of the operation, in order' });
  await expect(table.getByRole('cell', { name: 'Gateway: charge' })).toBeVisible();
  await expect(table.getByRole('cell', { name: 'Committed' })).toBeVisible();
  await page.goto(`${shop.url}/console/operations/op_01m804ygtqf15rz2fsw7wk6jy4`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page.getByRole('heading', { name: 'No such operation' })).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`an operation in doubt, its dialog and its table are accessible in the ${colorScheme} theme`, async ({ page, shop }) => {
    const { id } = await pressAndLoseTheAnswer(shop);
    await page.emulateMedia({ colorScheme });
    await open(page, shop, id, 'admin_1', 'admin');
    await page.getByText('The same as a table').click();
    await page.getByText('no answer over HTTP').click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Resolve', exact: true }).click();
    await page.getByLabel('Yes, the gateway shows the charge').check();
    await expectAccessible(page);
  });
}
