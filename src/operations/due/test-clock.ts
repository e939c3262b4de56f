import pLimit from 'p-limit';
import type { DataSource } from 'typeorm';
import type { Clock } from '../../platform/clock.js';
import { NamedStatement } from '../../platform/database/named-statement.js';
import type { ClockHands, ClockReading, ClockWish, ServiceClock } from '../../platform/database/service-clock.js';
import { newId } from '../../platform/ids.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Invoicing } from '../invoicing/invoicing.js';
import type { Recovery } from '../recovery.js';
import type { Renewals } from './renewals.js';
import type { SavedCards } from '../cards/saved-cards.js';
import { DUE_NOW_SQL, NEXT_MOMENT_SQL, RENEWALS_SINCE_SQL } from './test-clock.sql.js';

export interface TestClockParts {
  database: DataSource;
  serviceClock: ServiceClock;
  clock: Clock;
  recovery: Recovery;
  renewals: Renewals;
  cards: SavedCards;
  invoicing: Invoicing;
  /** How long something that is due may stand still before it is not waited for any longer, in milliseconds: a lease of a crashed owner has run out by then. */
  patienceMs: number;
  /** How long a call may last, in milliseconds. */
  limitMs?: number;
}

/** What a move of the clock came to. */
export interface Moved extends ClockReading {
  from: Date;
  /** Where it was to be moved. It is not there yet where the call's time was over before. */
  to: Date;
  /** Open operations whose check became due. */
  operations: number;
  /** Renewals that were recorded. */
  renewals: number;
  /** The clock is there, and nothing is due by it. What waits for the customer or for a person is not. */
  settled: boolean;
}

/** Proxies give up after a minute. */
const LIMIT_MS = 50_000;
/** Between two looks at what others are at work on. */
const LOOK_MS = 25;
/** A connection that says nothing for ten seconds is given up. */
const SIGN_OF_LIFE_MS = 2_000;

interface Call {
  hands: ClockHands;
  until: number;
  signal: AbortSignal;
}

/** Moves the clock of business for those who try the service out, and lets everything happen on the way at its own moment. */
export class TestClock {
  private readonly oneAtATime = pLimit(1);

  constructor(private readonly parts: TestClockParts) {}

  read(): Promise<ClockReading> {
    return this.parts.serviceClock.read();
  }

  /**
   * Moves the clock from one thing that is due to the next, works it off, and so on until it is where it was to be. Forwards only: a moment that has passed
   * moves nothing. Stops early, and says so, when its time is over or `signal` aborts; the same moment asked for again goes on.
   * Throws `validation-failed`, `clock-not-movable`, and `overloaded` where others move it all the time.
   */
  async advance(wish: ClockWish, signal: AbortSignal): Promise<Moved> {
    const { clock, serviceClock, limitMs = LIMIT_MS } = this.parts;
    const patientUntil = clock.monotonicMs() + limitMs;
    return this.oneAtATime(async () => {
      while (!signal.aborted && clock.monotonicMs() < patientUntil) {
        const moved = await serviceClock.inHand((hands) => this.move(wish, { hands, until: clock.monotonicMs() + limitMs, signal }));
        if (moved) return moved.result;
        await clock.sleep(LOOK_MS, signal);
      }
      throw new Problem('overloaded', { detail: 'Somebody else is moving the clock.', charged: 'no', retryAfterSeconds: 1 });
    });
  }

  private async move(wish: ClockWish, call: Call): Promise<Moved> {
    const since = newId();
    const { now: from } = await call.hands.read();
    const to = await call.hands.momentOf(wish);
    let { operations } = await this.dueNow();
    await this.workOff(call);
    for (let next = await this.nextMoment(to); next && !this.isOver(call); next = await this.nextMoment(to)) {
      await call.hands.moveTo(next.at);
      operations += next.operations;
      await this.workOff(call);
    }
    if (!this.isOver(call)) await call.hands.moveTo(to);
    // What is due by no clock, such as a card that is to be kept, is done as well.
    await this.attending(call, this.round());
    const isQuiet = await this.workOff(call);
    const reading = await call.hands.read();
    return { ...reading, from, to, operations, renewals: await this.renewalsSince(since), settled: isQuiet && reading.now >= to };
  }

  /** Until nothing is due by now, or what is does not move. False in the latter case, and when the call's time is over. */
  private async workOff(call: Call): Promise<boolean> {
    const { clock, patienceMs } = this.parts;
    let [state, since] = ['', clock.monotonicMs()];
    for (let due = await this.dueNow(); due.operations + due.subscriptions > 0; due = await this.dueNow()) {
      if (due.state !== state) [state, since] = [due.state, clock.monotonicMs()];
      else if (clock.monotonicMs() - since > patienceMs) return false;
      else await clock.sleep(LOOK_MS, call.signal);
      if (this.isOver(call)) return false;
      await this.attending(call, this.round());
    }
    return true;
  }

  private async round(): Promise<void> {
    const { recovery, renewals, invoicing, cards } = this.parts;
    await Promise.all([recovery.sweep(), cards.sweep()]);
    await renewals.sweep();
    await renewals.settled();
    await invoicing.sweep();
  }

  /** Waits for work that may hang, at most until the call is over; the work goes on regardless. */
  private async attending(call: Call, work: Promise<void>): Promise<void> {
    work.catch(() => undefined);
    while (!this.isOver(call)) {
      const turn = new AbortController();
      const over = AbortSignal.any([turn.signal, call.signal]);
      const sleepMs = Math.max(0, Math.min(SIGN_OF_LIFE_MS, call.until - this.parts.clock.monotonicMs()));
      const isDone = await Promise.race([work.then(() => true), this.parts.clock.sleep(sleepMs, over).then(() => false)]).finally(() =>
        turn.abort(),
      );
      if (isDone) return;
      await call.hands.read();
    }
  }

  private isOver({ until, signal }: Call): boolean {
    return signal.aborted || this.parts.clock.monotonicMs() >= until;
  }

  private async dueNow(): Promise<DueNow> {
    const [due] = (await DUE_NOW.run(this.parts.database, [])) as [DueNow];
    return due;
  }

  private async nextMoment(until: Date): Promise<NextMoment | undefined> {
    return (await NEXT_MOMENT.run(this.parts.database, [until]))[0];
  }

  private async renewalsSince(id: string): Promise<number> {
    const [{ count }] = (await RENEWALS_SINCE.run(this.parts.database, [id])) as [{ count: number }];
    return count;
  }
}

interface DueNow {
  operations: number;
  subscriptions: number;
  state: string;
}

interface NextMoment {
  at: Date;
  operations: number;
}

const DUE_NOW = new NamedStatement<DueNow>('test_clock.due_now.1', DUE_NOW_SQL);
const NEXT_MOMENT = new NamedStatement<NextMoment>('test_clock.next_moment.1', NEXT_MOMENT_SQL);
const RENEWALS_SINCE = new NamedStatement<{ count: number }>('test_clock.renewals_since.1', RENEWALS_SINCE_SQL);
