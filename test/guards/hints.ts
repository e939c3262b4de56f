import type { Group, NamedTest } from './guard.js';

const HINTS = 'src/events/hints.ts';
const STREAM = 'test/api/admin-events.test.ts';

const hints = (name: string): NamedTest => ({ file: 'test/events/hints.test.ts', name });

export const hinting: Group = {
  title: 'What consoles are told',
  guards: [
    {
      id: 'hints-role',
      name: 'Whoever is told of all users has a role',
      remove: [{ file: 'src/api/admin/admin-events.controller.ts', find: "@Roles('viewer')\n", replace: '' }],
      test: { file: STREAM, name: 'is refused, as a problem and before it begins, to customers and to who has no good token' },
      without: 'every customer is told who the others are, and when they pay',
    },
    {
      id: 'hints-gathered',
      name: 'Rings of a quarter of a second are one hint',
      at: '`hear`',
      remove: [{ file: HINTS, find: 'this.nextHint ??= setTimeout(() => this.tell(), GATHERED_MS).unref();', replace: 'this.tell();' }],
      test: hints('that come within a quarter of a second are told together, each user once'),
      without: 'under load every commit is a message to every console',
    },
    {
      id: 'hints-bounded',
      name: '… which names a hundred users, and says so where there are more',
      at: '`tell`',
      remove: [{ file: HINTS, find: 'this.wereRingsMissed || this.rungFor.size > MAX_USERS', replace: 'this.wereRingsMissed' }],
      test: hints('for more than a hundred users name a hundred of them, and say that there are more'),
      without: 'whoever shows the hundred and first is not told to look',
    },
    {
      id: 'hints-first',
      name: 'Whoever comes, or comes back, is told to look once',
      at: '`listen`',
      remove: [{ file: HINTS, find: 'told({ userIds: [], more: true });', replace: '' }],
      test: hints('whoever begins to listen is told to look at everything, at once and once'),
      without: 'what became true while a stream was broken is seen late',
    },
    {
      id: 'hints-missed',
      name: '… and so is everybody when rings may have been missed',
      at: '`hear`',
      remove: [
        { file: HINTS, find: "if (rung === 'everybody') this.wereRingsMissed = true;", replace: "if (rung === 'everybody') return;" },
      ],
      test: hints('that may have been missed are told as everything, whoever else was rung for'),
      without: 'after a failover of the database consoles show the past as the present',
    },
    {
      id: 'hints-unheard',
      name: '… now and then for as long as other processes are not heard',
      at: '`listen`',
      remove: [{ file: HINTS, find: "this.bell.hears || this.hear('everybody')", replace: 'this.bell.hears' }],
      test: hints('whoever listens is told to look now and then, until they are heard again'),
      without: 'behind a pooler consoles are slower with a stream than without',
    },
    {
      id: 'hints-left',
      name: 'Whoever has left a stream is let go of',
      at: '`open`',
      remove: [{ file: 'src/api/streams.ts', find: "stream.body.once('close', tell(stream));", replace: 'tell(stream);' }],
      test: { file: STREAM, name: 'lets go of whoever has left' },
      without: 'every tab that was ever open is kept in memory, and worked for',
    },
    {
      id: 'hints-room',
      name: 'Consoles that listen have room of their own',
      remove: [{ file: 'src/api/hooks.ts', find: String.raw`  { of: /^\/v1\/admin\/events\b/, atOnce: 128 },`, replace: '' }],
      test: {
        file: 'test/overload/rooms.test.ts',
        name: 'takes no room from any other',
        group: 'beyond as many as there is room for, a console that listens',
      },
      without: 'with 64 consoles open nobody can recover, refund or resolve anything',
    },
    {
      id: 'hints-token',
      name: 'A console does not come back to the stream with a token that is not believed any more',
      at: '`readHints`',
      remove: [{ file: 'web/console/hints/hint-stream.ts', find: 'if (isFinal) return;', replace: '' }],
      test: { file: 'test/web/console/hint-stream.test.ts', name: 'that has expired is not tried again' },
      without: 'tabs that were forgotten ask for ever, and count as guesses at a token',
    },
    {
      id: 'hints-meanwhile',
      name: 'What is hinted at while a console looks is looked at afterwards',
      at: '`looksOf`',
      remove: [{ file: 'web/console/hints/looks.ts', find: 'if (isAsked) void begin();', replace: '' }],
      test: {
        file: 'test/web/console/looks.test.ts',
        name: 'what is asked for while a look is taken is one look afterwards, after a rest',
      },
      without: 'what becomes true during a look is seen late',
    },
  ],
};
