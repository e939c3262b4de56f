import type { Group, NamedTest } from './guard.js';

const settings = (name: string): NamedTest => ({ file: 'test/platform/settings.test.ts', name });
const search = (name: string): NamedTest => ({
  file: 'test/api/admin-search.test.ts',
  group: 'the Request-Id of an answer leads to the operation',
  name,
});

const figures = (name: string): NamedTest => ({ file: 'test/operations/statistics.test.ts', name });

export const insight: Group = {
  title: 'What support is shown',
  guards: [
    {
      id: 'settings-login',
      name: 'An address among the settings is shown without name, password and query',
      at: '`withoutLogin`',
      remove: [
        {
          file: 'src/platform/settings.ts',
          find: "return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;",
          replace: 'return `${protocol}${host}${pathname}` && address;',
        },
      ],
      test: settings('settings are shown without any secret: not in a key, a password, an address or a query'),
      without: 'whoever may look at the system reads the password of the server of keys',
    },
    {
      id: 'settings-key',
      name: 'Of the gateway’s key only what sort it is of is shown',
      at: '`keyMode`',
      remove: [{ file: 'src/platform/settings.ts', find: "? 'set, for real cards'", replace: '? apiKey' }],
      test: settings('settings are shown without any secret: not in a key, a password, an address or a query'),
      without: 'whoever may look at the system can charge cards',
    },
    {
      id: 'one-reading-for-all',
      name: 'Whoever asks for figures while they are read is given those',
      at: '`Remembered`',
      remove: [{ file: 'src/platform/remembered.ts', find: 'return (this.underWay ??= ', replace: 'return (this.underWay = ' }],
      test: figures('are read once for all who ask at once, in this process'),
      without: 'ten open screens read the same ten times, each time that they look',
    },
    {
      id: 'one-reading-for-a-while',
      name: 'Figures of the last day are remembered for a minute',
      at: '`LAST_DAY`',
      remove: [{ file: 'src/operations/statistics.ts', find: 'ms: 60_000,', replace: 'ms: 1_000,' }],
      test: figures('of now are remembered for a second, those of the last day for a minute, and each says when it was read'),
      without: 'a screen that is left open reads a whole day every few seconds',
    },
    {
      id: 'figures-by-index',
      name: 'What ended within the hour is found without reading the whole table',
      at: '`OUTCOMES_SQL`',
      remove: [
        {
          file: 'src/operations/ended-figures.ts',
          find: 'where settled_at > service_now()',
          replace: "where settled_at + interval '0 s' > service_now()",
        },
      ],
      test: figures('%s: found through indexes'),
      without: 'a look at the figures takes seconds of a core where millions of operations are over',
    },
    {
      id: 'search-exact',
      name: 'What was recorded around the moment of a request is not found by it unless it bears its id',
      at: '`AROUND_SQL`',
      remove: [
        { file: 'src/operations/request-search.ts', find: 'where timeline @> $3::jsonb', replace: 'where timeline @> $3::jsonb or true' },
      ],
      test: search('that the request recorded, and to no other'),
      without: 'support acts on the operation of somebody else',
    },
  ],
};
