import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

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
/** What the examples import is parsed once for all pages. */
const parsed = new Map<string, ts.SourceFile | undefined>()

/** Compiles the examples as if they lay beside each other in this package, and answers what the compiler says of them. */
function compile(examples: ReadonlyMap<string, string>): string[] {
  const files = new Map(Array.from(examples, ([name, code]) => [join(root, 'examples', name), code]))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile, directoryExists } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path) ?? readFile(path)
  host.directoryExists = (path) => path === dirname([...files.keys()][0] ?? '') || (directoryExists?.(path) ?? true)
  host.getSourceFile = (path, version) => {
    const code = files.get(path)
    if (code !== undefined) return ts.createSourceFile(path, code, version, true)
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, version))
    return parsed.get(path)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(
      ({ messageText }) => `${path.slice(root.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  })
}

describe('the examples of the README', () => {
  const examples = examplesOf('README.md')

  it('are found', () => {
    expect([...examples.keys()]).toEqual(['nutrition.ts', 'nutrition.worker.ts', 'main.ts', 'server.ts'])
  })

  it('compile', () => {
    expect(compile(examples)).toEqual([])
  }, 60_000)

  it('would not pass with a mistake in them', () => {
    const broken = new Map(examples).set(
      'main.ts',
      (examples.get('main.ts') ?? '').replace('calories: 320', 'calories: true'),
    )
    expect(compile(broken)).toEqual([expect.stringContaining('main.ts')])
  }, 60_000)
})

describe('the examples of the page on projections', () => {
  it('compile', () => {
    const examples = examplesOf('docs/projections.md')
    expect([...examples.keys()]).toEqual(['totals.ts', 'read-totals.ts', 'order-state.ts'])
    expect(compile(examples)).toEqual([])
  }, 60_000)
})

describe('the examples of the page on aggregates', () => {
  const examples = examplesOf('docs/aggregates.md')

  it('compile', () => {
    expect([...examples.keys()]).toEqual(['user.ts', 'page.ts', 'edit.ts', 'user-aggregate.ts'])
    expect(compile(examples)).toEqual([])
  }, 60_000)
})

describe('the examples of the page on storage', () => {
  const examples = examplesOf('docs/storage-backend.md')
  const fileOf = (name: string) => readFileSync(join(import.meta.dirname, 'examples', name), 'utf8')

  it('compile, beside the storage that they open', () => {
    expect([...examples.keys()]).toEqual(['open.ts', 'nutrition.worker.ts', 'file-storage.test.ts'])
    const nutrition = examplesOf('README.md').get('nutrition.ts') ?? ''
    const all = new Map(examples).set('nutrition.ts', nutrition).set('file-storage.ts', fileOf('file-storage.ts'))
    expect(compile(all)).toEqual([])
  }, 60_000)

  it('show the test that runs here', () => {
    expect(examples.get('file-storage.test.ts')).toBe(fileOf('file-storage.test.ts'))
  })
})

describe('the examples of the page on testing', () => {
  const examples = examplesOf('docs/testing.md')

  it('compile', () => {
    expect([...examples.keys()]).toEqual([
      'definitions.test.ts',
      'store.test.ts',
      'faults.test.ts',
      'simulation.test.ts',
      'server-log.test.ts',
    ])
    expect(compile(examples)).toEqual([])
  }, 60_000)

  it.each([...examples])('pass: %s', (name, code) => {
    expect(code).toBe(readFileSync(join(import.meta.dirname, 'examples', name), 'utf8'))
  })
})

describe('the examples of the page on evolving events', () => {
  const examples = examplesOf('docs/evolving-events.md')

  it('are found', () => {
    expect([...examples.keys()]).toEqual([
      'meal-logged.ts',
      'split.ts',
      'retired.ts',
      'reactions.ts',
      'cloud-events.ts',
    ])
  })

  it('compile', () => {
    expect(compile(examples)).toEqual([])
  }, 60_000)
})

describe('the examples of the page on handlers', () => {
  it('compile', () => {
    const examples = examplesOf('docs/handlers.md')
    expect([...examples.keys()]).toEqual(['nutrition.ts', 'bus.ts', 'coach.ts', 'dead-letters.ts'])
    expect(compile(examples)).toEqual([])
  }, 60_000)
})
