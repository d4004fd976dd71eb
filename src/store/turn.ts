import type { Cursor } from './cursor.ts'

/** A position that a commit had before the log was set back. */
export interface FormerPlace {
  /** Number of the {@link Turn}. */
  readonly turn: number
  /** Of its last event. */
  readonly position: number
}

/**
 * The log was set back, by a restore of the server or because a local store began to sync: what lay above a position in the confirmed zone goes back into
 * the outbox, in front of what waits there, the newest first, in several transactions.
 */
export interface Turn {
  /** From 1. */
  readonly number: number
  readonly why: 'adoption' | 'restore'
  /** Whose positions they were: an epoch, or `'local'`. */
  readonly from: string
  /** Where the log ended. */
  readonly head: number
  /** The place on the new authority's log that it goes on from, and up to which nothing is moved; null: its beginning. */
  readonly known: Cursor | null
  /** Added to the position of a local commit's first event, it makes a seq. */
  readonly seqBase: number
  /** Not all has been moved. */
  readonly isOpen: boolean
}

/** This installation took another device id: a copy of it uses the old one. */
export interface Fork {
  /** The id before, and the one since. */
  readonly device: string
  readonly to: string
  /** Where the log ended: what the old id has made above is not ours. */
  readonly head: number
  /** Number of the last turn before. */
  readonly turn: number
}
