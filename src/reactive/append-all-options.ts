import type { ImportProgress } from '../errors.ts'
import type { EventMetadata } from '../event/recorded-event.ts'

export interface AppendAllOptions {
  /**
   * Id of the import, a UUID. Default: a fresh one, which the progress tells. The ids of its commits are derived from it: the same events in the same
   * order with the same id and `batchSize` are stored once, however often they are appended, and whatever became of the times before.
   */
  id?: string
  /** Most events of one commit, 1 to 1,000. Default 500. A commit also ends before it has more than 256 KiB of JSON. */
  batchSize?: number
  /** As in `append`, for every event. */
  stream?: string
  /** As in `append`, for every event. */
  metadata?: EventMetadata
  /** Told after each commit that is stored. What it throws ends the import. */
  onProgress?: (progress: AppendAllProgress) => void
  /** Ends the import; what is stored stays stored. */
  signal?: AbortSignal
}

export interface AppendAllProgress extends ImportProgress {
  readonly id: string
}
