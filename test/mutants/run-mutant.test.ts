import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMutant } from './mutant.ts'
import { type Findings, judge, type MutantTarget, runMutant, runUnchanged } from './run-mutant.ts'

const TIMEOUT = 60_000
const HEAD = 'export function add(a: number, b: number): number {'
let root: string

/** A project of one function, and a "test" that runs it. */
const target: MutantTarget = {
  paths: [],
  compiled: ['src/add.ts'],
  run: async (copy) => {
    const script = "import('./src/add.ts').then(({ add }) => console.log(add(2, 2)))"
    const { code, output } = await copy.run(process.execPath, ['--import', 'tsx', '-e', script])
    if (code !== 0) return undefined
    return new Map([['two and two', output.trim() === '4' ? [] : ['sum']]])
  },
}
const passing: Findings = new Map([['two and two', []]])

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'larder-mutant-test-'))
  const project = fileURLToPath(new URL('../../', import.meta.url))
  for (const folder of ['src', 'server']) mkdirSync(join(root, folder))
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'))
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { strict: true, noEmit: true, types: [], lib: ['es2023'], skipLibCheck: true }
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  writeFileSync(join(root, 'src/add.ts'), `${HEAD}\n  return a + b\n}\n`)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function mutant(name: string, line: string, becomes: string) {
  const file = join(root, `${name}.patch`)
  const change = [` ${HEAD}`, `-${line}`, `+${becomes}`, ' }']
  const diff = ['--- a/src/add.ts', '+++ b/src/add.ts', '@@ -1,3 +1,3 @@', ...change, '']
  writeFileSync(file, ['Invariant: sum', '', 'What is wrong with it.', '', ...diff].join('\n'))
  return readMutant(file)
}

describe('a mutant', () => {
  it('is read from a patch that says what it breaks', () => {
    expect(mutant('minus', 'x', 'y')).toMatchObject({ name: 'minus', breaks: ['sum'] })
    writeFileSync(join(root, 'silent.patch'), '--- a/x\n+++ b/x\n')
    expect(() => readMutant(join(root, 'silent.patch'))).toThrow('does not say what it breaks')
  })

  it(
    'is caught by a check that passes without it',
    async () => {
      expect(await runUnchanged(root, target)).toEqual(passing)
      const outcome = await runMutant(root, mutant('minus', '  return a + b', '  return a - b'), target, passing)
      expect(outcome).toEqual({ caught: true, check: 'two and two', broke: 'sum', caughtBy: 1 })
    },
    TIMEOUT,
  )

  it.each([
    ['that does not apply', '  return a * b', '  return a - b', 'the patch does not apply'],
    ['that does not compile', '  return a + b', "  return 'a'", 'it does not compile'],
    ['that stops the checks', '  return a + b', "  throw new Error('a' + a + b)", 'the checks could not run'],
  ])(
    '%s is not caught',
    async (name, line, becomes, why) => {
      const outcome = await runMutant(root, mutant(name.replaceAll(' ', '-'), line, becomes), target, passing)
      expect(outcome.caught).toBe(false)
      expect('why' in outcome && outcome.why).toContain(why)
    },
    TIMEOUT,
  )
})

describe('the findings with a mutant', () => {
  const breaks = ['sum']
  const found = (broken: Record<string, readonly string[]>): Findings => new Map(Object.entries(broken))

  it('catch it when a check that passes without it breaks what it was made to break', () => {
    const findings = found({ one: [], two: ['other', 'sum'], three: ['sum'] })
    const unchanged = found({ one: [], two: [], three: [] })
    expect(judge({ breaks }, findings, unchanged)).toEqual({ caught: true, check: 'two', broke: 'sum', caughtBy: 2 })
  })

  it.each([
    ['everything passes', found({ one: [] }), found({ one: [] }), 'everything passes'],
    ['only something else breaks', found({ one: ['other'] }), found({ one: [] }), 'it broke only other, not sum'],
    ['only a check that fails anyway breaks', found({ one: ['sum'] }), found({ one: ['sum'] }), 'it broke only sum'],
    ['a check breaks that did not run without it', found({ one: ['sum'] }), found({}), 'it broke only sum'],
  ])('do not when %s', (_, findings, unchanged, why) => {
    const outcome = judge({ breaks }, findings, unchanged)
    expect('why' in outcome && outcome.why).toContain(why)
  })
})
