/**
 * Who may import whom. `npm run imports` runs this through test/run/imports.ts, which fails when no module was seen;
 * test/run/imports.test.ts plants one violation of each rule and expects it to be reported.
 *
 * Paths are regular expressions. A self-reference (`@larder/sdk/...`) resolves to the entry's source file, so a rule
 * about an entry holds for both ways of writing it; the dependency type `local` means a relative import.
 */

/** Code that computes values from values: no I/O, no npm package but zod, and nothing that leads to either. */
const PURE =
  '^src/(errors\\.ts$|domain\\.ts$|domain/|event/|backup/|bus/|aggregate/|projection/(define|definition)|sync/(answer|backoff|sync-state|wire)(\\.ts$|/))'
const PURE_SERVER = '^server/core/'
const OURS = '^(src|worker|server|cli|demo|test|e2e|bench)/'
const SHIPPED = '^(src|worker|server|cli)/'
const ENTRIES =
  '^(src/(index|domain|inline)\\.ts|src/(react|testing|nutrition)/index\\.tsx?|worker/(index|lazy)\\.ts|server/index\\.ts)$'

/** A package, or the types of it. */
const npm = (names) => `(^|/)node_modules/(@types/)?(${names})/`

const only = (name, packages, folders, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^(src|worker|server|cli|demo)/', pathNot: folders },
  to: { path: npm(packages) },
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', comment: 'Type imports count too.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere. The peers of the benchmarks are installed when those are run.',
      severity: 'error',
      from: { pathNot: '^bench/peers/' },
      to: { couldNotResolve: true, pathNot: '^virtual:|\\?' },
    },

    {
      name: 'pure-imports-only-pure',
      comment:
        'Events, aggregates, definitions of projections, the sync state and the wire depend on nothing that acts.',
      severity: 'error',
      from: { path: PURE },
      to: { path: OURS, pathNot: [PURE, '^src/platform/'] },
    },
    {
      name: 'pure-knows-ports-by-type-only',
      comment: 'Pure code may name the type of a port (`import type`), never hold one.',
      severity: 'error',
      from: { path: [PURE, PURE_SERVER] },
      to: { path: '^src/platform/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-needs-no-package-but-zod',
      severity: 'error',
      from: { path: [PURE, PURE_SERVER] },
      to: { path: 'node_modules/', pathNot: npm('zod') },
    },
    {
      name: 'pure-needs-no-node',
      severity: 'error',
      from: { path: [PURE, PURE_SERVER] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'server-core-imports-only-pure',
      severity: 'error',
      from: { path: PURE_SERVER },
      to: { path: OURS, pathNot: [PURE_SERVER, PURE, '^src/platform/'] },
    },

    only(
      'dexie-only-in-its-backend',
      'dexie[^/]*',
      '^src/storage/dexie/',
      'Everything else uses the StorageBackend port.',
    ),
    only(
      'comlink-only-at-the-thread-boundary',
      'comlink',
      '^(src/protocol|src/client|worker)/',
      'Nothing else knows that calls cross threads.',
    ),
    only(
      'rxjs-only-at-the-surface',
      'rxjs',
      '^(src/reactive|src/react|demo)/',
      'The engine pushes values, not observables.',
    ),
    only('uuid-only-in-platform', 'uuidv7', '^src/platform/', 'Ids come from the injected random port.'),
    only('react-only-in-its-entry', 'react|react-dom', '^(src/react|demo)/', 'The SDK works without a view library.'),
    only('preact-only-in-the-demo', 'preact', '^demo/', 'Users of ./react bring the library of their choice.'),
    only(
      'vitest-only-in-the-test-kit',
      'vitest',
      '^src/testing/',
      'Contract suites are the only code that knows a test runner.',
    ),
    only(
      'server-packages-only-in-server',
      'hono|@hono/[^/]+|libsql|@libsql/[^/]+',
      '^(server|cli|demo)/',
      'The browser never loads them.',
    ),
    {
      name: 'browser-code-needs-no-node',
      severity: 'error',
      from: { path: '^(src|worker)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'shipped-code-needs-declared-packages',
      comment: 'A package that users get must be a dependency or a peer dependency.',
      severity: 'error',
      from: { path: SHIPPED },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional', 'type-only'] },
    },

    {
      name: 'src-imports-only-src',
      comment: 'The one exception: the test kit simulates a server with the pure core of ours.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^(worker|server|cli|demo|test|e2e|bench)/' },
    },
    {
      name: 'test-kit-imports-only-src-and-server-core',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { path: '^(worker|server|cli|demo|test|e2e|bench)/', pathNot: PURE_SERVER },
    },
    {
      name: 'server-imports-little-of-src',
      comment: 'Ports, definitions, events, the wire and errors: nothing of the client.',
      severity: 'error',
      from: { path: '^server/' },
      to: {
        path: OURS,
        pathNot: ['^server/', '^src/(platform/|domain\\.ts$|event/|sync/wire(\\.ts$|/)|errors\\.ts$)'],
      },
    },
    {
      name: 'worker-only-wires-src',
      severity: 'error',
      from: { path: '^worker/' },
      to: { path: OURS, pathNot: '^(worker|src)/' },
    },
    {
      name: 'shipped-code-imports-no-tests-or-demo',
      severity: 'error',
      from: { path: SHIPPED },
      to: { path: '^(demo|test|e2e|bench)/' },
    },
    {
      name: 'nothing-inside-imports-an-entry',
      comment: 'Entries list what users get. Only the server and the nutrition domain are users of ./domain.',
      severity: 'error',
      from: { path: SHIPPED, pathNot: '^(server|src/nutrition|cli)/' },
      to: { path: ENTRIES },
    },
    {
      name: 'server-and-nutrition-import-no-entry-but-domain',
      severity: 'error',
      from: { path: '^(server|src/nutrition)/' },
      to: { path: ENTRIES, pathNot: '^src/domain\\.ts$' },
    },
    {
      name: 'nutrition-uses-domain-and-zod',
      comment: 'It is written as an app would write it.',
      severity: 'error',
      from: { path: '^src/nutrition/' },
      to: { pathNot: ['^src/nutrition/', '^src/domain\\.ts$', npm('zod')] },
    },
    {
      name: 'users-import-the-package-by-name',
      comment: 'The demo and the end-to-end tests stand where users stand: `@larder/sdk/...`, never a path into it.',
      severity: 'error',
      from: { path: '^(demo|e2e)/' },
      to: { path: '^(src|worker|server|cli)/', dependencyTypes: ['local'] },
    },

    {
      name: 'platform-is-the-bottom',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: OURS, pathNot: '^src/(platform/|event/|errors\\.ts$)' },
    },
    {
      name: 'parts-do-not-know-the-engine',
      comment: 'The engine composes them; nothing that it composes knows it, or anything above it.',
      severity: 'error',
      from: { path: '^src/(platform|event|bus|aggregate|snapshot|store|storage|projection|handler|sync|dead-letter)/' },
      to: { path: '^src/(engine|protocol|client|reactive|react|testing|nutrition)/' },
    },
    {
      name: 'engine-and-protocol-do-not-know-the-page',
      severity: 'error',
      from: { path: '^src/(engine|protocol)/' },
      to: { path: '^src/(client|reactive|react|testing|nutrition)/' },
    },
    {
      name: 'client-does-not-know-its-views',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '^src/(reactive|react|testing|nutrition)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|dist-demo|coverage|test-results|bench/node_modules)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['larder-source', 'types', 'import', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
}
