import type { SyncServers } from '../sync/sync-servers.ts'
import type { BenchBrowser } from './browser.ts'
import type { BuiltPackage } from './build-package.ts'
import type { EngineKey, PeerKey } from './engines.ts'
import type { Logs } from './logs.ts'
import type { PageServer } from './page-server.ts'

export type Unit = 'events/s' | 'ms' | 'bytes/event' | 'kB' | 'MB'

/** One run of one engine. */
export interface Measurement {
  /** The figure of the run; of many samples, their median. */
  readonly p50: number
  /** Of many samples within the run. */
  readonly p95?: number
  /** Events that were stored, where it is not what was asked for. */
  readonly events?: number
  /** Other figures of the same run, by name. */
  readonly also?: Readonly<Record<string, number>>
}

export interface RunContext {
  readonly browser: BenchBrowser
  readonly server: PageServer
  readonly sync: SyncServers
  /** Logs that stay, for the rows that only read. */
  readonly logs: Logs
  /** Larder's package, as the pages have it. */
  readonly built: BuiltPackage
  /** Folder of the built pages, by engine. */
  readonly pages: string
  /** Events of the large logs. */
  readonly events: number
  readonly quick: boolean
  /** From 1. */
  readonly run: number
}

/** What came of an engine in a row. */
export interface Figure {
  readonly p50: number
  readonly p95: number
  /** How many runs they are of. */
  readonly runs: number
  /** The figure of each run. */
  readonly values: readonly number[]
  readonly events?: number
  readonly also?: Readonly<Record<string, number>>
}

export interface GoalResult {
  readonly text: string
  readonly value: number
  readonly met: boolean
}

/** Finds a figure; undefined when it was not measured. */
export type FindFigure = (row: string, engine: EngineKey) => Figure | undefined

export interface Row {
  readonly name: string
  readonly unit: Unit
  readonly isHigherBetter: boolean
  /** What is measured, in a sentence. */
  readonly what: string
  /** Peers that can do it. */
  readonly peers: readonly PeerKey[]
  /** Default: as many as for all rows. */
  readonly runs?: number
  /** What the reader has to know, above all where Larder has not yet what the row is about. */
  readonly notes?: readonly string[]
  measure(engine: EngineKey, context: RunContext): Promise<Measurement>
  goals?(figure: Figure, find: FindFigure): readonly GoalResult[]
}

export function atLeast(text: string, value: number | undefined, bound: number): GoalResult[] {
  return value === undefined || Number.isNaN(value) ? [] : [{ text: `${text} ≥ ${bound}`, value, met: value >= bound }]
}

export function atMost(text: string, value: number | undefined, bound: number): GoalResult[] {
  return value === undefined || Number.isNaN(value) ? [] : [{ text: `${text} ≤ ${bound}`, value, met: value <= bound }]
}
