import type { StoredEvent } from '../event/recorded-event.ts'

/** What a person sees of something that went wrong for good: what it is, why, and what can be done. */
export interface DeadLetter {
  /** Of a rejected commit, its commit id. */
  readonly id: string
  readonly kind: 'commit' | 'handler'
  /** Stable: the server rule's code, or one of Larder's (`conflict`, `validation`, `commit-too-large`, …). */
  readonly code: string
  /** For people, as the server's rule said it. */
  readonly message: string
  /** How often it was tried. */
  readonly attempts: number
  /** ISO 8601: when it became a dead letter. */
  readonly since: string
  /** ISO 8601: when it is tried again by itself; undefined where that waits for a person. */
  readonly nextAttempt: string | undefined
  readonly retryable: boolean
  /** The earlier ids of its line: commits that it was made to replace. */
  readonly replaces: readonly string[]
  /** What was refused, as it was written. */
  readonly events: readonly StoredEvent[]
}

export interface DeadLetterStats {
  readonly total: number
  readonly byReason: Readonly<Record<string, number>>
  readonly byKind: Readonly<Record<'commit' | 'handler', number>>
  /** ISO 8601; undefined when there is none. */
  readonly oldest: string | undefined
  readonly retryReady: number
}
