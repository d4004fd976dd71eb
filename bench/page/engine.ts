import type { MealData, MealEvent } from './meals.ts'
import type { Totals } from './totals.ts'

/** Larder or a peer, as a page uses it. */
export interface Engine {
  open(): Promise<EngineStore>
  /** Deletes what is kept beside the events to be quicker at the next open. Call it when nothing is open. */
  forget?(): Promise<void>
  /** @throws when there is nothing that {@link forget} would delete */
  assertKept?(): Promise<void>
}

export interface EngineStore {
  /** Stores them as one unit; resolves when they are on disk. */
  append(events: readonly MealEvent[]): Promise<void>
  /** Every event, in any order. */
  readAll(visit: (meal: MealData) => void): Promise<void>
  /** Folds every event into daily totals, and answers those of one day. */
  replay(day: string): Promise<Totals>
  /** One day's totals in the way that this engine finds them soonest after it was opened. */
  firstState(day: string): Promise<Totals>
  /** Events of one stream; undefined where the engine cannot look for a stream. */
  readStream: ((stream: string) => Promise<readonly MealData[]>) | undefined
  close(): Promise<void>
}

/** An event as a peer keeps it: the fields that Larder keeps, so that the same questions can be asked. */
export interface EventRow {
  readonly id: string
  readonly commitId: string
  readonly type: string
  readonly version: number
  readonly stream: string
  readonly time: string
  readonly data: MealData
  readonly metadata: Record<string, never>
}

export function toRows(events: readonly MealEvent[]): EventRow[] {
  const commitId = crypto.randomUUID()
  return events.map(({ stream, time, data }) => ({
    id: crypto.randomUUID(),
    commitId,
    type: 'MealLogged',
    version: 1,
    stream,
    time,
    data,
    metadata: {},
  }))
}
