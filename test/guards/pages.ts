import type { Group } from './guard.js';

const PAGES = 'test/api/web-pages.test.ts';
const STAGE = 'test/api/stage.test.ts';

export const pages: Group = {
  title: 'Pages and the stage',
  guards: [
    {
      id: 'store-in-sandbox',
      name: 'The store is served where cards are made up, and nowhere else',
      at: '`serveWeb`',
      remove: [{ file: 'src/api/web-pages.ts', find: "if (config.gateway !== 'sandbox') return;", replace: '' }],
      test: { file: PAGES, name: 'have no store where cards are real' },
      without: 'a shop with real cards shows a page for playing with them',
    },
    {
      id: 'stage-in-sandbox',
      name: '… and so are the routes of its stage',
      remove: [
        {
          file: 'src/counterfoil.module.ts',
          find: "return gateway === 'sandbox' ? [...CONTROLLERS, ...SANDBOX_CONTROLLERS] : CONTROLLERS;",
          replace: 'return gateway ? [...CONTROLLERS, ...SANDBOX_CONTROLLERS] : CONTROLLERS;',
        },
      ],
      test: { file: STAGE, name: 'is not there where cards are real' },
      without: 'anybody is given a token, and cards are charged without protection',
    },
    {
      id: 'asset-missing',
      name: 'A file that is missing is a 404 and not the console',
      at: '`serveWeb`',
      remove: [{ file: 'src/api/web-pages.ts', find: "FILE.test(request.params['*']) ? reply.callNotFound() :", replace: '' }],
      test: { file: PAGES, name: '%s is not there, and nothing is served in its place' },
      without: 'after a deployment old pages run a page of text as their script, and nobody is told',
    },
    {
      id: 'kill-when-kept',
      name: 'The server is killed only where somebody starts it again',
      at: '`kill`',
      remove: [{ file: 'src/api/stage.controller.ts', find: "if (!comesBack()) throw new Problem('server-not-kept');", replace: '' }],
      test: { file: STAGE, name: 'kills no server that nobody would start again' },
      without: 'whoever opens the store ends the service',
    },
    {
      id: 'charges-of-user',
      name: 'The stage shows a customer their own charges',
      at: '`chargesOf`',
      remove: [{ file: 'src/api/stage-gateway.ts', find: '?user=${encodeURIComponent(userId)}', replace: '' }],
      test: { file: STAGE, name: 'says of a click with protection that it was, and shows nobody the charges of others' },
      without: 'every customer sees what all others paid',
    },
    {
      id: 'no-button-while-open',
      name: 'While an operation is not over, no button of the store begins another',
      at: '`mayNotBegin`',
      remove: [
        { file: 'web/store/standing.ts', find: 'return underWay > 0 || (!naive && open !== null);', replace: 'return underWay > 0;' },
      ],
      test: { file: 'test/web/store/standing.test.ts', name: 'while an operation is %s, whichever tab asked for it' },
      without: 'customers press again while nobody knows whether they have paid',
    },
    {
      id: 'no-button-in-any-doubt',
      name: '… whichever way it is not over',
      at: '`OPEN`',
      remove: [{ file: 'web/store/standing.ts', find: "'unknown', 'needs_review']", replace: "'needs_review']" }],
      test: { file: 'test/web/store/standing.test.ts', name: 'while an operation is %s, whichever tab asked for it' },
      without: 'customers press again while the gateway’s answer is lost',
    },
    {
      id: 'console-as-seen',
      name: 'The console acts on the operation as it was shown',
      at: '`act`',
      remove: [{ file: 'web/console/operation/acts.ts', find: ', \'If-Match\': `"${version}"`', replace: '' }],
      test: { file: 'test/web/console/acts.test.ts', name: '$name is done to the operation as it was seen, under the key of its press' },
      without: 'of two people who decide at once, the second overrules the first unseen',
    },
    {
      id: 'export-no-formula',
      name: 'No cell of an export is a formula',
      at: '`cell`',
      remove: [
        {
          file: 'web/console/operations/csv.ts',
          find: "/^[=+\\-@\\t\\r]/.test(value) ? `'${value}` : value",
          replace: 'value',
        },
      ],
      test: {
        file: 'test/web/console/csv.test.ts',
        name: 'makes text of %j, which a spreadsheet would take for a formula',
      },
      without: 'a customer who is named like a formula runs it in the spreadsheet of whoever opens the export',
    },
    {
      id: 'export-quotes',
      name: '… and none ends before its text does',
      at: '`cell`',
      remove: [
        { file: 'web/console/operations/csv.ts', find: '/[",\\r\\n]/.test(harmless) ? ', replace: '/[,\\r\\n]/.test(harmless) ? ' },
        { file: 'web/console/operations/csv.ts', find: "${harmless.replaceAll('\"', '\"\"')}", replace: '${harmless}' },
      ],
      test: { file: 'test/web/console/csv.test.ts', name: 'keeps %j in one cell' },
      without: 'a name with a quote shifts every amount after it into another column',
    },
  ],
};
