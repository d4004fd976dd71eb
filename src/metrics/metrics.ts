import type { Clock } from '../platform/ports.ts'
import { type Attributes, type CounterName, type HistogramName, INSTRUMENTS, type Meter } from './instruments.ts'

export interface CounterPoint {
  readonly attributes: Attributes
  /** Since `startTime`; only grows. */
  readonly value: number
}

export interface HistogramPoint {
  readonly attributes: Attributes
  readonly count: number
  /** In the unit of the metric, as are `min`, `max` and `bounds`. */
  readonly sum: number
  readonly min: number
  readonly max: number
  /** Upper bounds of the buckets, included; the last bucket has none. */
  readonly bounds: readonly number[]
  /** One more than `bounds`. */
  readonly bucketCounts: readonly number[]
}

export type Metric = { readonly name: string; readonly unit: string; readonly description: string } & (
  | { readonly kind: 'counter'; readonly points: readonly CounterPoint[] }
  | { readonly kind: 'histogram'; readonly points: readonly HistogramPoint[] }
)

/** What this tab's engine has done since it was opened. Holds no payload, no id and no name of a stream. */
export interface MetricsReport {
  /** ISO 8601; counting began here. */
  readonly startTime: string
  /** ISO 8601. */
  readonly time: string
  readonly metrics: readonly Metric[]
}

/** In seconds: from a tenth of a millisecond, which is a fold, to half a minute, which is an exchange that is given up. */
const BOUNDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

interface Histogram {
  readonly attributes: Attributes
  count: number
  sum: number
  min: number
  max: number
  readonly bucketCounts: number[]
}

/** Counts and times in memory, by name and attributes. */
export class Metrics implements Meter {
  readonly #now: () => number
  readonly #startedAt: number
  readonly #counters = new Map<string, Map<string, { readonly attributes: Attributes; value: number }>>()
  readonly #histograms = new Map<string, Map<string, Histogram>>()

  /** @param now ms since 1970 */
  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  count(name: CounterName, value: number, attributes: Attributes = {}): void {
    if (value === 0) return
    pointOf(this.#counters, name, attributes, () => ({ attributes, value: 0 })).value += value
  }

  time(name: HistogramName, durationMs: number, attributes: Attributes = {}): void {
    const seconds = Math.max(0, durationMs) / 1000
    const point = pointOf(this.#histograms, name, attributes, () => ({
      attributes,
      count: 0,
      sum: 0,
      min: Number.POSITIVE_INFINITY,
      max: 0,
      bucketCounts: Array.from({ length: BOUNDS.length + 1 }, () => 0),
    }))
    point.count++
    point.sum += seconds
    point.min = Math.min(point.min, seconds)
    point.max = Math.max(point.max, seconds)
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    const index = bucket === -1 ? BOUNDS.length : bucket
    point.bucketCounts[index] = (point.bucketCounts[index] ?? 0) + 1
  }

  /** A copy: what is counted later does not change it. Metrics that nothing was counted for are left out. */
  report(): MetricsReport {
    return {
      startTime: new Date(this.#startedAt).toISOString(),
      time: new Date(this.#now()).toISOString(),
      metrics: Object.entries(INSTRUMENTS).flatMap(([name, { kind, unit, description }]): Metric[] => {
        const frame = { name, unit, description }
        if (kind === 'counter') {
          const points = [...(this.#counters.get(name)?.values() ?? [])].map((point) => ({ ...point }))
          return points.length === 0 ? [] : [{ ...frame, kind, points }]
        }
        const points = [...(this.#histograms.get(name)?.values() ?? [])].map((point) => ({
          ...point,
          bounds: BOUNDS,
          bucketCounts: [...point.bucketCounts],
        }))
        return points.length === 0 ? [] : [{ ...frame, kind, points }]
      }),
    }
  }
}

function pointOf<P>(all: Map<string, Map<string, P>>, name: string, attributes: Attributes, create: () => P): P {
  const points = all.get(name) ?? new Map<string, P>()
  all.set(name, points)
  const key = JSON.stringify(Object.entries(attributes).sort())
  const known = points.get(key)
  if (known !== undefined) return known
  const point = create()
  points.set(key, point)
  return point
}

/** Counts what projections fold. */
export function measureFolds(meter: Meter, clock: Clock): <T>(projection: string, fold: () => T) => T {
  return (projection, fold) => {
    const begunAt = clock.monotonic()
    const result = fold()
    meter.time('larder.fold.duration', clock.monotonic() - begunAt, { projection })
    return result
  }
}

/** Counts what projections pass over, and says that they did. */
export function countUnreadable(metrics: Meter, tell: () => void) {
  return (projection: string, counts: ReadonlyMap<string, number>): void => {
    for (const [reason, count] of counts) metrics.count('larder.unreadable.events', count, { projection, reason })
    tell()
  }
}
