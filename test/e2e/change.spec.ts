import { Customer } from './customer.js';
import { expect, test } from './shop.js';

test('a change shows what it costs before it is made, charges exactly that, and the other tab is told', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  const [one, other] = [await customer.tab('One'), await customer.tab('Other')];
  await one.getByRole('button', { name: 'Subscribe Basic' }).click();
  await expect(one.getByRole('heading', { level: 1, name: 'Basic' })).toBeVisible();
  await one.getByRole('button', { name: 'Change Pro', exact: true }).click();
  const dialog = one.getByRole('dialog', { name: 'Change to Pro?' });
  await expect(dialog.getByText('Due now')).toBeVisible();
  await dialog.getByRole('button', { name: 'Pay $10' }).click();
  await expect(one.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
  await expect(other.getByText('Changed in another tab: Pro')).toBeVisible();
  expect(await customer.charged(one)).toEqual([900, 1_000]);
});

test('what was agreed to in a stale tab is not done, and the tab says why', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  const [stale, other] = [await customer.tab('Stale'), await customer.tab('Other')];
  await stale.getByRole('button', { name: 'Subscribe Basic' }).click();
  await expect(stale.getByRole('heading', { level: 1, name: 'Basic' })).toBeVisible();
  await stale.getByRole('button', { name: 'Change Pro, by the year' }).click();
  await other.getByRole('button', { name: 'Change Pro', exact: true }).click();
  await other.getByRole('button', { name: /^Pay/ }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
  await stale.getByRole('dialog').getByRole('button', { name: /^Pay/ }).click();
  await expect(stale.getByText('Something changed in another tab.')).toBeVisible();
  await expect(stale.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
  expect(await customer.charged(stale)).toEqual([900, 1_000]);
});

test('a bank that wants to hear from the customer is heard before anything is charged', async ({ context, shop }) => {
  const customer = new Customer(context, shop);
  await customer.set({ card: 'pm_card_authenticationRequired' });
  const [one, other] = [await customer.tab('One'), await customer.tab('Other')];
  await one.getByRole('button', { name: 'Subscribe Pro', exact: true }).click();
  await expect(other.getByText('Your bank wants to hear from you.')).toBeVisible();
  expect(await customer.charged(one)).toEqual([]);
  const opened = context.waitForEvent('page');
  await one.getByRole('link', { name: 'Answer the bank' }).click();
  await (await opened).getByRole('button', { name: 'Approve' }).click();
  for (const page of [one, other]) await expect(page.getByRole('heading', { level: 1, name: 'Pro', exact: true })).toBeVisible();
  expect(await customer.charged(one)).toEqual([1_900]);
});
