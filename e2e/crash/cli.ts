import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findBrowser } from '../../test/run/find-browser.ts'
import { buildPage } from '../support/build-page.ts'
import { serveApp } from './app-server.ts'
import { killAllBrowsers } from './browser-process.ts'
import { type CrashOutcome, killAgainAndAgain } from './kill-again-and-again.ts'
import { createRandom } from './random.ts'

const help = `npm run crash -- [options]

Kills a Chromium in the middle of appends, again and again, on one profile (after 20 kills a new one), and compares what
is stored with what was acknowledged. Two tabs append, a third imports with appendAll, which every run takes up again, and
compacts the log all the while. Runs take turns: one appends to a local store, the next to one whose server cannot
be reached. After every third kill the browser's log is left with half a record at its end, as a kill in the middle of a
write leaves it (docs/decisions/0008).

  --kills <n>         How often. Default 20.
  --seed <n>          For the moments of the kills and the sizes of the commits. Default: a new one, which is printed.
  --mutant early-ack  Builds the fault in that this harness is made to find: append answers before the transaction
                      completes. Has to end with lost > 0.
  --help

The last line says:
  kills         times the browser's whole process group got SIGKILL
  acknowledged  appends whose acknowledgement reached this harness, which runs outside of the browser
  inflight      kills that hit at least one append in flight: begun, and not acknowledged
  lost          acknowledged commits that are not there after a restart
  torn          commits that are there but not as they were appended: events missing, twice, changed or out of order
The line before says how long it took from the start of the browser to the opened store, after a kill.

Exit code 1: anything lost or torn, an append refused, fewer than 1000 acknowledged, or fewer than half of the kills with
an append in flight.`

const ENOUGH_ACKNOWLEDGED = 1000
/** All that a profile holds is read back after each kill, so a long run begins a new one now and then. */
const KILLS_PER_PROFILE = 20

interface Arguments {
  readonly kills: number
  readonly seed: number
  readonly mutant: string | undefined
}

function readArguments(): Arguments | undefined {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string' },
      mutant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const kills = Number(values.kills)
  if (!Number.isInteger(kills) || kills < 1) throw new Error('--kills is a whole number from 1')
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed is a whole number from 0')
  if (values.mutant !== undefined && values.mutant !== 'early-ack') throw new Error('The only mutant is early-ack')
  return { kills, seed, mutant: values.mutant }
}

/** The value below which 95 of 100 lie; the highest of fewer than 20. */
function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
}

function isFailure({ kills, acknowledged, inflight, lost, torn, problems }: CrashOutcome): boolean {
  return lost > 0 || torn > 0 || problems.length > 0 || acknowledged < ENOUGH_ACKNOWLEDGED || inflight < kills / 2
}

function print({ kills, acknowledged, inflight, lost, torn, problems, relaunches }: CrashOutcome): void {
  for (const problem of new Set(problems)) console.log(problem)
  console.log(`relaunch-to-ready p95=${Math.round(percentile95(relaunches))}ms relaunches=${relaunches.length}`)
  console.log(`kills=${kills} acknowledged=${acknowledged} inflight=${inflight} lost=${lost} torn=${torn}`)
}

async function run({ kills, seed, mutant }: Arguments): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'larder-crash-'))
  process.once('exit', () => {
    killAllBrowsers()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  })
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const, ['SIGHUP', 129] as const])
    process.once(signal, () => process.exit(code))
  const browser = await findBrowser()
  console.log(`seed=${seed}${mutant === undefined ? '' : ` mutant=${mutant}`}`)
  const app = join(folder, 'app')
  await buildPage(new URL('app', import.meta.url), app)
  const server = await serveApp(app)
  const url = `${server.origin}/${mutant === undefined ? '' : `?mutant=${mutant}`}`
  const random = createRandom(seed)
  const outcomes: CrashOutcome[] = []
  try {
    for (let done = 0; done < kills; done += KILLS_PER_PROFILE) {
      const profile = join(folder, `profile-${done}`)
      mkdirSync(profile)
      const some = Math.min(KILLS_PER_PROFILE, kills - done)
      const say = (line: string) => console.log(`${done + some > KILLS_PER_PROFILE ? `after ${done}: ` : ''}${line}`)
      outcomes.push(await killAgainAndAgain({ kills: some, random, browser, url, profile, say }))
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    }
    const outcome = sum(outcomes)
    print(outcome)
    process.exitCode = isFailure(outcome) ? 1 : 0
  } finally {
    await server.stop()
  }
}

function sum(outcomes: readonly CrashOutcome[]): CrashOutcome {
  const total = (of: (outcome: CrashOutcome) => number) => outcomes.reduce((all, outcome) => all + of(outcome), 0)
  return {
    kills: total(({ kills }) => kills),
    acknowledged: total(({ acknowledged }) => acknowledged),
    inflight: total(({ inflight }) => inflight),
    lost: total(({ lost }) => lost),
    torn: total(({ torn }) => torn),
    problems: outcomes.flatMap(({ problems }) => problems),
    relaunches: outcomes.flatMap(({ relaunches }) => relaunches),
  }
}

try {
  const asked = readArguments()
  if (asked === undefined) console.log(help)
  else await run(asked)
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
