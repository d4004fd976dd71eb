import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SIMULATION_MUTANTS } from './simulation-mutants.ts'
import { readTestMutant } from './test-mutant.ts'
import { readReport } from './test-target.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const patches = readdirSync(join(root, 'test/mutants')).filter((name) => name.endsWith('.patch'))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'larder-test-mutant-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function patch(name: string, ...header: readonly string[]): string {
  const file = join(folder, `${name}.patch`)
  writeFileSync(file, [...header, '', '--- a/x', '+++ b/x', ''].join('\n'))
  return file
}

describe('a mutant for a test', () => {
  it('says which guarantee it breaks and which test has to notice', () => {
    const file = patch(
      'early',
      'Guarantee: G1',
      'Breaks: It answers early.',
      'Test: test/a.test.ts > a group > a test > b',
    )
    expect(readTestMutant(file)).toEqual({
      ...{ name: 'early', file, guarantee: 'G1', breaks: ['test/a.test.ts > a group > a test > b'] },
      test: { file: 'test/a.test.ts', name: 'a group > a test > b' },
    })
  })

  it('is refused when it does not say all of that', () => {
    expect(() => readTestMutant(patch('other', 'Invariant: exactly-once'))).toThrow('does not say what it breaks')
    expect(() => readTestMutant(patch('typo', 'Guarantee: G1', 'Breaks: x', 'test: test/a.test.ts > a'))).toThrow(
      'does',
    )
    expect(() => readTestMutant(patch('mute', 'Test: test/a.test.ts > a'))).toThrow('does not say what it breaks')
    expect(() => readTestMutant(patch('vague', 'Guarantee: G1', 'Breaks: x', 'Test: a'))).toThrow('does not say')
  })
})

describe('what a test found', () => {
  const report = (status: string, ...failureMessages: readonly string[]) => ({
    testResults: [
      {
        name: '/copy/test/a.test.ts',
        assertionResults: [{ ancestorTitles: ['a group'], title: 'a test', status, failureMessages }],
      },
    ],
  })
  const name = 'test/a.test.ts > a group > a test'

  it.each([
    ['passed', report('passed'), []],
    ['failed by its assertion', report('failed', 'AssertionError: expected 1 to be 2'), [name]],
  ])('%s', (_, given, found) => {
    expect(readReport(given, '/copy').get(name)).toEqual(found)
  })

  it('is something else when it failed by a timeout or an error of the code', () => {
    expect(readReport(report('failed', 'Error: Test timed out'), '/copy').get(name)).not.toContain(name)
  })

  it('is nothing when it did not run', () => {
    expect(readReport(report('skipped'), '/copy').get(name)).toBeUndefined()
  })
})

it.each(patches)('%s applies to the sources as they are', (name) => {
  const apply = () =>
    execFileSync('git', ['apply', '--check', join(root, 'test/mutants', name)], { cwd: root, stdio: 'pipe' })
  expect(apply).not.toThrow()
})

it('those that name an invariant are all planted in the simulation', () => {
  const named = patches.filter((name) => /^Invariant: /m.test(readFileSync(join(root, 'test/mutants', name), 'utf8')))
  expect(SIMULATION_MUTANTS.map((name) => `${name}.patch`).toSorted()).toEqual(named.toSorted())
})

it.each(['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8', 'G9'])('%s has a mutant', (guarantee) => {
  const mutants = patches.map((name) => readTestMutant(join(root, 'test/mutants', name)))
  expect(mutants.map((mutant) => mutant.guarantee)).toContain(guarantee)
})
