import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { THOROUGH } from '../support/thorough.ts'
import type { CommandResult } from './command.ts'
import type { Counts } from './counts.ts'
import type { Stage } from './stages.ts'

const scripts = {
  sim: 'test/simulation/cli.ts',
  crash: 'e2e/crash/cli.ts',
  mutants: 'test/run/mutants.ts',
  size: 'test/run/size.ts',
  bench: 'bench/cli.ts',
  thorough: 'test/run/thorough.ts',
  e2e: 'e2e/playwright.config.ts',
  'e2e:slow': 'e2e/slow.config.ts',
} as const

const BENCH_SMOKE = ['--quick', '--peers', 'none', '--rows', 'append-one,open-warm', '--no-results']

/** A stage of `npm run test:slow`. */
export interface SlowStage extends Stage {
  /** Rows of the fault catalogue that it tests as a whole; those of its tests are told by their names. */
  readonly rows?: readonly string[]
}

/** Each is one check of its exit code and last line. */
export function slowStages(root: string): readonly SlowStage[] {
  const command = (
    name: string,
    script: keyof typeof scripts,
    args: readonly string[],
    count: Stage['count'],
  ): SlowStage => ({
    name,
    command: ['npm', 'run', '--silent', script, '--', ...args],
    timeoutMs: 30 * 60_000,
    alone: true,
    browser: script === 'crash' || script === 'e2e:slow' || script === 'bench',
    absent: existsSync(join(root, scripts[script])) ? undefined : `${scripts[script]} is not there yet`,
    count,
  })
  const allCaught = ends(0, /^mutants=([1-9]\d*) caught=\1$/)
  return [
    command('sim', 'sim', ['--seeds', '400'], ends(0, /^seeds=400 converged=400 lost=0 duplicated=0 undrained=0$/)),
    command('thorough', 'thorough', [], ends(0, /^files=[1-9]\d* passed=[1-9]\d* failed=0$/)),
    {
      ...command('e2e-thorough', 'e2e', ['stays-in-place', 'thorough'], passes),
      env: { [THOROUGH]: '1' },
      browser: true,
    },
    command('sim-mutants', 'sim', ['--mutants'], allCaught),
    command('mutants', 'mutants', [], allCaught),
    command('size', 'size', [], ends(0, /^page=[\d.]+ worker=[\d.]+ kB$/)),
    // That it can be run at all: what it measures decides nothing.
    command('bench', 'bench', BENCH_SMOKE, ends(0, /^rows=2 peers=0 .*\bfailed=0\b/)),
    { ...command('crash', 'crash', ['--kills', '50'], ends(0, /^kills=50 .*\blost=0 torn=0$/)), rows: ['C01'] },
    command('e2e-slow', 'e2e:slow', [], ends(0, /^ *[1-9]\d* passed/)),
    // The harness has to see the loss of an answer before the transaction's end, or its zero means nothing.
    command('early-ack', 'crash', ['--mutant', 'early-ack'], ends(1, /\blost=[1-9]\d*\b/)),
  ]
}

/** Playwright's count, behind which it is said which browsers there were not. */
function passes({ code, output }: CommandResult): Counts {
  const said = output.match(/^ *[1-9]\d* passed.*$/m)?.[0]
  if (code === 0 && said !== undefined) return { passed: 1, failed: 0, note: said.trim() }
  return { passed: 0, failed: 1, note: `exit code ${code ?? 'none'}` }
}

function ends(code: number, line: RegExp): (result: CommandResult) => Counts {
  return ({ code: ended, output }) => {
    const said = output.trimEnd().split('\n').at(-1) ?? ''
    if (ended === code && line.test(said)) return { passed: 1, failed: 0, note: said }
    return { passed: 0, failed: 1, note: `exit code ${ended ?? 'none'}, not ${code}, or the last line is not ${line}` }
  }
}
