import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandResult, runCommand } from './command.ts'
import { type Counts, oneCheck, playwrightCounts, vitestCounts, withNote } from './counts.ts'
import { absentBrowsers } from './other-browsers.ts'

/** One part of a test run: a command and how its outcome is counted. */
export interface Stage {
  readonly name: string
  readonly command: readonly string[]
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Runs while nothing else does: it measures time, or fills the machine by itself. */
  readonly alone?: boolean
  /** Starts a browser. */
  readonly browser?: boolean
  /** The stage that makes what this one runs on; it is run with it, and before it. */
  readonly needs?: string
  /** Why there is nothing to run yet; undefined when there is. */
  readonly absent?: string | undefined
  readonly count: (result: CommandResult) => Counts
}

export interface StageOutcome {
  readonly stage: Stage
  readonly counts: Counts
  readonly result: CommandResult
}

const minute = 60_000

function anyFile(folder: string, suffix: string): boolean {
  if (!existsSync(folder)) return false
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith(suffix))
}

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

/** The stages of `npm test`, quick ones first. `reports` is a folder for what the test runners write. */
export function testStages(root: string, reports: string): readonly Stage[] {
  const npm = (script: string) => ['npm', 'run', '--silent', script]
  const check = (name: string, script: string): Stage => ({
    name,
    command: npm(script),
    timeoutMs: 5 * minute,
    count: ({ code }) => oneCheck(code),
  })
  const vitest = (name: string, args: readonly string[]) => {
    const report = join(reports, `${name}.json`)
    return {
      name,
      command: [
        process.execPath,
        join(root, 'node_modules/vitest/vitest.mjs'),
        ...['run', ...args, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`],
      ],
      timeoutMs: 10 * minute,
      browser: true,
      count: ({ code }: CommandResult) => vitestCounts(read(report), code),
    } satisfies Stage
  }
  const e2eReport = join(reports, 'e2e.json')
  return [
    // Type tests are compiled by the stage `types`, as all sources are.
    vitest('vitest', ['--project', 'unit', '--project', 'browser']),
    check('types', 'types'),
    check('lint', 'lint'),
    check('imports', 'imports'),
    {
      ...vitest('package', ['--config', 'test/package/vitest.config.ts']),
      absent: existsSync(join(root, 'src/index.ts')) ? undefined : 'the package has no entry yet',
    },
    // While others run: it keeps one processor busy, and the end-to-end tests would wait for it.
    check('demo', 'build:demo'),
    {
      name: 'e2e',
      needs: 'demo',
      command: npm('e2e:built'),
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: e2eReport },
      timeoutMs: 15 * minute,
      alone: true,
      browser: true,
      absent: anyFile(join(root, 'e2e'), '.spec.ts') ? undefined : 'no specs yet',
      count: ({ code }) => withNote(playwrightCounts(read(e2eReport), code), absentBrowsers()),
    },
    {
      // Last: it reads what the tests wrote about themselves.
      name: 'catalogue',
      command: [process.execPath, '--import', 'tsx', join(root, 'test/run/catalogue.ts'), '--reports', reports],
      timeoutMs: minute,
      alone: true,
      count: ({ code, output }) => withNote(oneCheck(code), output.trimEnd().split('\n').at(-1)),
    },
  ]
}

/** Runs one stage to its end. Never throws: what goes wrong is a failed check. */
export async function runStage(root: string, stage: Stage): Promise<StageOutcome> {
  const result = await runCommand(stage.command, {
    cwd: root,
    timeoutMs: stage.timeoutMs,
    env: { ...process.env, ...stage.env },
  })
  if (!result.timedOut) return { stage, result, counts: stage.count(result) }
  return { stage, result, counts: { passed: 0, failed: 1, note: `stopped after ${stage.timeoutMs / minute} minutes` } }
}

/** Runs stages in their order, at most `atOnce` together, and those that want to be alone at the end, one by one. */
export async function runStages(
  root: string,
  stages: readonly Stage[],
  atOnce: number,
  onEnd: (outcome: StageOutcome) => void,
): Promise<readonly StageOutcome[]> {
  const outcomes: StageOutcome[] = []
  const run = async (queue: Stage[]): Promise<void> => {
    for (let stage = queue.shift(); stage !== undefined; stage = queue.shift()) {
      const outcome = await runStage(root, stage)
      outcomes.push(outcome)
      onEnd(outcome)
    }
  }
  const together = stages.filter((stage) => stage.alone !== true)
  await Promise.all(Array.from({ length: atOnce }, () => run(together)))
  await run(stages.filter((stage) => stage.alone === true))
  return outcomes
}
