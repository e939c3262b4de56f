import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newUser } from '../kit/names.js';
import { publishMany } from '../kit/outbox.js';
import { Shop } from '../kit/shop.js';
import { openingTabsAt } from '../kit/tabs.js';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop?.close());

const open = openingTabsAt(() => shop);

const sql = (text: string, values?: unknown[]) => shop.sql(text, values);

describe('a tab that comes back', () => {
  test('goes on after the event that it saw last, without a snapshot', async () => {
    const user = newUser();
    const first = await open(user);
    await publishMany(sql, user, 3);
    await first.until(() => first.last === 3);
    await first.close();
    await publishMany(sql, user, 4);
    const second = await open(user, { after: first.last });
    await publishMany(sql, user, 2);
    await second.until(() => second.last === 9);
    expect(second.of('snapshot')).toEqual([]);
    expect([...first.news, ...second.news].map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('is told nothing where it has missed nothing', async () => {
    const user = newUser();
    await publishMany(sql, user, 3);
    const tab = await open(user, { after: 3 });
    await publishMany(sql, user, 1);
    await tab.until((events) => events.length > 0);
    expect(tab.events).toMatchObject([{ type: 'credits.updated', id: 4 }]);
  });

  test.each<[string, string, () => string]>([
    ['that it makes up', 'abc', () => 'select $1'],
    ['that nobody was told yet', '7', () => 'select $1'],
    ['whose next event is forgotten', '2', () => 'delete from events where user_id = $1 and number = 3'],
    ['after which one of several is forgotten', '2', () => 'delete from events where user_id = $1 and number = 5'],
    ['after which all are forgotten', '5', () => 'delete from events where user_id = $1'],
    [
      'after which there is more than anybody wants to read',
      '0',
      () => `insert into events select user_id, n, type, data from events, generate_series(7, 501) n where user_id = $1 and number = 6`,
    ],
  ])('with an id %s begins with a snapshot, and goes on after that', async (_what, after, meanwhile) => {
    const user = newUser();
    await publishMany(sql, user, 6);
    await sql(`${meanwhile()}`, [user]);
    await sql('update event_cursors set last = greatest(last, (select max(number) from events where user_id = $1)) where user_id = $1', [
      user,
    ]);
    const last = after === '0' ? 501 : 6;
    const tab = await open(user, { after });
    await tab.until((events) => events.length > 0);
    await publishMany(sql, user, 1);
    await tab.until((events) => events.length > 1);
    expect(tab.events).toMatchObject([{ type: 'snapshot', id: last }, { id: last + 1 }]);
  });
});
