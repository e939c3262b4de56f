import type { Group, NamedTest } from './guard.js';

const ADMISSION = 'src/api/admission.ts';
const DOOR = 'src/api/door.ts';
const HOOKS = 'src/api/hooks.ts';
const SERVICE = 'src/service.ts';

const admission = (name: string): NamedTest => ({ file: 'test/overload/admission.test.ts', name });
const rooms = (name: string): NamedTest => ({ file: 'test/overload/rooms.test.ts', name });
const roomOf = (sort: string, name: string): NamedTest => ({ ...rooms(name), group: `beyond as many as there is room for, a ${sort}` });

export const backpressure: Group = {
  title: 'Too much at once',
  guards: [
    {
      id: 'bounded-queue',
      name: 'What is at work and what waits for a place is bounded',
      at: '`admit`',
      remove: [{ file: ADMISSION, find: 'if (this.isFull) throw overloaded();', replace: '' }],
      test: admission('so many wait as may, and whoever comes then is turned away at once'),
      without: 'under ten times the load memory grows, and everybody waits until nobody is served',
    },
    {
      id: 'queue-limit',
      name: 'Nobody waits for a place longer than the limit',
      at: '`place`',
      remove: [
        {
          file: ADMISSION,
          find: 'waitMs > 0 ? Math.min(waitMs, this.maxQueuedMs) : this.maxQueuedMs',
          replace: 'waitMs || this.maxQueuedMs',
        },
      ],
      test: admission('nobody waits longer than the limit, however much time it has'),
      without: 'the queue is served long after its callers could have been elsewhere',
    },
    {
      id: 'queue-patience',
      name: '… nor longer than it can use an answer',
      at: '`place`',
      remove: [
        {
          file: ADMISSION,
          find: 'waitMs > 0 ? Math.min(waitMs, this.maxQueuedMs) : this.maxQueuedMs',
          replace: 'Math.max(waitMs, this.maxQueuedMs)',
        },
      ],
      test: admission('nobody waits longer than it can use an answer'),
      without: 'places are spent on those who have given up',
    },
    {
      id: 'queue-time-counts',
      name: 'Time in the queue is part of a caller’s time',
      at: '`admit`',
      remove: [
        { file: ADMISSION, find: 'Math.max(0, patience.waitMs - (performance.now() - arrived))', replace: 'patience.waitMs + 0 * arrived' },
      ],
      test: admission('time in the queue is part of the time that a caller has'),
      without: 'an answer comes after its deadline',
    },
    {
      id: 'leavers-leave',
      name: 'Whoever leaves while waiting is not worked for',
      at: '`place`',
      remove: [{ file: ADMISSION, find: "reader?.once('close', gone);", replace: '' }],
      test: admission('whoever leaves is not worked for, and its place in the queue is free'),
      without: 'those who reload the page crowd themselves out',
    },
    {
      id: 'place-until-over',
      name: 'Work keeps its place until it is over, though its caller has an answer',
      at: '`admit`',
      remove: [{ file: DOOR, find: 'await goesOn?.(result);', replace: 'void goesOn?.(result);' }],
      test: rooms('what goes on after its answer keeps its place'),
      without: 'who asks not to wait has any number of calls at the gateway',
    },
    {
      id: 'refused-early',
      name: 'Who may charge and finds no place is turned away before its body is read, and before anything is recorded',
      at: '`refusalOf`',
      remove: [
        {
          file: HOOKS,
          find: 'return door.crowded && CHARGING.test(url) ? overloaded() : null;',
          replace: 'return door.crowded && CHARGING.test(url) ? null : null;',
        },
      ],
      test: rooms('they are turned away before their body is read; all others are let in'),
      without: 'refusing costs as much as serving',
    },
    {
      id: 'rooms',
      name: 'All others are bounded too',
      at: '`giveRoom`',
      remove: [{ file: HOOKS, find: 'if (inside >= room.atOnce) return turnAway', replace: 'if (inside < 0) return turnAway' }],
      test: roomOf('webhook', 'is turned away with 503 overloaded and Retry-After, and let in again when there is room'),
      without: 'questions take the memory that charges need',
    },
    {
      id: 'rooms-of-their-own',
      name: '… each sort in room of its own',
      at: '`giveRoom`',
      remove: [{ file: HOOKS, find: 'const room = roomOf(request);', replace: 'const room = roomOf(request) && ROOMS.at(-1);' }],
      test: roomOf('question', 'takes no room from any other'),
      without: 'the gateway’s events are refused because customers press',
    },
  ],
};

export const stopping: Group = {
  title: 'Stopping',
  guards: [
    {
      id: 'readiness-first',
      name: 'Readiness is off a while before anything is refused',
      at: '`stop`',
      remove: [{ file: SERVICE, find: 'if (config.shutdownDelayMs > 0) await', replace: 'if (config.shutdownDelayMs < 0) await' }],
      test: { file: 'test/process/stop.test.ts', name: 'readiness is off that much sooner than anything is refused' },
      without: 'the balancer sends customers to a closed door',
    },
    {
      id: 'closed-at-the-door',
      name: 'While it stops nothing new comes in',
      at: '`refusalOf`',
      remove: [
        { file: HOOKS, find: 'if (door.closed) return shuttingDown();', replace: "if (door.closed && url === '') return shuttingDown();" },
      ],
      test: null,
      without: 'nothing fails: who comes in does not begin',
    },
    {
      id: 'closed-to-work',
      name: '… and who is in already and has not begun does not begin',
      at: '`admit`',
      remove: [{ file: DOOR, find: 'if (this.closed) throw shuttingDown();\n    return new Promise', replace: 'return new Promise' }],
      test: rooms('whoever was let in just before the door closed, and has not begun, does not begin any more'),
      without: 'a call begins that nobody will settle',
    },
    {
      id: 'queue-at-stop',
      name: '… nor does who waits for a place',
      at: '`close`',
      remove: [{ file: DOOR, find: 'this.admission.clear(shuttingDown());', replace: '' }],
      test: {
        file: 'test/overload/stopping.test.ts',
        name: 'a process that stops turns away who waits for a place, with nothing on record, and finishes what is at work',
      },
      without: 'the queue is worked off while the grace runs out',
    },
    {
      id: 'drain-calls',
      name: 'Calls in flight finish first',
      at: '`drain`',
      remove: [
        {
          file: SERVICE,
          find: 'app.get(SavedCards).stop()]);\n  await app.get(Runner).drained();',
          replace: 'app.get(SavedCards).stop()]);',
        },
        {
          file: SERVICE,
          find: 'its caller may have left.\n  await app.get(Runner).drained();',
          replace: 'its caller may have left.\n  void Runner;',
        },
      ],
      test: null,
      without: 'nothing fails: waiting for answers to go out covers those that have a caller',
    },
    {
      id: 'drain-answers',
      name: '… and their answers',
      at: '`drain`',
      remove: [
        {
          file: SERVICE,
          find: 'while (door.occupancy + door.atWork > 0) await',
          replace: 'while (door.occupancy + door.atWork < 0) await',
        },
      ],
      test: null,
      without: 'nothing fails: an answer follows its call at once',
    },
    {
      id: 'dismissed',
      name: 'Who still waits after the grace is told to ask again',
      at: '`stop`',
      remove: [{ file: SERVICE, find: 'door.dismiss();', replace: '' }],
      test: {
        file: 'test/process/stop-after-grace.test.ts',
        name: 'whoever waits at it for the end of what another process does is told to ask again, and learns the outcome there',
      },
      without: 'connections are cut, and nobody knows why',
    },
    {
      id: 'farewell-limit',
      name: 'A dependency that says nothing does not hold up the end',
      at: '`stop`',
      remove: [
        {
          file: SERVICE,
          find: 'await within(DISCONNECT_MS, disconnect(app))',
          replace: 'await within(DISCONNECT_MS * 1_000, disconnect(app))',
        },
      ],
      test: { file: 'test/overload/stopping.test.ts', name: 'a process that stops does not wait for a lease store that says nothing' },
      without: 'a deployment waits until the process is killed',
    },
    {
      id: 'connections-closed',
      name: 'While it stops every answer closes its connection',
      at: '`standAtTheDoor`',
      remove: [
        {
          file: HOOKS,
          find: "if (door.closing) void reply.header('connection', 'close');",
          replace: "if (door.closing) void reply.header('x-closing', '1');",
        },
      ],
      test: {
        file: 'test/process/stop-under-load.test.ts',
        name: 'while it stops every answer closes its connection, so that a client that keeps one goes elsewhere',
      },
      without: 'a client comes back to a process that is gone',
    },
  ],
};
