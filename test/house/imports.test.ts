import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

// Each starts servers or programs, which takes seconds where the machine is busy.
jest.setTimeout(120_000);

/** The picture in ARCHITECTURE.md, row by row, written down a second time so that the law is not judged by itself. */
const KNOWS: Record<string, string[]> = {
  api: ['operations', 'subscriptions', 'credits', 'gateways', 'leases', 'invoices', 'events', 'platform'],
  operations: ['subscriptions', 'credits', 'gateways', 'leases', 'invoices', 'events', 'platform'],
  subscriptions: ['events', 'platform'],
  credits: ['events', 'platform'],
  gateways: ['events', 'platform'],
  leases: ['events', 'platform'],
  invoices: ['events', 'platform'],
  events: ['platform'],
  platform: [],
  sandbox: [],
};
const ROOMS = Object.keys(KNOWS);

/** Path → text. Every tree gets an entry point and a package.json, so that a rule fires for its own reason alone. */
type Tree = Record<string, string>;

/** What each rule forbids, in the smallest tree that does it. */
const FORBIDDEN: { rule: string; because: string; tree: Tree }[] = [
  {
    rule: 'nothing-below-knows-row-0',
    because: 'an operation asks the door',
    tree: { 'src/operations/a.ts': "import '../api/b.js';", 'src/api/b.ts': '' },
  },
  {
    rule: 'nothing-below-knows-row-1',
    because: 'a plan asks an operation, for its type alone',
    tree: {
      'src/subscriptions/a.ts': "import type { Operation } from '../operations/b.js';\nexport type A = Operation;",
      'src/operations/b.ts': 'export interface Operation {}',
    },
  },
  {
    rule: 'nothing-below-knows-row-2',
    because: 'an event asks the ledger, by an import that waits',
    tree: { 'src/events/a.ts': "export const later = () => import('../credits/b.js');", 'src/credits/b.ts': '' },
  },
  {
    rule: 'nothing-below-knows-row-3',
    because: 'the floor knows who is told',
    tree: { 'src/platform/a.ts': "export * from '../events/b.js';", 'src/events/b.ts': '' },
  },
  {
    rule: 'neighbours-never-meet',
    because: 'a gateway looks into a subscription',
    tree: { 'src/gateways/a.ts': "import '../subscriptions/b.js';", 'src/subscriptions/b.ts': '' },
  },
  {
    rule: 'neighbours-never-meet',
    because: 'an invoice looks into the ledger',
    tree: { 'src/invoices/a.ts': "import '../credits/b.js';", 'src/credits/b.ts': '' },
  },
  {
    rule: 'commands-are-known-by-their-program',
    because: 'the door uses a command',
    tree: { 'src/api/a.ts': "import '../cli/b.js';", 'src/cli/b.ts': '' },
  },
  {
    rule: 'root-is-known-by-nobody',
    because: 'a room takes from the module that is made of it',
    tree: { 'src/operations/a.ts': "import '../counterfoil.module.js';", 'src/counterfoil.module.ts': '' },
  },
  {
    rule: 'sandbox-imports-no-room',
    because: 'the sandbox borrows from the floor',
    tree: { 'src/sandbox/main.ts': "import '../platform/b.js';", 'src/platform/b.ts': '' },
  },
  {
    rule: 'nobody-imports-sandbox',
    because: 'even the program starts it inside itself',
    tree: { 'src/main.ts': "import './sandbox/b.js';", 'src/sandbox/b.ts': '' },
  },
  {
    rule: 'adapters-meet-ports-in-one-place',
    because: 'an operation names Stripe',
    tree: { 'src/operations/a.ts': "import '../gateways/stripe/stripe-gateway.js';", 'src/gateways/stripe/stripe-gateway.ts': '' },
  },
  {
    rule: 'adapters-meet-ports-in-one-place',
    because: 'the port of gateways names one of its adapters',
    tree: { 'src/gateways/payment-gateway.ts': "import './stripe/b.js';", 'src/gateways/stripe/b.ts': '' },
  },
  {
    rule: 'adapters-meet-ports-in-one-place',
    because: 'the door names Redlock',
    tree: { 'src/api/a.ts': "import '../leases/redlock-leases.js';", 'src/leases/redlock-leases.ts': '' },
  },
  {
    rule: 'adapters-meet-ports-in-one-place',
    because: 'an operation names the leases in Postgres',
    tree: { 'src/operations/a.ts': "import '../leases/postgres-leases.js';", 'src/leases/postgres-leases.ts': '' },
  },
  {
    rule: 'adapters-meet-ports-in-one-place',
    because: 'the runner names the store in Postgres',
    tree: { 'src/operations/runner.ts': "import './store/postgres-store.js';", 'src/operations/store/postgres-store.ts': '' },
  },
  {
    rule: 'adapters-never-meet',
    because: 'BlueSnap borrows from Stripe',
    tree: { 'src/gateways/bluesnap/a.ts': "import '../stripe/b.js';", 'src/gateways/stripe/b.ts': '' },
  },
  {
    rule: 'migrations-import-nothing',
    because: 'a migration takes its states from the table of today',
    tree: { 'src/platform/database/migrations/1-initial.ts': "import '../columns.js';", 'src/platform/database/columns.ts': '' },
  },
  {
    rule: 'nothing-travels-by-async-context',
    because: 'a log line is given its ids unseen',
    tree: { 'src/platform/a.ts': "import 'node:async_hooks';" },
  },
  {
    rule: 'no-circular',
    because: 'two files need each other',
    tree: { 'src/credits/a.ts': "import './b.js';", 'src/credits/b.ts': "import './a.js';" },
  },
  { rule: 'no-orphans', because: 'a file was left over', tree: { 'src/credits/a.ts': 'export const left = 1;' } },
  {
    rule: 'no-development-dependencies',
    because: 'the program needs what only tests have',
    tree: { 'src/credits/a.ts': "import 'for-tests';", 'node_modules/for-tests/index.js': '' },
  },
  { rule: 'no-tests', because: 'the program needs a test', tree: { 'src/credits/a.ts': "import '../../test/b.js';", 'test/b.ts': '' } },
  {
    rule: 'nothing-unknown',
    because: 'a package is there by chance',
    tree: { 'src/credits/a.ts': "import 'by-chance';", 'node_modules/by-chance/index.js': '' },
  },
  { rule: 'nothing-unknown', because: 'a path leads nowhere', tree: { 'src/credits/a.ts': "import './nowhere.js';" } },
];

const PACKAGE = JSON.stringify({
  name: 'fixture',
  type: 'module',
  dependencies: { 'for-all': '1' },
  devDependencies: { 'for-tests': '1' },
});

const temporary = mkdtempSync(join(tmpdir(), 'imports-'));
afterAll(() => rmSync(temporary, { recursive: true }));

describe('the law of imports', () => {
  test('nothing in this house breaks it', async () => {
    const { summary, modules } = await cruised(process.cwd());
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
    expect(modules.filter(({ source }) => source.startsWith('src/')).length).toBeGreaterThan(100);
  });

  test.each(FORBIDDEN)('$rule: $because', async ({ rule, tree }) => {
    expect(await rulesBrokenBy(tree)).toEqual([rule]);
  });

  test('each rule is broken by one of these trees', async () => {
    const { ruleSet } = await options();
    expect(new Set(FORBIDDEN.map(({ rule }) => rule))).toEqual(new Set(ruleSet?.forbidden?.map(({ name }) => name)));
  });

  test('a room sees the rooms below it and no other', async () => {
    const tree: Tree = {};
    for (const from of ROOMS) {
      tree[`src/${from}/index.ts`] = 'export const here = 1;';
      for (const to of ROOMS) if (to !== from) tree[`src/${from}/to-${to}.ts`] = `import '../${to}/index.js';`;
    }
    const { summary } = await cruised(plant(tree));
    const refused = new Set(summary.violations.map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`));
    for (const from of ROOMS) {
      expect({ from, knows: ROOMS.filter((to) => to !== from && !refused.has(`${from} → ${to}`)).sort() }).toEqual({
        from,
        knows: [...(KNOWS[from] ?? [])].sort(),
      });
    }
  });

  test('the module, the program and the commands may name adapters, and everyone may use what package.json names', async () => {
    const tree: Tree = {
      'src/main.ts': "import './counterfoil.module.js';",
      'src/cli.ts': "import './operations/store/postgres-store.js';",
      'src/counterfoil.module.ts': "import './gateways/stripe/a.js';\nimport './leases/redlock-leases.js';\nimport 'for-all';",
      'src/gateways/stripe/a.ts': "import '../payment-gateway.js';\nimport './b.js';",
      'src/gateways/stripe/b.ts': '',
      'src/gateways/payment-gateway.ts': "import '../platform/money.js';",
      'src/leases/redlock-leases.ts': '',
      'src/operations/store/postgres-store.ts': "import '../../platform/database/migrations/1-initial.js';",
      'src/platform/money.ts': '',
      'src/platform/database/migrations/1-initial.ts': '',
      'src/sandbox/main.ts': '',
      'node_modules/for-all/index.js': '',
    };
    expect(await rulesBrokenBy(tree)).toEqual([]);
  });
});

async function rulesBrokenBy(tree: Tree): Promise<string[]> {
  const { summary } = await cruised(plant(tree));
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

/** Writes the tree into a folder of its own and returns the folder. */
function plant(tree: Tree): string {
  const root = mkdtempSync(join(temporary, 'tree-'));
  for (const [path, text] of Object.entries({ 'package.json': PACKAGE, ...tree })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function cruised(baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(['src'], { ...(await options()), baseDir });
  if (typeof output === 'string') throw new Error(output);
  return output;
}

async function options(): Promise<ICruiseOptions> {
  return extractDepcruiseOptions('./.dependency-cruiser.cjs');
}

function roomOf(path: string): string {
  return path.split('/')[1] ?? path;
}
