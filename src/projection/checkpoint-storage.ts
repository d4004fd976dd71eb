import type { LogMark } from '../store/log-mark.ts'
import type { KeptFaults } from './layer-faults.ts'
import type { States } from './state-rows.ts'
import type { UnreadableEvents } from './unreadable-events.ts'

/** What a checkpoint belongs to, and how far it goes. It counts only where all of it fits. */
export interface CheckpointHead {
  readonly projection: string
  /** Of the definition. Those of several versions lie beside each other. */
  readonly version: number
  /** The log that was folded: the store's device and authority, and how often a part of it was replaced. */
  readonly device: string
  readonly authority: string
  readonly repairs: number
  /** How often it was rebuilt. What belongs to an earlier build never comes back. */
  readonly build: number
  /** Every confirmed event up to this position is folded. */
  readonly position: number
  /** What was left out on the way, by the definition's policy for faults. */
  readonly faults?: KeptFaults | undefined
  /** Of the log, at that position. Absent in those from before there was this: they do not count. */
  readonly mark?: LogMark | undefined
  /** How the events were read. Another reading, as after an update, may read what this one had to pass over. */
  readonly read?: CheckpointReading
  /** Begun at the first event, and not yet up to the log once: no earlier version is given up for it. Absent: it was. */
  readonly isUnfinished?: true
}

export interface CheckpointReading {
  /** What could be read; see `EventCatalog.readingOf`. With the version of the domain where an upcaster failed: the next may succeed. */
  readonly by: string
  readonly unreadable: readonly UnreadableEvents[]
}

export interface StoredCheckpoint {
  readonly head: CheckpointHead
  readonly states: Iterable<States[number]>
}

/** Everything that is stored of a projection, but for the states of its other versions. */
export interface LoadedCheckpoint {
  readonly stored: StoredCheckpoint | undefined
  readonly others: readonly CheckpointHead[]
  /** The build that somebody asked for; 0 when nobody did, or when it is stored. */
  readonly wanted: number
}

export interface CheckpointChange {
  /** What has to be stored now; undefined: nothing. */
  readonly expected: CheckpointHead | undefined
  readonly next: CheckpointHead
  readonly states: States
  /** The states that are stored already do not count any more. */
  readonly replaces: boolean
}

/**
 * Keeps what can be folded again at any time, so it may be lost: it uses relaxed durability, and a failure only costs time. Nothing here is the
 * truth; that is the log.
 */
export interface CheckpointStorage {
  /** @param onHead hears of the head that is stored, as soon as it is known, if there is one; whether the rest can be read shows later */
  load(projection: string, version: number, onHead?: (head: CheckpointHead) => void): Promise<LoadedCheckpoint>
  /**
   * In one transaction: writes if what is stored of that version is what was expected. Answers what is stored afterwards, which is `next` exactly if
   * it was written: a slow tab must not move a checkpoint back.
   */
  save(change: CheckpointChange): Promise<CheckpointHead | undefined>
  /** Notes that a version is to be built anew, until that build is saved. Answers its number: the next, or the one that is noted already. */
  want(projection: string, version: number): Promise<number>
  /** Removes what is stored of a version. */
  forget(projection: string, version: number): Promise<void>
  /**
   * Looks whether what was read ahead is still what is stored: what other tabs store is heard from now on, or one has said that it has built a projection anew.
   *
   * @param onHead hears of the head of what was read ahead, if there is one
   */
  check?(onHead: (head: CheckpointHead) => void): void
  close(): void
}

/** What a checkpoint is of, without its states. */
export interface CheckpointFacts extends Pick<LoadedCheckpoint, 'others' | 'wanted'> {
  readonly head: CheckpointHead | undefined
}

/** Which projection was the first that somebody looked at when the store was opened last, and what tells whether its checkpoint is still the one that was loaded. */
export interface FirstLook {
  facts(projection: string, version: number): Promise<CheckpointFacts>
  first(): Promise<string | undefined>
  noteFirst(projection: string): Promise<void>
}

export function isSameHead(a: CheckpointHead | undefined, b: CheckpointHead | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    isSameLog(a, b) &&
    a.projection === b.projection &&
    a.version === b.version &&
    a.build === b.build &&
    a.position === b.position &&
    a.mark?.commit === b.mark?.commit &&
    a.isUnfinished === b.isUnfinished &&
    a.read?.by === b.read?.by
  )
}

export function isSameLog(
  a: Pick<CheckpointHead, 'device' | 'authority' | 'repairs'>,
  b: Pick<CheckpointHead, 'device' | 'authority' | 'repairs'>,
): boolean {
  return a.device === b.device && a.authority === b.authority && a.repairs === b.repairs
}
