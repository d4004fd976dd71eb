import type { StoredEvent } from '../event/recorded-event.ts'

interface LetterFrame {
  readonly id: string
  /** Stable: the server rule's code, one of Larder's (`conflict`, `validation`, `timeout`, …), or `handler-failed`. */
  readonly code: string
  /** For people: as the server's rule said it, or what the handler threw. */
  readonly message: string
  /** How often it was tried. */
  readonly attempts: number
  /** ISO 8601: when it became a dead letter. */
  readonly since: string
  /** ISO 8601: when it is tried again by itself; undefined where that waits for a person. */
  readonly nextAttempt: string | undefined
  /** Whether the same, tried again, may go well. */
  readonly retryable: boolean
  /** What it is about, as it was written: the events of the commit, or the one that was handled. */
  readonly events: readonly StoredEvent[]
}

/** A commit that the server refused. */
export interface CommitLetter extends LetterFrame {
  readonly kind: 'commit'
  /** Id of the commit. */
  readonly id: string
  /** The earlier ids of its line: commits that it was made to replace. */
  readonly replaces: readonly string[]
}

/** An event whose durable handler kept failing. */
export interface HandlerLetter extends LetterFrame {
  readonly kind: 'handler'
  /** The same for the same handler and event. */
  readonly id: string
  /** Name of the handler. */
  readonly handler: string
  /** The commit that the event is of. */
  readonly commitId: string
}

/** What a person sees of something that went wrong for good: what it is, why, and what can be done. */
export type DeadLetter = CommitLetter | HandlerLetter

export interface DeadLetterStats {
  readonly total: number
  /** By code. */
  readonly byReason: Readonly<Record<string, number>>
  readonly byKind: Readonly<Record<'commit' | 'handler', number>>
  /** ISO 8601; undefined when there is none. */
  readonly oldest: string | undefined
  /** Those whose time to be tried again has come. */
  readonly retryReady: number
}
