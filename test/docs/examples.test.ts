import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** The pages whose examples are compiled below. */
const compiled = [
  'README.md',
  'docs/accounts.md',
  'docs/aggregates.md',
  'docs/backup.md',
  'docs/evolving-events.md',
  'docs/handlers.md',
  'docs/opening.md',
  'docs/projections.md',
  'docs/storage-backend.md',
  'docs/sync.md',
  'docs/testing.md',
]

/** TypeScript examples of a page that begin with a comment that names their file. */
function examplesOf(page: string): ReadonlyMap<string, string> {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```tsx?\n\/\/ (\S+\.tsx?)[^\n]*\n([\s\S]*?)^```$/gm)
  return new Map(Array.from(blocks, ([, name = '', code = '']) => [name, code]))
}

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, 'tsconfig.json'),
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(String(diagnostic.messageText))
    },
  },
)
const options = { ...config?.options, noEmit: true, rootDir: root }

type Examples = ReadonlyMap<string, string>

/** What the compiler says of each set of examples, as if each lay in a folder of its own in this package. All are one program: what they import is checked once. */
function compileAll<Name extends string>(sets: Readonly<Record<Name, Examples>>): Record<Name, string[]> {
  const folderOf = (name: string) => join(root, 'examples', name)
  const files = new Map<string, string>()
  for (const [name, examples] of Object.entries<Examples>(sets))
    for (const [file, code] of examples) files.set(join(folderOf(name), file), code)
  const folders = new Set([...files.keys()].flatMap((path) => [dirname(path), dirname(dirname(path))]))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile, directoryExists } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path) ?? readFile(path)
  host.directoryExists = (path) => folders.has(path) || (directoryExists?.(path) ?? true)
  host.getSourceFile = (path, version) => {
    const code = files.get(path)
    return code === undefined ? getSourceFile(path, version) : ts.createSourceFile(path, code, version, true)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  const problemsIn = (path: string): string[] => {
    const file = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(
      ({ messageText }) => `${path.slice(root.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  }
  const all = Object.entries<Examples>(sets).map(([name, examples]) => [
    name,
    [...examples.keys()].flatMap((file) => problemsIn(join(folderOf(name), file))),
  ])
  return Object.fromEntries(all)
}

const fileOf = (name: string) => readFileSync(join(import.meta.dirname, 'examples', name), 'utf8')
const readme = examplesOf('README.md')
const storage = examplesOf('docs/storage-backend.md')
/** The domain that the pages speak of. */
const nutrition = readme.get('nutrition.ts') ?? ''

describe('every TypeScript block of a page', () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']
  const folders = ['docs', 'docs/decisions']
  const inFolders = folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  )
  // Its blocks are bodies of tests that run: test/parity/names.test.ts compares them.
  const compared = ['docs/from-python.md']

  it.each([...pages, ...inFolders].filter((page) => !compared.includes(page)))('is compiled: %s', (page) => {
    const blocks = readFileSync(join(root, page), 'utf8').match(
      /^ *(```|~~~) *(tsx?|typescript|jsx?|javascript|mts|cts)\b/gim,
    )
    expect(blocks?.length ?? 0).toBe(examplesOf(page).size)
    if (blocks !== null) expect(compiled).toContain(page)
  })
})

function besideDomain(page: string): Examples {
  return new Map(examplesOf(page)).set('nutrition.ts', nutrition)
}

const sets = {
  readme,
  broken: new Map(readme).set('main.ts', (readme.get('main.ts') ?? '').replace('calories: 320', 'calories: true')),
  projections: examplesOf('docs/projections.md'),
  aggregates: examplesOf('docs/aggregates.md'),
  // Beside the storage that they open.
  storage: new Map(storage).set('nutrition.ts', nutrition).set('file-storage.ts', fileOf('file-storage.ts')),
  testing: examplesOf('docs/testing.md'),
  evolving: examplesOf('docs/evolving-events.md'),
  handlers: examplesOf('docs/handlers.md'),
  accounts: besideDomain('docs/accounts.md'),
  backup: besideDomain('docs/backup.md'),
  sync: besideDomain('docs/sync.md'),
  opening: besideDomain('docs/opening.md'),
}
let problems: Record<keyof typeof sets, string[]>
beforeAll(() => {
  problems = compileAll(sets)
}, 120_000)

describe('the examples of the README', () => {
  it('are found', () => {
    expect([...readme.keys()]).toEqual(['nutrition.ts', 'nutrition.worker.ts', 'main.ts', 'server.ts'])
  })

  it('compile', () => {
    expect(problems.readme).toEqual([])
  })

  it('would not pass with a mistake in them', () => {
    expect(problems.broken).toEqual([expect.stringContaining('main.ts')])
  })
})

describe('the examples of the page on projections', () => {
  it('compile', () => {
    expect([...sets.projections.keys()]).toEqual(['totals.ts', 'read-totals.ts', 'order-state.ts'])
    expect(problems.projections).toEqual([])
  })
})

describe('the examples of the page on aggregates', () => {
  it('compile', () => {
    expect([...sets.aggregates.keys()]).toEqual(['user.ts', 'page.ts', 'edit.ts', 'user-aggregate.ts'])
    expect(problems.aggregates).toEqual([])
  })
})

describe('the examples of the page on storage', () => {
  it('compile, beside the storage that they open', () => {
    expect([...storage.keys()]).toEqual(['open.ts', 'nutrition.worker.ts', 'file-storage.test.ts'])
    expect(problems.storage).toEqual([])
  })

  it('show the test that runs here', () => {
    expect(storage.get('file-storage.test.ts')).toBe(fileOf('file-storage.test.ts'))
  })
})

describe('the examples of the page on testing', () => {
  it('compile', () => {
    expect([...sets.testing.keys()]).toEqual([
      'definitions.test.ts',
      'store.test.ts',
      'faults.test.ts',
      'simulation.test.ts',
      'server-log.test.ts',
    ])
    expect(problems.testing).toEqual([])
  })

  it.each([...sets.testing])('pass: %s', (name, code) => {
    expect(code).toBe(fileOf(name))
  })
})

describe('the examples of the page on evolving events', () => {
  it('are found', () => {
    expect([...sets.evolving.keys()]).toEqual([
      'meal-logged.ts',
      'split.ts',
      'retired.ts',
      'reactions.ts',
      'cloud-events.ts',
    ])
  })

  it('compile', () => {
    expect(problems.evolving).toEqual([])
  })
})

describe('the examples of the page on opening', () => {
  it('compile', () => {
    expect([...examplesOf('docs/opening.md').keys()]).toEqual(['nutrition.worker.ts', 'vite.config.ts'])
    expect(problems.opening).toEqual([])
  })
})

describe('the examples of the page on handlers', () => {
  it('compile', () => {
    expect([...sets.handlers.keys()]).toEqual(['nutrition.ts', 'bus.ts', 'coach.ts', 'dead-letters.ts'])
    expect(problems.handlers).toEqual([])
  })
})

describe.each([
  ['accounts', ['sign-in.ts', 'tidy-up.ts']],
  ['backup', ['backup.ts']],
  ['sync', ['sync.ts', 'letters.ts']],
] as const)('the examples of the page on %s', (page, names) => {
  it('compile, beside the domain of the README', () => {
    expect([...examplesOf(`docs/${page}.md`).keys()]).toEqual(names)
    expect(problems[page]).toEqual([])
  })
})
