import { Customer } from './customer.js';
import { NOBODY_RECOVERS, press, pressAndLoseTheAnswer, signIn } from './console-desk.js';
import { expect, test, type Page, type Shop } from './shop.js';

test.use({ env: NOBODY_RECOVERS });

/** What can be pressed and is smaller than this many pixels. Links within a sentence are as high as its lines (WCAG 2.2, 2.5.8). */
function tooSmall(page: Page, pixels: number): Promise<string[]> {
  return page.evaluate(`
    [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
      .filter((target) => target.checkVisibility() && !target.closest('.skip, .unseen, p.soft, dd, .story'))
      .map((target) => ({ target, box: target.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && (box.width < ${pixels} - 0.5 || box.height < ${pixels} - 0.5))
      .map(({ target, box }) => target.outerHTML.slice(0, 120) + ' ' + Math.round(box.width) + '×' + Math.round(box.height))`);
}

/** What Tab comes to, in the order in which it does, until it has been everywhere: how each is called, and whether it comes after the one before. */
async function walk(page: Page): Promise<{ name: string; inOrder: boolean }[]> {
  await page.evaluate('document.activeElement?.blur(); window.walked = [];');
  for (let steps = 0; steps < 400; steps += 1) {
    await page.keyboard.press('Tab');
    const isNew = await page.evaluate(`(() => {
      const here = document.activeElement;
      if (!here || here === document.body || window.walked.includes(here)) return false;
      window.walked.push(here);
      return true;
    })()`);
    if (!isNew) break;
  }
  return page.evaluate(`window.walked.map((each, index) => ({
    name: (each.getAttribute('aria-label') || each.labels?.[0]?.textContent || each.title || each.textContent || '').trim(),
    inOrder: index === 0 || Boolean(window.walked[index - 1].compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING),
  }))`);
}

async function screens(page: Page, shop: Shop): Promise<Record<string, () => Promise<void>>> {
  const { id } = await pressAndLoseTheAnswer(shop);
  await press(shop, 'pm_card_visa');
  const at = (path: string, heading: RegExp | string) => async () => {
    await page.goto(`${shop.url}/console${path}`);
    await signIn(page, shop, 'admin_1', 'admin');
    await expect(page.getByRole('heading', { name: heading }).first()).toBeVisible();
  };
  return {
    'signing in': async () => {
      await page.goto(`${shop.url}/console`);
      await expect(page.getByLabel('Token', { exact: true })).toBeVisible();
    },
    operations: async () => {
      await at('/', 'Operations')();
      await expect(page.getByLabel(`Choose ${id}`)).toBeVisible();
    },
    'one operation': at(`/operations/${id}`, 'What we know'),
    audit: at('/audit', 'Audit'),
  };
}

test('what is pressed with a mouse is 24 pixels wide and high at least', async ({ page, context, shop }) => {
  for (const [name, open] of Object.entries(await screens(page, shop))) {
    await open();
    expect([name, await tooSmall(page, 24)]).toEqual([name, []]);
  }
  const customer = new Customer(context, shop);
  expect(await tooSmall(await customer.stage(), 24)).toEqual([]);
  expect(await tooSmall(await customer.tab('Small'), 24)).toEqual([]);
});

test('what is pressed with a finger is 44 pixels wide and high at least', async ({ browser, shop }) => {
  const context = await browser.newContext({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  for (const [name, open] of Object.entries(await screens(page, shop))) {
    await open();
    expect([name, await tooSmall(page, 44)]).toEqual([name, []]);
  }
  const customer = new Customer(context, shop);
  expect(await tooSmall(await customer.stage(), 44)).toEqual([]);
  expect(await tooSmall(await customer.tab('Small'), 44)).toEqual([]);
  await context.close();
});

test('Tab comes to everything in the order in which it is read, and everything has a name', async ({ page, context, shop }) => {
  const expectOrder = async (name: string, of: Page) => {
    const walked = await walk(of);
    expect([name, walked.length]).toEqual([name, expect.any(Number)]);
    expect(walked.length).toBeGreaterThan(2);
    expect([name, walked.filter((each) => each.name === '' || !each.inOrder)]).toEqual([name, []]);
  };
  for (const [name, open] of Object.entries(await screens(page, shop))) {
    await open();
    // What comes and goes by itself meanwhile is another matter.
    if (name === 'operations') await page.getByLabel('Live').click();
    await expectOrder(name, page);
  }
  const customer = new Customer(context, shop);
  await expectOrder('a tab of the store', await customer.tab('Keys'));
});

test('whoever goes to another screen goes on there, and the tab says where', async ({ page, shop }) => {
  const { id } = await press(shop, 'pm_card_visa');
  await page.goto(`${shop.url}/console`);
  await signIn(page, shop, 'viewer_1', 'viewer');
  await expect(page).toHaveTitle('Operations · Counterfoil');
  await page.getByRole('link', { name: `op_…${id.slice(-6)}` }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#screen')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: '← Operations' })).toBeFocused();
  await page.getByRole('link', { name: 'Audit' }).click();
  await expect(page).toHaveTitle('Audit · Counterfoil');
  await expect(page.locator('#screen')).toBeFocused();
});
