import { asAdmin, expectAccessible, press, signIn } from './console-desk.js';
import { expect, test, type Page, type Shop } from './shop.js';

async function newPlan(shop: Shop, id: string, more: object = {}): Promise<void> {
  const plan = { id, name: `Plan ${id}`, price: { amount: 1_000, currency: 'USD' }, interval: 'month', reason: 'for this test', ...more };
  expect((await asAdmin(shop, 'POST', 'admin/plans', plan)).status).toBe(201);
}

async function open(page: Page, shop: Shop, who: string, role: 'viewer' | 'admin'): Promise<void> {
  await page.goto(`${shop.url}/console/plans`);
  await signIn(page, shop, who, role);
  await expect(page.getByRole('row').nth(1)).toBeVisible();
}

const rowOf = (page: Page, id: string) => page.getByRole('row').filter({ hasText: `Plan ${id}` });

test('every plan is shown with its price, its seats, whether it is full, and what is offered instead', async ({ page, shop }) => {
  await newPlan(shop, 'full-house', { family: 'house', capacity: 1 });
  await newPlan(shop, 'next-door', { family: 'house', capacity: 5, price: { amount: 1_250, currency: 'USD' } });
  await press(shop, 'pm_card_visa', 'full-house');
  await open(page, shop, 'viewer_1', 'viewer');
  const row = rowOf(page, 'full-house');
  await expect(row).toContainText('$10 a month');
  await expect(row.getByRole('img', { name: '1 of 1 seat taken, 0 held, 0 left' })).toBeVisible();
  await expect(row).toContainText('full');
  await expect(row).toContainText('next-door, $12.50, 5 left');
  await expect(row.getByRole('button', { name: 'Change Plan full-house' })).toBeDisabled();
  await expect(page.getByText('Changing the catalogue needs the role admin.')).toBeVisible();
});

test('of two admins at once, the second is told what the first changed, and changes only what they meant to', async ({
  page,
  context,
  shop,
}) => {
  await newPlan(shop, 'both-want', { capacity: 5 });
  const second = await context.newPage();
  await open(page, shop, 'ada', 'admin');
  await open(second, shop, 'barbara', 'admin');
  for (const each of [page, second]) await rowOf(each, 'both-want').getByRole('button').last().click();
  const dialog = second.getByRole('dialog');
  await page.getByLabel(/^Seats; 0 are in use/).fill('9');
  await page.getByLabel('Reason, for the audit').fill('the hall is larger');
  await expect(page.getByRole('dialog')).toContainText('It has 9 seats. What is already sold keeps its price.');
  await page.getByRole('button', { name: 'Change the plan' }).click();
  await expect(page.getByRole('dialog')).toContainText('It is version 2 now.');

  await second.getByLabel('Price in USD, a month').fill('12.50');
  await second.getByLabel('Reason, for the audit').fill('decided in the meeting');
  await second.getByRole('button', { name: 'Change the plan' }).click();
  await expect(dialog).toContainText('ada changed it: “the hall is larger”.');
  await second.getByRole('button', { name: 'Go on from there' }).click();
  await expect(second.getByLabel(/^Seats; 0 are in use/)).toHaveValue('9');
  await second.getByRole('button', { name: 'Change the plan' }).click();
  await expect(dialog).toContainText('It is version 3 now.');
  await second.keyboard.press('Escape');
  const row = rowOf(second, 'both-want');
  await expect(row).toContainText('$12.50 a month');
  await expect(row).toContainText('0 of 9');
});

test('a plan is taken off sale by the keyboard alone; what cannot be is refused with the reason', async ({ page, shop }) => {
  await newPlan(shop, 'in-use', { capacity: 3 });
  await press(shop, 'pm_card_visa', 'in-use');
  await open(page, shop, 'ada', 'admin');
  await rowOf(page, 'in-use').getByRole('button').last().focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Seats/).fill('0');
  await dialog.getByLabel('On sale').focus();
  await page.keyboard.press('Space');
  await dialog.getByLabel('Reason, for the audit').focus();
  await page.keyboard.type('nobody wants it');
  await dialog.getByRole('button', { name: 'Change the plan' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByLabel(/^Seats/).fill('1');
  await dialog.getByRole('button', { name: 'Change the plan' }).click();
  await expect(dialog).toContainText('It is version 2 now.');
  await page.keyboard.press('Escape');
  await expect(rowOf(page, 'in-use')).toContainText('not on sale');
  await expect(rowOf(page, 'in-use')).toContainText('full');
});

test('a new plan is put on sale; one whose id is taken is refused, and what was typed stays', async ({ page, shop }) => {
  await open(page, shop, 'ada', 'admin');
  await page.getByRole('button', { name: 'New plan' }).click();
  const dialog = page.getByRole('dialog');
  const fields = {
    'Id, for ever': 'pro',
    Name: 'Plan brand-new',
    Price: '12.5',
    'Seats; empty': '7',
    'Reason, for the audit': 'for the summer',
  };
  for (const [label, text] of Object.entries(fields)) await dialog.getByLabel(label).fill(text);
  await expect(dialog).toContainText('Plan brand-new is on sale at once, for $12.50 a month.');
  await dialog.getByRole('button', { name: 'Put it on sale' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByLabel('Id, for ever').fill('brand-new');
  await dialog.getByRole('button', { name: 'Put it on sale' }).click();
  await expect(dialog).toContainText('Plan brand-new is on sale.');
  await page.keyboard.press('Escape');
  await expect(rowOf(page, 'brand-new')).toContainText('0 of 7');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`plans and their dialog are accessible in the ${colorScheme} theme`, async ({ page, shop }) => {
    await newPlan(shop, `seen-in-${colorScheme}`, { capacity: 0, onSale: false });
    await page.emulateMedia({ colorScheme });
    await open(page, shop, 'ada', 'admin');
    await expectAccessible(page);
    await rowOf(page, `seen-in-${colorScheme}`).getByRole('button').last().click();
    await page.getByLabel('Name').fill('');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'New plan' }).click();
    await expectAccessible(page);
  });
}
