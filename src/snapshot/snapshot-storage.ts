import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { isSameLog } from '../projection/checkpoint-storage.ts'
import type { LogMark } from '../store/log-mark.ts'

/** Which log something was folded from: whatever a checkpoint says of it, a snapshot does too. */
export type LogIdentity = Parameters<typeof isSameLog>[0]

/** The state of one aggregate over the confirmed events of its stream, as it was at a position. It counts only where all of it fits. */
export interface Snapshot extends LogIdentity {
  readonly aggregate: string
  readonly stream: string
  /** Of the options for snapshots. */
  readonly version: number
  /** Which stored events were folded, and how they were read; see `EventCatalog.readingOf`. */
  readonly definitions: string
  /** Every confirmed event of the stream up to this position is folded. */
  readonly position: number
  /** Of the log, at that position. Absent in those from before there was this: they do not count. */
  readonly mark?: LogMark | undefined
  /** How many those are. */
  readonly streamVersion: number
  readonly state: unknown
}

/**
 * Keeps what can be folded again at any time: it uses relaxed durability, may lose any of it, and a failure only costs time.
 */
export interface SnapshotStorage {
  load(aggregate: string, stream: string): Promise<Snapshot | undefined>
  /**
   * In one transaction: writes it if it {@link supersedes} what is stored.
   *
   * @param refused what was loaded and is not of this log: where it is stored still, it stands in nobody's way
   */
  save(snapshot: Snapshot, refused?: Snapshot): Promise<void>
  close(): void
}

/** What a snapshot has to have been folded from, and with. */
export interface SnapshotBasis {
  readonly log: LogIdentity
  readonly definitions: string
}

/** Whether the states may be folded on from there. */
export function isUsable(snapshot: Snapshot, aggregate: AnyAggregate, { log, definitions }: SnapshotBasis): boolean {
  return (
    isSameLog(snapshot, log) && snapshot.version === aggregate.snapshot?.version && snapshot.definitions === definitions
  )
}

/** A slow tab must not move a snapshot back, and one of an older app not take the place of a newer one's. */
export function supersedes(next: Snapshot, stored: Snapshot | undefined, refused?: Snapshot): boolean {
  if (stored === undefined || next.version > stored.version) return true
  if (next.version < stored.version) return false
  const isRefused = refused?.position === stored.position && refused.mark?.commit === stored.mark?.commit
  if (stored.mark === undefined || isRefused) return true
  return !isSameLog(next, stored) || next.definitions !== stored.definitions || next.position > stored.position
}
