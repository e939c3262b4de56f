import type { Group, NamedTest } from './guard.js';

const CLOCK = 'src/platform/database/service-clock.ts';
const MODULE = 'src/counterfoil.module.ts';

const overHttp = (name: string): NamedTest => ({ file: 'test/api/test-clock.test.ts', name });
const inSql = (name: string): NamedTest => ({ file: 'test/platform/service-clock.test.ts', name });

export const testClock: Group = {
  title: 'The test clock',
  guards: [
    {
      id: 'clock-in-sandbox',
      name: 'The test clock is mounted in sandbox mode alone',
      at: '`controllersOf`',
      remove: [{ file: MODULE, find: "return gateway === 'sandbox' ? [", replace: 'return gateway ? [' }],
      test: overHttp('has no test clock, neither among its routes nor in its document'),
      without: 'an admin makes every subscription of a real shop due, and every card is charged',
    },
    {
      id: 'clock-real',
      name: 'A service that charges real cards does not start on a database whose clock was moved',
      at: '`connect`',
      remove: [
        {
          file: MODULE,
          find: "if (config.gateway !== 'sandbox') await refuseMovedClock(database);",
          replace: "if (config.gateway === 'sandbox' && config.port < 0) await refuseMovedClock(database);",
        },
      ],
      test: overHttp('does not start on a database whose clock was moved'),
      without: 'customers are charged months early',
    },
    {
      id: 'clock-admin',
      name: 'The clock is moved by admins',
      remove: [{ file: 'src/api/test-clock.controller.ts', find: "@Roles('admin')", replace: '' }],
      test: overHttp('is moved by admins alone'),
      without: 'every visitor of a demonstration moves the time of all others',
    },
    {
      id: 'clock-forwards',
      name: 'The clock goes forwards only',
      at: '`REPLACEMENT_SQL`',
      remove: [{ file: CLOCK, find: 'and $1::timestamptz > service_now()`', replace: 'and $1::timestamptz is not null`' }],
      test: inSql('goes forwards only'),
      without: 'what has happened is in the future, and is due again',
    },
    {
      id: 'clock-one-hand',
      name: 'The clock is in one hand at a time',
      at: '`inHand`',
      remove: [{ file: CLOCK, find: 'if (!lock.taken) return null;', replace: '' }],
      test: inSql('is in one hand at a time, in any process, and free again afterwards'),
      without: 'of two moves at once one is lost',
    },
    {
      id: 'clock-step-by-step',
      name: 'On its way the clock stops wherever something is due',
      at: '`move`',
      remove: [
        {
          file: 'src/operations/due/test-clock.ts',
          find: 'next && !this.isOver(call);',
          replace: 'next && next.operations < 0;',
        },
      ],
      test: overHttp('lets a year of a monthly subscription happen in one call: twelve renewals, each at its own time'),
      without: 'a year of renewals happens on its last day',
    },
    {
      id: 'clock-does-not-hang',
      name: 'What does not move is not waited for',
      at: '`workOff`',
      remove: [
        {
          file: 'src/operations/due/test-clock.ts',
          find: 'else if (clock.monotonicMs() - since > patienceMs) return false;\n      else await',
          replace: 'else if (clock.monotonicMs() < since) return false;\n      else await',
        },
      ],
      test: overHttp('holds up no call for as long: what does not move is not waited for, and the answer says so'),
      without: 'one call that hangs holds up the clock until the time of every move is over',
    },
    {
      id: 'clock-retry-after',
      name: 'A client is not told to wait for as long as the clock is ahead',
      at: '`retryAfterSeconds`',
      remove: [{ file: 'src/api/views.ts', find: 'Math.max(nowMs, updatedAt.getTime())', replace: 'Math.min(nowMs, updatedAt.getTime())' }],
      test: overHttp('a client is told to come back as soon as it would be without it'),
      without: 'whoever pays in doubt is told to come back in a month',
    },
    {
      id: 'card-kept-meanwhile',
      name: 'Whoever finds a card kept by somebody else goes on with it',
      at: '`keep`',
      remove: [{ file: 'src/operations/cards/saved-cards.ts', find: '?? this.asItIs(subscription)', replace: '?? subscription' }],
      test: {
        file: 'test/operations/cards-kept-at-once.test.ts',
        name: 'a card that two keep at once is kept once, and whoever was second is told so: a renewal need not wait for it',
      },
      without: 'a renewal is refused because its card was kept a moment ago, and comes a minute late',
    },
  ],
};
