import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readMutant } from './mutant.ts'
import { type Findings, type MutantTarget, runMutant, runUnchanged } from './run-mutant.ts'

/** The mutants that the simulation has to catch. */
export const SIMULATION_MUTANTS: readonly string[] = [
  'new-id-on-retry',
  'two-transaction-apply',
  'stale-term-applies',
  'cursor-before-write',
  'failure-resets-backoff',
  'repaired-before-pulled',
]
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface SimulationMutantsOptions {
  readonly seeds: number
  readonly from: number
  readonly print: (line: string) => void
}

/** Runs the same seeds without and with each mutant; answers whether all were caught. */
export async function runSimulationMutants({ seeds, from, print }: SimulationMutantsOptions): Promise<boolean> {
  const target = simulationTarget(seeds, from)
  const unchanged = await runUnchanged(ROOT, target)
  const passing = [...(unchanged ?? [])].filter(([, broken]) => broken.length === 0).length
  print(`without mutants: ${passing} of ${seeds} seeds pass`)
  let caught = 0
  for (const name of SIMULATION_MUTANTS) {
    const mutant = readMutant(fileURLToPath(new URL(`${name}.patch`, import.meta.url)))
    const outcome = await runMutant(ROOT, mutant, target, unchanged ?? new Map())
    if (outcome.caught) caught++
    print(
      outcome.caught
        ? `${name}: caught, ${outcome.check} broke ${outcome.broke}; ${outcome.caughtBy} of ${seeds} seeds caught it`
        : `${name}: not caught, ${outcome.why}`,
    )
  }
  print(`mutants=${SIMULATION_MUTANTS.length} caught=${caught}`)
  return caught === SIMULATION_MUTANTS.length
}

function simulationTarget(seeds: number, from: number): MutantTarget {
  return {
    paths: ['test/simulation', 'test/mutants', 'test/support'],
    compiled: ['test/simulation/cli.ts', 'test/simulation/seed-process.ts'],
    run: async (copy) => {
      const report = join(copy.folder, 'report.json')
      const args = ['--seeds', `${seeds}`, '--from', `${from}`, '--report', report]
      await copy.run(process.execPath, [...process.execArgv, 'test/simulation/cli.ts', ...args])
      return existsSync(report) ? readReport(readFileSync(report, 'utf8')) : undefined
    },
  }
}

function readReport(text: string): Findings {
  const { seeds }: { seeds: { seed: number; violations: { invariant: string }[] }[] } = JSON.parse(text)
  return new Map(
    seeds.map(({ seed, violations }) => [`seed ${seed}`, violations.map(({ invariant }) => invariant)] as const),
  )
}
