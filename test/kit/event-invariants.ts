/** What the outbox and its cursor say of a user. */
export interface NumbersFact {
  userId: string;
  /** Of the cursor; 0 where there is none. */
  last: number;
  events: number;
  lowest: number;
  highest: number;
}

/** A row that bears a version, and what was told of it. */
export interface ToldFact {
  what: 'operation' | 'subscription';
  id: string;
  /** 0 where there is no such row. */
  version: number;
  events: number;
  /** How many different versions they tell of. */
  versions: number;
  lowest: number;
  highest: number;
}

export interface EventFacts {
  numbers: NumbersFact[];
  told: ToldFact[];
}

/** I9: a user's events are numbered from 1 without a gap, and every version of an operation and of a subscription has exactly one event. */
export function eventsAgree({ numbers, told }: EventFacts): string[] {
  return [
    ...numbers
      .filter(({ last, events, lowest, highest }) => events !== last || highest !== last || lowest !== 1)
      .map(
        ({ userId, last, events, lowest, highest }) =>
          `I9 ${userId} has ${events} events from ${lowest} to ${highest}, and ${last} is the last`,
      ),
    ...told
      .filter(
        ({ version, events, versions, lowest, highest }) => [events, versions, highest].some((count) => count !== version) || lowest !== 1,
      )
      .map(
        ({ what, id, version, events, versions, lowest, highest }) =>
          `I9 ${what} ${id} is at version ${version} and has ${events} events of ${versions} versions from ${lowest} to ${highest}`,
      ),
  ];
}

/** One snapshot, so that it may be read while there is traffic. */
export const EVENT_FACTS = `
with numbers as (
  select coalesce(c.user_id, e.user_id) as "userId", coalesce(c.last, 0) as last, coalesce(e.events, 0) as events, coalesce(e.lowest, 0) as lowest,
    coalesce(e.highest, 0) as highest
  from event_cursors c
  full join (select user_id, count(*) as events, min(number) as lowest, max(number) as highest from events group by 1) e on e.user_id = c.user_id
), versions as (
  select 'operation' as what, id, version from operations union all select 'subscription', id, version from subscriptions
), news as (
  select split_part(type, '.', 1) as what, (data->>'id')::uuid as id, count(*) as events, count(distinct data->>'version') as versions,
    min((data->>'version')::int) as lowest, max((data->>'version')::int) as highest
  from events where type in ('operation.updated', 'subscription.updated') group by 1, 2
), told as (
  select coalesce(v.what, n.what) as what, coalesce(v.id, n.id) as id, coalesce(v.version, 0) as version, coalesce(n.events, 0) as events,
    coalesce(n.versions, 0) as versions, coalesce(n.lowest, 0) as lowest, coalesce(n.highest, 0) as highest
  from versions v full join news n on n.what = v.what and n.id = v.id
)
select coalesce((select jsonb_agg(to_jsonb(n)) from numbers n), '[]') as numbers, coalesce((select jsonb_agg(to_jsonb(t)) from told t), '[]') as told`;
