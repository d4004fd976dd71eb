import { JobTimeout } from './browser.ts'
import type { EngineKey } from './engines.ts'
import type { Figure, Measurement, Row, RunContext } from './row.ts'
import { median, percentile, rounded } from './statistics.ts'

export interface RowResult {
  readonly row: Row
  readonly figures: ReadonlyMap<EngineKey, Figure>
  /** Why an engine has no figure. */
  readonly failures: ReadonlyMap<EngineKey, string>
  /** Those of the failed that hung. */
  readonly hung: ReadonlySet<EngineKey>
}

export interface MeasureOptions {
  readonly engines: readonly EngineKey[]
  readonly runs: number
  readonly context: Omit<RunContext, 'run'>
  /** Whether there is no time left. */
  readonly isLate: () => boolean
  readonly say: (line: string) => void
  /** A peer of which the first run took longer gets no other. */
  readonly longRunMs: number
}

/** Measures all engines in every run, one after the other, each time from the other end: what slows the machine down slows all of them. */
export async function measureRow(row: Row, options: MeasureOptions): Promise<RowResult> {
  const { engines, runs, context, isLate, say, longRunMs } = options
  const measured = new Map<EngineKey, Measurement[]>(engines.map((engine) => [engine, []]))
  const failures = new Map<EngineKey, string>()
  const hung = new Set<EngineKey>()
  const tooLong = new Set<EngineKey>()
  const began = performance.now()
  for (let run = 1; run <= runs; run++) {
    for (const engine of run % 2 === 1 ? engines : engines.toReversed()) {
      if (failures.has(engine) || tooLong.has(engine)) continue
      try {
        if (isLate()) throw new Error('There was no time left for it')
        const start = performance.now()
        const measurement = await row.measure(engine, { ...context, run })
        if (engine !== 'larder' && performance.now() - start > longRunMs) tooLong.add(engine)
        if (!Number.isFinite(measurement.p50)) throw new Error(`Its figure is ${measurement.p50}`)
        measured.get(engine)?.push(measurement)
        say(`${row.name} ${run}/${runs} ${engine} ${rounded(measurement.p50)} ${row.unit}`)
      } catch (error) {
        const reason = reasonOf(error)
        failures.set(engine, reason)
        if (error instanceof JobTimeout) hung.add(engine)
        say(`${row.name} ${run}/${runs} ${engine} FAILED: ${reason}`)
      }
    }
  }
  say(`${row.name} took ${((performance.now() - began) / 1000).toFixed(1)} s`)
  const figures = new Map<EngineKey, Figure>()
  for (const [engine, measurements] of measured)
    if (!failures.has(engine)) figures.set(engine, figureOf(row, measurements))
  return { row, figures, failures, hung }
}

/** The first line of what an error says, and the next where that one only announces it; the others are where it came from. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const [first = 'an error without a message', second] = text.split('\n').filter((line) => line.trim() !== '')
  return first.endsWith(':') && second !== undefined ? `${first} ${second.trim()}` : first
}

/** p95 is the bad end: the rate that 95 of 100 runs reach, the delay that 95 of 100 stay below. */
function figureOf(row: Row, measurements: readonly Measurement[]): Figure {
  const values = measurements.map(({ p50 }) => p50)
  const tails = measurements.flatMap(({ p95 }) => (p95 === undefined ? [] : [p95]))
  const worst = row.isHigherBetter ? percentile(values, 0.05) : percentile(values, 0.95)
  const events = measurements.at(-1)?.events
  const names = Object.keys(measurements[0]?.also ?? {})
  const valuesOf = (name: string) => measurements.flatMap(({ also }) => also?.[name] ?? [])
  const also = names.map((name) => [name, rounded(median(valuesOf(name)))])
  return {
    p50: rounded(median(values)),
    p95: rounded(tails.length > 0 ? median(tails) : worst),
    runs: values.length,
    values: values.map(rounded),
    ...(events === undefined ? {} : { events }),
    ...(also.length === 0 ? {} : { also: Object.fromEntries(also) }),
  }
}
