import { cpus, platform, release, totalmem } from 'node:os'
import { SLOW } from './append-job.ts'
import type { Mode } from './arguments.ts'
import { type EngineKey, type PeerKey, peers } from './engines.ts'
import { installedVersions } from './install-peers.ts'

export interface Environment {
  readonly date: string
  readonly mode: Mode
  readonly events: number
  readonly runs: number
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly chromium: string
  readonly node: string
  readonly conditions: readonly string[]
  readonly peers: {
    readonly [K in PeerKey]?: { readonly versions: Readonly<Record<string, string>>; readonly how: string }
  }
}

/** With `--quick`, a peer of which the first run of a row takes longer gets that one run. */
export const LONG_QUICK_RUN_MS = 1500

const conditions = (mode: Mode): readonly string[] => [
  'Larder built for production, as its package is published; every page bundled and minified by Vite, and kept by the browser as hashed files are',
  'Chromium on a profile on disk; every run on an origin, and so in a database, of its own',
  'strict durability everywhere',
  'events of 306 bytes as JSON; made off the clock',
  'each run measures Larder and then every peer, every second run in reverse; up to 2,000 events warm each of them up in an append row',
  'after each append run the store is opened again, and count and checksum of all that it holds are compared',
  ...(mode === 'quick'
    ? [
        `a peer that stores fewer than ${SLOW.rate} events a second gets ${SLOW.events.quick} events, and one batch behind the warm-up at least`,
        `a peer of which the first run of a row takes more than ${LONG_QUICK_RUN_MS / 1000} s, read back and compared, gets that one run`,
      ]
    : [`a peer that stores fewer than ${SLOW.rate} events a second gets ${SLOW.events.full} events`]),
  'p95 is the bad end: the delay that 95 of 100 stay below, or the rate that 95 of 100 runs reach',
]

export function describeEnvironment(
  options: { readonly mode: Mode; readonly events: number; readonly runs: number },
  engines: readonly EngineKey[],
  chromium: string,
): Environment {
  const measured = engines.flatMap((key) => (key === 'larder' ? [] : [key]))
  return {
    date: new Date().toISOString(),
    mode: options.mode,
    events: options.events,
    runs: options.runs,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    chromium,
    node: process.version,
    conditions: conditions(options.mode),
    peers: Object.fromEntries(
      measured.map((key) => [key, { versions: installedVersions(key) ?? {}, how: peers[key].how }]),
    ),
  }
}
