import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Catalogue, findGaps, readCatalogue } from '../catalogue/catalogue.ts'
import { passedInPlaywright, passedInVitest } from '../catalogue/find-passed-tests.ts'

/** `--reports <folder>`: whether every row of the fault catalogue has a test that has just passed, by what the runners wrote there. */
const { values } = parseArgs({ options: { reports: { type: 'string', default: '.' } } })

function read(name: string): unknown {
  const file = join(values.reports, name)
  if (!existsSync(file)) throw new Error(`There is no ${name}: run the stages vitest and e2e with this one.`)
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What runs in `npm test`; rows that are tested elsewhere are not judged here. */
function duringTest({ open, rows }: Catalogue): Catalogue {
  const here = rows
    .map((row) => ({ ...row, where: row.where.filter((place) => place !== 'crash' && place !== 'slow') }))
    .filter(({ where }) => where.length > 0)
  return { open: open.filter((id) => here.some((row) => row.id === id)), rows: here }
}

try {
  const catalogue = duringTest(readCatalogue(new URL('../catalogue.json', import.meta.url)))
  const passed = [...passedInVitest(read('vitest.json')), ...passedInPlaywright(read('e2e.json'))]
  const gaps = findGaps(catalogue, passed, new Map())
  for (const gap of gaps) console.log(gap)
  console.log(`rows=${catalogue.rows.length} gaps=${gaps.length} open=${catalogue.open.join(',') || 'none'}`)
  process.exitCode = gaps.length === 0 ? 0 : 1
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
