import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkImports, type ImportsReport } from './imports.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const made: string[] = []

/** A small tree with this repository's settings and packages, and the given files. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'larder-imports-'))
  made.push(root)
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(repository, file), join(root, file))
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

afterAll(() => {
  for (const root of made) rmSync(root, { recursive: true, force: true })
})

const value = 'export const value = 1\n'
/** What the planted imports lead to. */
const targets = {
  'src/index.ts': value,
  'src/domain.ts': value,
  'src/errors.ts': value,
  'src/platform/clock.ts': 'export interface Clock { readonly now: number }\nexport const value = 1\n',
  'src/event/event.ts': value,
  'src/sync/wire.ts': value,
  'src/sync/driver.ts': value,
  'src/store/store.ts': value,
  'src/engine/engine.ts': value,
  'src/client/client.ts': value,
  'src/reactive/views.ts': value,
  'server/core/log.ts': value,
  'server/libsql-log.ts': value,
  'worker/wiring.ts': value,
  'demo/app.ts': value,
  'test/helper.ts': value,
} as const

const allowed: readonly (readonly [from: string, to: string])[] = [
  ['src/event/a.ts', 'zod'],
  ['src/event/b.ts', '../errors.ts'],
  ['src/aggregate/a.ts', '../event/event.ts'],
  ['src/storage/dexie/a.ts', 'dexie'],
  ['src/protocol/a.ts', 'comlink'],
  ['src/client/a.ts', 'comlink'],
  ['worker/a.ts', 'comlink'],
  ['worker/b.ts', '../src/engine/engine.ts'],
  ['src/reactive/a.ts', 'rxjs'],
  ['src/react/a.ts', 'rxjs'],
  ['src/react/b.ts', 'react'],
  ['demo/a.ts', 'rxjs'],
  ['demo/b.ts', '@larder/sdk'],
  ['e2e/a.ts', '@larder/sdk/domain'],
  ['src/testing/a.ts', '../../server/core/log.ts'],
  ['src/testing/b.ts', 'vitest'],
  ['src/nutrition/a.ts', '../domain.ts'],
  ['src/nutrition/b.ts', 'zod'],
  ['server/a.ts', '../src/domain.ts'],
  ['server/b.ts', '../src/sync/wire.ts'],
  ['server/c.ts', 'hono'],
  ['server/d.ts', 'node:fs'],
  ['server/core/a.ts', '../../src/event/event.ts'],
  ['test/a.ts', '../src/engine/engine.ts'],
]

const forbidden: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['resolvable', 'src/store/a.ts', './gone.ts'],
  ['resolvable', 'demo/c.ts', '@larder/sdk/secret'],
  ['pure-imports-only-pure', 'src/event/c.ts', '../store/store.ts'],
  ['pure-imports-only-pure', 'src/aggregate/c.ts', '../store/store.ts'],
  ['pure-imports-only-pure', 'src/projection/define-projection.ts', '../engine/engine.ts'],
  ['pure-imports-only-pure', 'src/sync/sync-state.ts', './driver.ts'],
  ['pure-knows-ports-by-type-only', 'src/event/d.ts', '../platform/clock.ts'],
  ['pure-needs-no-package-but-zod', 'src/event/e.ts', 'uuidv7'],
  ['pure-needs-no-package-but-zod', 'server/core/b.ts', 'libsql'],
  ['pure-needs-no-node', 'src/aggregate/d.ts', 'node:crypto'],
  ['server-core-imports-only-pure', 'server/core/c.ts', '../libsql-log.ts'],
  ['dexie-only-in-its-backend', 'src/storage/memory/a.ts', 'dexie'],
  ['comlink-only-at-the-thread-boundary', 'src/engine/a.ts', 'comlink'],
  ['rxjs-only-at-the-surface', 'src/engine/b.ts', 'rxjs'],
  ['uuid-only-in-platform', 'src/store/b.ts', 'uuidv7'],
  ['react-only-in-its-entry', 'src/client/b.ts', 'react'],
  ['preact-only-in-the-demo', 'src/react/c.ts', 'preact/hooks'],
  ['vitest-only-in-the-test-kit', 'src/store/c.ts', 'vitest'],
  ['server-packages-only-in-server', 'src/sync/a.ts', 'hono'],
  ['browser-code-needs-no-node', 'src/store/d.ts', 'node:fs'],
  ['shipped-code-needs-declared-packages', 'src/store/e.ts', 'fast-check'],
  ['src-imports-only-src', 'src/client/c.ts', '../../worker/wiring.ts'],
  ['src-imports-only-src', 'src/engine/c.ts', '../../server/core/log.ts'],
  ['test-kit-imports-only-src-and-server-core', 'src/testing/c.ts', '../../server/libsql-log.ts'],
  ['server-imports-little-of-src', 'server/e.ts', '../src/sync/driver.ts'],
  ['worker-only-wires-src', 'worker/c.ts', '../server/libsql-log.ts'],
  ['shipped-code-imports-no-tests-or-demo', 'server/f.ts', '../test/helper.ts'],
  ['nothing-inside-imports-an-entry', 'src/client/d.ts', '../index.ts'],
  ['nothing-inside-imports-an-entry', 'src/engine/d.ts', '@larder/sdk/domain'],
  ['server-and-nutrition-import-no-entry-but-domain', 'src/nutrition/c.ts', '../index.ts'],
  ['nutrition-uses-domain-and-zod', 'src/nutrition/d.ts', '../event/event.ts'],
  ['users-import-the-package-by-name', 'demo/d.ts', '../src/index.ts'],
  ['users-import-the-package-by-name', 'e2e/b.ts', '../server/libsql-log.ts'],
  ['platform-is-the-bottom', 'src/platform/a.ts', '../store/store.ts'],
  ['parts-do-not-know-the-engine', 'src/store/f.ts', '../engine/engine.ts'],
  ['engine-and-protocol-do-not-know-the-page', 'src/engine/e.ts', '../client/client.ts'],
  ['client-does-not-know-its-views', 'src/client/e.ts', '../reactive/views.ts'],
]

describe('the import rules', () => {
  let report: ImportsReport
  const says = (from: string) =>
    report.violations.filter((violation) => violation.from === from).map(({ rule }) => rule)

  beforeAll(() => {
    const imports = [...allowed, ...forbidden.map(([, from, to]) => [from, to] as const)]
    report = checkImports(
      tree({
        ...targets,
        ...Object.fromEntries(imports.map(([from, to]) => [from, `import '${to}'\n`])),
        'src/bus/a.ts': "import './b.ts'\n",
        'src/bus/b.ts': "import type {} from './a.ts'\n",
        'src/aggregate/ports.ts': "import type { Clock } from '../platform/clock.ts'\nexport type Now = Clock['now']\n",
      }),
    )
  }, 60_000)

  it.each(allowed)('let %s import %s', (from) => {
    expect(says(from)).toEqual([])
  })

  it.each(forbidden)('report %s: %s imports %s', (rule, from) => {
    expect(says(from)).toContain(rule)
  })

  it('have each a violation planted here', () => {
    const config: { readonly forbidden: readonly { readonly name: string }[] } = createRequire(import.meta.url)(
      '../../.dependency-cruiser.cjs',
    )
    const planted = new Set(['no-cycles', ...forbidden.map(([rule]) => rule)])
    expect(config.forbidden.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([])
  })

  it('report a cycle, also one that is closed by a type', () => {
    expect(says('src/bus/a.ts')).toContain('no-cycles')
  })

  it('let pure code name the type of a port', () => {
    expect(says('src/aggregate/ports.ts')).toEqual([])
  })
})

describe('a check that sees nothing', () => {
  it('fails where there is no module', () => {
    expect(() => checkImports(tree({ 'src/README.md': 'Nothing yet.\n', 'some.config.ts': value }))).toThrow(
      '0 modules',
    )
  })

  it('fails where there is no folder', () => {
    expect(() => checkImports(tree({}))).toThrow('none of the folders')
  })
})
