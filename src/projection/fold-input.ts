import type { PackedEvents } from '../event/packed-events.ts'
import type { LogMark } from '../store/log-mark.ts'
import type { ConfirmedSegment } from '../store/records.ts'
import type { KeptFaults } from './layer-faults.ts'
import type { UnreadableEvents } from './unreadable-events.ts'

/** What a projection needs to know of a commit that waits in the outbox. */
export interface PendingCommit {
  readonly id: string
  readonly events: PackedEvents
}

/** Of a segment. Without its commits the states have no mark, and cannot be saved. */
export type ConfirmedRun = Pick<ConfirmedSegment, 'first' | 'last' | 'events'> &
  Partial<Pick<ConfirmedSegment, 'commits' | 'marks'>>

/** What a checkpoint holds. */
export interface Kept {
  readonly position: number
  readonly mark: LogMark | undefined
  readonly states: Iterable<readonly [key: string, state: unknown]>
  readonly faults: KeptFaults | undefined
  readonly unreadable: readonly UnreadableEvents[]
}
