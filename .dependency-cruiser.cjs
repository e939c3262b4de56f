/**
 * The law of imports. Rooms on a higher row know those below, never the other way round, and neighbours on a row never meet.
 * `test/house/imports.test.ts` shows that every rule here catches what it forbids.
 */
const ROWS = [['api'], ['operations'], ['subscriptions', 'credits', 'gateways', 'leases', 'invoices'], ['events'], ['platform']];
/** The files that stand beside the rooms: the program, the operator's commands, and the place where ports meet adapters. */
const ROOT_FILE = '^src/[^/]+$';
const ENTRY_POINTS = ['^src/main\\.ts$', '^src/keep\\.ts$', '^src/cli\\.ts$', '^src/sandbox/main\\.ts$'];
const MIGRATIONS = '^src/platform/database/migrations/';
const ADAPTERS = ['^src/gateways/[^/]+/', '^src/leases/(redlock|postgres)-leases\\.ts$', '^src/operations/store/postgres-store\\.ts$'];

const importsPointDown = ROWS.map((rooms, row) => ({
  name: `nothing-below-knows-row-${row}`,
  comment: `What lies below ${rooms.join(', ')} does not know of it.`,
  from: { path: inside(ROWS.slice(row + 1).flat()) },
  to: { path: inside(rooms) },
})).slice(0, -1);

const neighboursNeverMeet = {
  name: 'neighbours-never-meet',
  comment: 'Rooms on one row are combined by the row above; an id crosses the wall, never an import.',
  from: { path: '^src/(subscriptions|credits|gateways|leases|invoices)/' },
  to: { path: inside(['subscriptions', 'credits', 'gateways', 'leases', 'invoices']), pathNot: '^src/$1/' },
};

const rootIsKnownByNobody = {
  name: 'root-is-known-by-nobody',
  comment: 'Rooms do not know the program that they are put together into.',
  from: { path: '^src/[^/]+/', pathNot: '^src/cli/' },
  to: { path: ROOT_FILE },
};

const commandsAreKnownByTheirProgram = {
  name: 'commands-are-known-by-their-program',
  comment: 'The operator’s commands belong to cli.ts and to nothing else.',
  from: { path: '^src/', pathNot: ['^src/cli/', '^src/cli\\.ts$'] },
  to: { path: '^src/cli/' },
};

const sandboxStandsAlone = [
  {
    name: 'sandbox-imports-no-room',
    comment: 'The sandbox stands in for a stranger: what it shared with the service could be wrong in both at once.',
    from: { path: '^src/sandbox/' },
    to: { path: '^src/', pathNot: '^src/sandbox/' },
  },
  {
    name: 'nobody-imports-sandbox',
    comment: 'It is a process of its own and is reached over HTTP alone.',
    from: { path: '^src/', pathNot: '^src/sandbox/' },
    to: { path: '^src/sandbox/' },
  },
];

const adaptersMeetPortsInOnePlace = {
  name: 'adapters-meet-ports-in-one-place',
  comment: 'Whoever names an adapter decides for it; only counterfoil.module.ts, main.ts and cli.ts may. The rest knows the port.',
  from: { path: '^src/', pathNot: [ROOT_FILE, '^src/gateways/[^/]+/'] },
  to: { path: ADAPTERS },
};

const adaptersNeverMeet = {
  name: 'adapters-never-meet',
  comment: 'Two gateways have nothing in common but the port.',
  from: { path: '^src/gateways/([^/]+)/' },
  to: { path: ADAPTERS, pathNot: '^src/gateways/$1/' },
};

const migrationsImportNothing = {
  name: 'migrations-import-nothing',
  comment: 'A migration says for ever what it said on its day; what it imported would change under it.',
  from: { path: MIGRATIONS },
  to: { pathNot: 'node_modules/typeorm/' },
};

const nothingTravelsByAsyncContext = {
  name: 'nothing-travels-by-async-context',
  comment: 'Before Node 24, one that is in use makes every await of the process dearer. A transaction has one while it is open.',
  from: { path: '^src/', pathNot: '^src/platform/database/transaction\\.ts$' },
  to: { path: '^(node:)?async_hooks$' },
};

const forAllFiles = [
  { name: 'no-circular', comment: 'Two files that need each other are one file, or three.', from: {}, to: { circular: true } },
  {
    name: 'no-orphans',
    comment: 'A file that nobody imports and that imports nothing is left over.',
    from: { orphan: true, pathNot: [...ENTRY_POINTS, '\\.d\\.ts$'] },
    to: {},
  },
  {
    name: 'no-development-dependencies',
    comment: 'They are not there in production.',
    from: { path: '^src/' },
    // Types are gone at run time, so their packages may be missing there.
    to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
  },
  {
    name: 'no-tests',
    comment: 'The program does not know how it is tested.',
    from: { path: '^src/' },
    to: { path: '^(test|bench|scripts)/' },
  },
  {
    name: 'nothing-unknown',
    comment: 'A package that package.json does not name is there by chance; a path that leads nowhere breaks at start.',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
  },
];

function inside(rooms) {
  return `^src/(${rooms.join('|')})/`;
}

const rules = [
  ...importsPointDown,
  neighboursNeverMeet,
  rootIsKnownByNobody,
  commandsAreKnownByTheirProgram,
  ...sandboxStandsAlone,
  adaptersMeetPortsInOnePlace,
  adaptersNeverMeet,
  migrationsImportNothing,
  nothingTravelsByAsyncContext,
  ...forAllFiles,
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: rules.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    // An import of a type is knowledge too, although nothing of it is left at run time.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
