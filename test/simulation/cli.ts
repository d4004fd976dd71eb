/**
 * `npm run sim -- --seeds 200 [--from 1] [--report file]`: runs seeds, and prints what a seed broke with the end of its trace.
 * `npm run sim -- --seed 7 [--trace 500]`: runs one seed again and prints its trace hash, with `--trace` the last lines of its trace.
 * `npm run sim -- --sweep`: runs one short story with a crash, and with a failure, at each of its storage steps in turn.
 * `npm run sim -- --mutants`: plants known bugs and expects the seeds to find them.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runSimulationMutants } from '../mutants/simulation-mutants.ts'
import { runSeed, type SeedResult } from './run-seed.ts'
import { runSeeds } from './seed-pool.ts'
import { runSweepStory } from './sweep.ts'
import { Totals } from './totals.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'string' },
    report: { type: 'string' },
    sweep: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
  },
})

/** The traces of more seeds than this say nothing new. */
const MOST_TRACES = 3
const TRACE_LINES = 120

process.exitCode = (await run()) ? 0 : 1

function run(): Promise<boolean> {
  const from = wholeNumber('from', 1)
  if (values.mutants) return runSimulationMutants({ seeds: wholeNumber('seeds', 40), from, print })
  if (values.sweep) return sweep()
  return values.seed === undefined ? runMany(from, wholeNumber('seeds', 200)) : runOne(wholeNumber('seed', 1))
}

async function runOne(seed: number): Promise<boolean> {
  const traceLines = wholeNumber('trace', TRACE_LINES)
  const result = await runSeed(seed, { traceLines, alwaysTrace: values.trace !== undefined })
  if (result.trace !== '') print(result.trace)
  printViolations(result)
  print(`seed=${seed} trace=${result.traceHash} steps=${result.steps} virtual=${result.virtualMs}ms`)
  const totals = new Totals()
  totals.add(result)
  print(totals.measured())
  print(totals.dramas())
  print(totals.verdict())
  return totals.failed === 0
}

async function runMany(from: number, count: number): Promise<boolean> {
  const totals = new Totals()
  const results: SeedResult[] = []
  await runSeeds({
    from,
    count,
    traceLines: TRACE_LINES,
    onResult: (result) => {
      totals.add(result)
      results.push(result)
      if (result.violations.length === 0) return
      if (totals.failed <= MOST_TRACES) print(result.trace)
      printViolations(result)
      print(`seed ${result.seed} again: npm run sim -- --seed ${result.seed}`)
    },
  })
  if (values.report !== undefined) writeReport(values.report, results)
  const short = totals.shortOf()
  for (const line of short) print(`measured too little: ${line}`)
  print(totals.measured())
  print(totals.dramas())
  print(totals.verdict())
  return totals.failed === 0 && short.length === 0
}

async function sweep(): Promise<boolean> {
  const { steps, violations } = await runSweepStory()
  let broken = violations.length > 0 ? 1 : 0
  for (const fault of ['crash', 'reject'] as const) {
    for (let at = 1; at <= steps; at++) {
      const result = await runSweepStory({ at, fault })
      if (result.violations.length === 0) continue
      if (++broken <= MOST_TRACES) print(result.trace)
      print(`${fault} at step ${at} broke ${result.violations.map(({ invariant }) => invariant).join(', ')}`)
    }
  }
  print(`steps=${steps} crashes=${steps} failures=${steps} broken=${broken}`)
  return broken === 0
}

function printViolations({ seed, violations }: SeedResult): void {
  for (const { invariant, at, detail } of violations.slice(0, 5))
    print(`seed ${seed} broke ${invariant} at ${at} ms: ${detail}`)
}

/** For programs: what each seed broke. */
function writeReport(file: string, results: readonly SeedResult[]): void {
  const seeds = results.map(({ seed, violations, traceHash }) => ({ seed, violations, traceHash }))
  writeFileSync(file, JSON.stringify({ seeds }))
}

function wholeNumber(name: 'seeds' | 'from' | 'seed' | 'trace', otherwise: number): number {
  const number = values[name] === undefined ? otherwise : Number(values[name])
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`--${name} is a whole number from 1; got '${values[name]}'`)
  return number
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
