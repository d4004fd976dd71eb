import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Findings, type MutantOutcome, runMutant, runUnchanged } from '../mutants/run-mutant.ts'
import { readTestMutant, type TestMutant } from '../mutants/test-mutant.ts'
import { testTarget } from '../mutants/test-target.ts'
import { THOROUGH } from '../support/thorough.ts'

const help = `npm run mutants -- [options]

Plants each bug of test/mutants in a copy of the sources, and runs the test that it names. It has to fail, by an assertion of its own, and to pass
without the bug. A patch that does not apply or does not compile is not caught.

  --only <name>  That mutant alone.
  --help

Exit code 1 unless all are caught. Those that name an invariant too are for the simulation besides: npm run sim -- --mutants.`

const root = fileURLToPath(new URL('../..', import.meta.url))

function readMutants(only: string | undefined): readonly TestMutant[] {
  const folder = join(root, 'test/mutants')
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .toSorted()
    .map((name) => readTestMutant(join(folder, name)))
  const chosen = all.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0) throw new Error(`There is no mutant ${only ?? 'at all'}.`)
  return chosen
}

async function judgeMutant(mutant: TestMutant, unchanged: Findings): Promise<MutantOutcome> {
  const [test = ''] = mutant.breaks
  const without = unchanged.get(test)
  if (without === undefined) return { caught: false, why: `there is no test ${test}` }
  if (without.length > 0) return { caught: false, why: 'its test fails without it' }
  return runMutant(root, mutant, testTarget([mutant]), unchanged)
}

async function run(only: string | undefined): Promise<void> {
  const mutants = readMutants(only)
  const unchanged = (await runUnchanged(root, testTarget(mutants))) ?? new Map()
  let caught = 0
  for (const mutant of mutants) {
    const outcome = await judgeMutant(mutant, unchanged)
    if (outcome.caught) caught++
    console.log(`${mutant.guarantee} ${mutant.name}: ${outcome.caught ? 'caught' : `not caught, ${outcome.why}`}`)
  }
  console.log(`mutants=${mutants.length} caught=${caught}`)
  process.exitCode = caught === mutants.length ? 0 : 1
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, help: { type: 'boolean', default: false } },
})
// Every test as a whole: what it tries less of in `npm test` may be what finds the bug.
process.env[THOROUGH] = '1'
if (values.help) console.log(help)
else await run(values.only)
