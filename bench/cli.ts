import { help, readArguments } from './harness/arguments.ts'
import { installPeers } from './harness/install-peers.ts'
import type { Report } from './harness/report.ts'
import { runBench } from './harness/run-bench.ts'
import { formatReport } from './harness/table.ts'
import { millionRows, rows } from './rows/index.ts'

/** Every figure that was asked for and is not there counts. */
function summarize({ runs }: Report, seconds: number) {
  const measured = runs.filter(({ larder }) => larder !== undefined)
  const peers = new Set(measured.flatMap((row) => Object.keys(row.peers)))
  const failed = runs.flatMap((row) => Object.values(row.failures)).length
  const goals = runs.flatMap((row) => row.goals)
  const met = goals.filter((goal) => goal.met)
  return {
    line: `rows=${measured.length} peers=${peers.size} goals=${met.length}/${goals.length} failed=${failed} seconds=${Math.round(seconds)}`,
    isFailure: failed > 0 || measured.length === 0,
  }
}

for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const, ['SIGHUP', 129] as const])
  process.once(signal, () => process.exit(code))

try {
  const names = { compared: rows.map(({ name }) => name), million: millionRows.map(({ name }) => name) }
  const asked = readArguments(process.argv.slice(2), names)
  if (asked === undefined) console.log(help(names))
  else {
    const problem = asked.peers.length === 0 ? undefined : installPeers()
    if (problem !== undefined) console.error(`The peers could not be installed: ${problem}`)
    const start = performance.now()
    const report = await runBench(asked, (line) => console.error(line))
    const { line, isFailure } = summarize(report, (performance.now() - start) / 1000)
    console.log(formatReport(report))
    console.log(line)
    process.exitCode = isFailure ? 1 : 0
  }
} catch (error) {
  // What was asked for is wrong, or nothing could be begun.
  console.error(error instanceof Error ? error.message : error)
  console.log('rows=0 peers=0 goals=0/0 failed=1 seconds=0')
  process.exitCode = 1
}
// Whatever hung and was given up must not keep the process.
setTimeout(() => process.exit(), 10_000).unref()
