import type { Group, NamedTest } from './guard.js';

const settings = (name: string): NamedTest => ({ file: 'test/platform/settings.test.ts', name });
const search = (name: string): NamedTest => ({
  file: 'test/api/admin-search.test.ts',
  group: 'the Request-Id of an answer leads to the operation',
  name,
});

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
