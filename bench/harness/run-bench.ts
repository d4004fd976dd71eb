import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from '../../test/run/find-browser.ts'
import { rows as comparedRows, millionRows } from '../rows/index.ts'
import { startSyncServers } from '../sync/sync-servers.ts'
import type { Arguments, Mode } from './arguments.ts'
import { BenchBrowser } from './browser.ts'
import { type BuiltPackage, buildPackage } from './build-package.ts'
import { buildPage } from './build-page.ts'
import type { EngineKey, PeerKey } from './engines.ts'
import { describeEnvironment, LONG_QUICK_RUN_MS } from './environment.ts'
import { installedVersions } from './install-peers.ts'
import { Logs } from './logs.ts'
import { measureRow, type RowResult, reasonOf } from './measure-row.ts'
import { servePages } from './page-server.ts'
import { createReport, type Report } from './report.ts'
import type { Row } from './row.ts'
import { within } from './within.ts'

const results = fileURLToPath(new URL('../results', import.meta.url))
/** On the disk that the project is on: a system's folder for temporary files may be memory, and memory needs no durability. */
const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

const BUILD_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 20_000

/** For one job, and for all of the measuring: nothing is begun after that. */
const limits: { readonly [M in Mode]: { readonly jobTimeoutMs: number; readonly measureMs: number } } = {
  full: { jobTimeoutMs: 300_000, measureMs: 120 * 60_000 },
  quick: { jobTimeoutMs: 60_000, measureMs: 15 * 60_000 },
  million: { jobTimeoutMs: 600_000, measureMs: 45 * 60_000 },
}

/** A peer of which the first run of a row took longer is not measured again in it. Larder always is. */
const longRunMs: { readonly [M in Mode]: number } = {
  full: Number.POSITIVE_INFINITY,
  quick: LONG_QUICK_RUN_MS,
  million: Number.POSITIVE_INFINITY,
}

/** Builds, serves, measures and writes the report. What a peer lacks is said in its rows; the others go on. */
export async function runBench(asked: Arguments, say: (line: string) => void): Promise<Report> {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'larder-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  const pages = join(folder, 'pages')
  const { jobTimeoutMs, measureMs } = limits[asked.mode]
  say('Building …')
  const built = await within(
    buildPackage(),
    BUILD_TIMEOUT_MS,
    () => new Error('The package could not be built in time'),
  )
  const unusable = await buildPages(asked.peers, pages, built, say)
  const sync = startSyncServers(folder)
  const server = await servePages(pages, sync.services)
  const profile = join(folder, 'profile')
  mkdirSync(profile)
  const browser = new BenchBrowser({ found: await findBrowser(), profile, jobTimeoutMs })
  try {
    const { events, mode } = asked
    const quick = mode === 'quick'
    const logs = new Logs({ browser, server, events, quick })
    const context = { browser, server, sync, logs, built, pages, events, quick }
    const end = performance.now() + measureMs
    const measured: RowResult[] = []
    for (const row of rowsOf(asked)) {
      const wanted = row.peers.filter((key) => asked.peers.includes(key))
      const engines: EngineKey[] = ['larder', ...wanted.filter((key) => !unusable.has(key))]
      const absent = wanted.flatMap((key): [EngineKey, string][] => {
        const reason = unusable.get(key)
        return reason === undefined ? [] : [[key, reason]]
      })
      const runs = row.runs ?? asked.runs
      const isLate = () => performance.now() > end
      const result = await measureRow(row, { engines, runs, context, isLate, say, longRunMs: longRunMs[mode] })
      measured.push({ ...result, failures: new Map([...absent, ...result.failures]) })
      // It would hang again, and take the time of all the others.
      for (const key of result.hung)
        if (key !== 'larder') unusable.set(key, `not measured, because it hung in ${row.name}`)
    }
    const usable = asked.peers.filter((key) => installedVersions(key) !== undefined)
    const report = createReport(describeEnvironment(asked, ['larder', ...usable], await browser.version()), measured)
    if (!asked.isKept) return report
    mkdirSync(results, { recursive: true })
    const file = mode === 'million' ? 'million.json' : 'latest.json'
    writeFileSync(join(results, file), `${JSON.stringify(report, null, 2)}\n`)
    return report
  } finally {
    await browser.close()
    const stopped = Promise.all([server.stop(), sync.stop()])
    await within(stopped, STOP_TIMEOUT_MS, () => new Error('The servers did not stop')).catch((error) =>
      say(reasonOf(error)),
    )
  }
}

function rowsOf({ mode, rows }: Arguments): readonly Row[] {
  const all = mode === 'million' ? millionRows : comparedRows
  return all.filter(({ name }) => rows === undefined || rows.includes(name))
}

/** Builds the page of each engine; answers the peers that cannot be measured, and why. */
async function buildPages(
  peers: readonly PeerKey[],
  pages: string,
  built: BuiltPackage,
  say: (line: string) => void,
): Promise<Map<PeerKey, string>> {
  const unusable = new Map<PeerKey, string>()
  const buildOne = (key: EngineKey) =>
    within(buildPage(key, join(pages, key), built), BUILD_TIMEOUT_MS, () => new Error('it took too long'))
  await buildOne('larder')
  for (const key of peers) {
    if (installedVersions(key) === undefined) {
      unusable.set(key, 'it is not installed')
      continue
    }
    await buildOne(key).catch((error) => {
      unusable.set(key, `its page could not be built: ${reasonOf(error)}`)
    })
  }
  for (const [key, reason] of unusable) say(`${key} is left out: ${reason}`)
  return unusable
}
