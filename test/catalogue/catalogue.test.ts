import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { slowStages } from '../run/slow-stages.ts'
import { type Catalogue, findGaps, idsAtStart, type NamedTest, type Owed, readCatalogue } from './catalogue.ts'
import { findNamedTests, namedTestsIn } from './find-named-tests.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const catalogue = readCatalogue(new URL('../catalogue.json', import.meta.url))
const named = findNamedTests(root)

/** The harness that kills browsers stands for its rows as a stage, which runs elsewhere. */
const stages: readonly NamedTest[] = slowStages(root).flatMap(({ name, rows = [], absent }) =>
  absent === undefined ? [{ place: name === 'crash' ? 'crash' : 'slow', ids: rows }] : [],
)

describe('the fault catalogue', () => {
  it('lists what is owed, and every row has a test that runs wherever it says', ({ annotate }) => {
    const tests = [...named, ...stages]
    expect(tests.length).toBeGreaterThan(50)
    expect(findGaps(catalogue, tests)).toEqual([])
    return annotate(`open: ${catalogue.open.join(' ') || 'none'}`)
  })

  it('is tested in `*.slow.ts` too, where the slow end-to-end tests are', () => {
    expect(named).toContainEqual({ place: 'slow', ids: ['C11'] })
  })

  /** The rows of a server and of the demo are listed for their tests; nobody has been promised them by number. */
  const promised = catalogue.rows.filter(({ id, priority }) => priority !== 'P2' && !/^C(7[6-9]|8\d)$/.test(id))

  it.each(promised.map(({ id }) => id))('misses %s when it is taken off the list', (id) => {
    const rows = catalogue.rows.filter((row) => row.id !== id)
    expect(findGaps({ open: [], rows }, [])).toContain(`${id} is owed and not listed`)
  })

  const rows: Catalogue['rows'] = [
    { id: 'C01', priority: 'P0', where: ['unit', 'e2e'], title: 'x' },
    { id: 'C02', priority: 'P1', where: ['unit'], title: 'y' },
  ]
  const nothing: Owed = new Map()
  const tests: readonly NamedTest[] = [
    { place: 'unit', ids: ['C01', 'C02'] },
    { place: 'e2e', ids: ['C01'] },
  ]

  it('is complete with a test of each row in each place', () => {
    expect(findGaps({ open: [], rows }, tests, new Map([['C02', ['node']]]))).toEqual([])
  })

  it.each<[string, Partial<Catalogue>, readonly NamedTest[], Owed, string]>([
    ['that has no test', {}, tests.slice(0, 1), nothing, 'C01 has no e2e test'],
    ['that is owed', {}, tests, new Map([['C03', ['node']]]), 'C03 is owed and not listed'],
    ['that is owed and open', { open: ['C01'] }, tests, new Map([['C01', ['node']]]), 'C01 is owed and open'],
    ['that is owed in another place', {}, tests, new Map([['C02', ['node', 'browser']]]), 'C02 is owed in browser'],
    ['that is open', { open: ['C09'] }, tests, nothing, 'C09 is open and not listed'],
    ['that is listed twice', { rows: [...rows, ...rows.slice(0, 1)] }, tests, nothing, 'C01 is listed twice'],
  ])('has a gap at a row %s', (_, change, given, owed, gap) => {
    expect(findGaps({ open: [], rows, ...change }, given, owed)).toEqual([expect.stringContaining(gap)])
  })

  it('does not ask for a test of what is open', () => {
    expect(findGaps({ open: ['C01', 'C02'], rows }, [], nothing)).toEqual([])
  })
})

describe('a test named after a row', () => {
  it.each([
    ['C49: waits', ['C49']],
    ['C49 waits', ['C49']],
    ['C48, C50: answers', ['C48', 'C50']],
    ['C4: x', []],
    ['C49x', []],
    ['the row C49', []],
  ])('is told by the start of its name: %s', (name, ids) => {
    expect(idsAtStart(name)).toEqual(ids)
  })

  it.each([
    "it('C01: x', () => {})",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source to be read
    'it.each(rows)(`C01: ${a}`, () => {})',
    "describe('C01: x', () => { for (const a of b) it(a, () => {}); it('y', () => {}) })",
    "test.describe('C01: x', () => { test('y', async () => {}) })",
    "it.each`a`('C01: x', () => {})",
  ])('is found: %s', (text) => {
    expect(namedTestsIn(text, 'unit')).toEqual([{ place: 'unit', ids: ['C01'] }])
  })

  it.each([
    "it.skip('C01: x', () => {})",
    "it.todo('C01: x')",
    "it('C01: x')",
    "it.only('C01: x', () => {})",
    "it.skipIf(a)('C01: x', () => {})",
    "it.fails('C01: x', () => {})",
    "describe.skip('a', () => { it('C01: x', () => {}) })",
    "describe('C01: x', () => {})",
    "test('C01: x', () => { test.skip(isSlow) })",
    "test.fixme('C01: x', () => {})",
    "// it('C01: x', () => {})",
    "const text = 'C01: x'",
  ])('does not count unless it runs: %s', (text) => {
    expect(namedTestsIn(text, 'unit')).toEqual([])
  })
})
