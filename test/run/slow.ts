import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CommandResult } from './command.ts'
import type { Counts } from './counts.ts'
import { runSession } from './session.ts'
import type { Stage } from './stages.ts'

/** `npm run test:slow`: the long simulation and the crash harness. Each is one check of its exit code and last line. */
const root = fileURLToPath(new URL('../..', import.meta.url))
const scripts = { sim: 'test/simulation/cli.ts', crash: 'e2e/crash/cli.ts' } as const

function ends(code: number, line: RegExp): (result: CommandResult) => Counts {
  return ({ code: ended, output }) => {
    const said = output.trimEnd().split('\n').at(-1) ?? ''
    if (ended === code && line.test(said)) return { passed: 1, failed: 0, note: said }
    return { passed: 0, failed: 1, note: `exit code ${ended ?? 'none'}, not ${code}, or the last line is not ${line}` }
  }
}

function command(name: string, script: keyof typeof scripts, args: readonly string[], count: Stage['count']): Stage {
  return {
    name,
    command: ['npm', 'run', '--silent', script, '--', ...args],
    timeoutMs: 30 * 60_000,
    alone: true,
    browser: script === 'crash',
    absent: existsSync(join(root, scripts[script])) ? undefined : `${scripts[script]} is not there yet`,
    count,
  }
}

await runSession(
  root,
  [
    command('sim', 'sim', ['--seeds', '200'], ends(0, /^seeds=200 converged=200 lost=0 duplicated=0$/)),
    command('mutants', 'sim', ['--mutants'], ends(0, /^mutants=([1-9]\d*) caught=\1$/)),
    command('crash', 'crash', ['--kills', '20'], ends(0, /^kills=20 .*\blost=0 torn=0$/)),
    // The harness has to see the loss of an answer before the transaction's end, or its zero means nothing.
    command('early-ack', 'crash', ['--mutant', 'early-ack'], ends(1, /\blost=[1-9]\d*\b/)),
  ],
  1,
)
