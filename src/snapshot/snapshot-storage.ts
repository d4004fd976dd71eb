import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { isSameLog } from '../projection/checkpoint-storage.ts'

/** Which log something was folded from: whatever a checkpoint says of it, a snapshot does too. */
export type LogIdentity = Parameters<typeof isSameLog>[0]

/** The state of one aggregate over the confirmed events of its stream, as it was at a position. It counts only where all of it fits. */
export interface Snapshot extends LogIdentity {
  readonly aggregate: string
  readonly stream: string
  /** Of the options for snapshots. */
  readonly version: number
  /** Of what it was folded with: see {@link definitionsOf}. */
  readonly definitions: string
  /** Every confirmed event of the stream up to this position is folded. */
  readonly position: number
  /** How many those are. */
  readonly streamVersion: number
  readonly state: unknown
}

/**
 * Keeps what can be folded again at any time: it uses relaxed durability, may lose any of it, and a failure only costs time.
 */
export interface SnapshotStorage {
  load(aggregate: string, stream: string): Promise<Snapshot | undefined>
  /** In one transaction: writes it if it {@link supersedes} what is stored. */
  save(snapshot: Snapshot): Promise<void>
  close(): void
}

/** The events that an aggregate folds, and in which versions: an event that is added, or changed, voids what was kept. */
export function definitionsOf(aggregate: AnyAggregate): string {
  return aggregate.events
    .map(({ type, version }) => `${type}@${version}`)
    .sort()
    .join(' ')
}

/** Whether the states may be folded on from there. */
export function isUsable(snapshot: Snapshot, aggregate: AnyAggregate, log: LogIdentity): boolean {
  return (
    isSameLog(snapshot, log) &&
    snapshot.version === aggregate.snapshot?.version &&
    snapshot.definitions === definitionsOf(aggregate)
  )
}

/** A slow tab must not move a snapshot back, and one of an older app not take the place of a newer one's. */
export function supersedes(next: Snapshot, stored: Snapshot | undefined): boolean {
  if (stored === undefined || next.version > stored.version) return true
  if (next.version < stored.version) return false
  return !isSameLog(next, stored) || next.definitions !== stored.definitions || next.position > stored.position
}
