import type { DataSource } from 'typeorm';
import type { JsonRow } from '../platform/database/columns.js';
import { NamedStatement } from '../platform/database/named-statement.js';
import type { Bell, Rung } from './bell.js';
import { FOLLOW_SQL, PORTION, RESUMES_SQL } from './feed.sql.js';

export interface FeedEvent {
  /** Consecutive per user, in the order of the commits. */
  number: number;
  type: 'operation.updated' | 'subscription.updated' | 'credits.updated';
  /** The row that it is about, as it was then. */
  data: JsonRow;
}

/** Somebody who is told of a user's events, each once and in order. */
export interface Follower {
  deliver: (event: FeedEvent) => void;
  /** The next event is forgotten already: there is nothing to be told in order any more. It is no longer followed. */
  lost: () => void;
}

export interface FeedParts {
  database: DataSource;
  bell: Bell;
  /** Told when the outbox cannot be read, once until it can be again. */
  onError?: (error: unknown) => void;
  /** How often everybody's events are looked for without a ring, in milliseconds: while rings are heard, and while they are not. */
  looks?: { whileHeardMs: number; otherwiseMs: number };
}

/** A ring is lost where a process dies between a commit and its ring; without rings a tab is to be told within 200 ms all the same. */
const LOOKS = { whileHeardMs: 1_000, otherwiseMs: 150 };
/** Bounds what one look may bring: so many users, a portion of each. */
const MAX_USERS_IN_LOOK = 250;
/** Beyond so many missed events the state as it is now is the shorter story. */
const MAX_RESUMED = 500;

/**
 * Hands the events of the outbox to all who follow them in this process. One look at a time, for everybody who was rung for meanwhile; it reads what
 * came after the last number that a user's followers know, so that no ring is needed for anything to be found, only for it to be found soon.
 */
export class Feed {
  private readonly places = new Map<string, Set<Place>>();
  private readonly rungFor = new Set<string>();
  private readonly looks: NonNullable<FeedParts['looks']>;
  private looking = false;
  private failing = false;
  private nextLook: NodeJS.Timeout | undefined;

  constructor(private readonly parts: FeedParts) {
    this.looks = parts.looks ?? LOOKS;
    parts.bell.listen((rung) => this.look(rung));
  }

  /** Tells of everything after the number `after`, from now on. Answers what ends it. */
  follow(userId: string, after: number, follower: Follower): () => void {
    const place: Place = { userId, after, follower, left: false };
    const beside = this.places.get(userId);
    if (beside) beside.add(place);
    else this.places.set(userId, new Set([place]));
    this.look(new Set([userId]));
    this.lookNowAndThen();
    return () => this.leave(place);
  }

  /** Whether everything after this number can still be told, and is not too much. */
  async resumes(userId: string, after: number): Promise<boolean> {
    const [row] = await RESUMES.run(this.parts.database, [userId, after, MAX_RESUMED]);
    return row?.resumes ?? false;
  }

  private look(rung: Rung): void {
    for (const userId of rung === 'everybody' ? this.places.keys() : rung) if (this.places.has(userId)) this.rungFor.add(userId);
    if (!this.looking) void this.lookUntilQuiet();
  }

  private async lookUntilQuiet(): Promise<void> {
    this.looking = true;
    while (this.rungFor.size > 0) {
      const userIds = [...this.rungFor].slice(0, MAX_USERS_IN_LOOK);
      for (const userId of userIds) this.rungFor.delete(userId);
      await this.read(userIds);
    }
    this.looking = false;
  }

  /** What cannot be read now is read at the next look. Whoever comes while it is read is told by the look that they asked for. */
  private async read(userIds: string[]): Promise<void> {
    const told = new Map(userIds.map((userId) => [userId, [...(this.places.get(userId) ?? [])]]));
    const asked = [...told]
      .filter(([, places]) => places.length > 0)
      .map(([userId, places]) => ({ user_id: userId, after: lowest(places) }));
    if (asked.length === 0) return;
    try {
      const rows = await FOLLOW.run(this.parts.database, [JSON.stringify(asked)]);
      this.failing = false;
      for (const { user_id: userId, ...event } of rows) for (const place of told.get(userId) ?? []) this.tell(place, event);
      for (const userId of fullPortionsIn(rows)) this.rungFor.add(userId);
    } catch (error) {
      if (!this.failing) this.parts.onError?.(error);
      this.failing = true;
    }
  }

  /** Tabs of one user may know different numbers, and a look reads from the lowest. */
  private tell(place: Place, event: FeedEvent): void {
    if (place.left || event.number <= place.after) return;
    if (event.number > place.after + 1) {
      this.leave(place);
      return place.follower.lost();
    }
    place.after = event.number;
    place.follower.deliver(event);
  }

  private leave(place: Place): void {
    place.left = true;
    const places = this.places.get(place.userId);
    places?.delete(place);
    if (places?.size === 0) this.places.delete(place.userId);
  }

  private lookNowAndThen(): void {
    if (this.nextLook || this.places.size === 0) return;
    const inMs = this.parts.bell.hears ? this.looks.whileHeardMs : this.looks.otherwiseMs;
    this.nextLook = setTimeout(() => {
      this.nextLook = undefined;
      this.look('everybody');
      this.lookNowAndThen();
    }, inMs).unref();
  }
}

/** Where a follower stands. */
interface Place {
  userId: string;
  /** The last number that it was told. */
  after: number;
  follower: Follower;
  left: boolean;
}

type FollowRow = FeedEvent & { user_id: string };

const FOLLOW = new NamedStatement<FollowRow>('events.follow.1', FOLLOW_SQL);
const RESUMES = new NamedStatement<{ resumes: boolean }>('events.resumes.1', RESUMES_SQL);

function lowest(places: Place[]): number {
  return Math.min(...places.map(({ after }) => after));
}

function fullPortionsIn(rows: FollowRow[]): string[] {
  const counts = new Map<string, number>();
  for (const { user_id: userId } of rows) counts.set(userId, (counts.get(userId) ?? 0) + 1);
  return [...counts].filter(([, count]) => count === PORTION).map(([userId]) => userId);
}
