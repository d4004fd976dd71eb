import type { DeadLetter } from '../dead-letter/dead-letter.ts'
import {
  amendDeadLetter,
  describeDeadLetter,
  discardDeadLetter,
  retryDeadLetter,
} from '../dead-letter/dead-letter-actions.ts'
import type { StorableCommit } from '../event/prepare-commit.ts'
import type { Clock } from '../platform/ports.ts'
import type { Stored } from '../store/append-transaction.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'

export interface DeadLetterDeskOptions {
  readonly store: EventStore
  readonly clock: Clock
  /** Something was decided: tell those who watch, and the server. */
  readonly onDecided: (changes: readonly CommitChange[]) => void
}

/** What a person can do about commits that were refused. */
export class DeadLetterDesk {
  readonly #options: DeadLetterDeskOptions

  constructor(options: DeadLetterDeskOptions) {
    this.#options = options
  }

  /** Oldest first. */
  list(): DeadLetter[] {
    const { deadLetters } = this.#options.store.known
    return [...deadLetters.values()].sort((a, b) => a.since - b.since).map(describeDeadLetter)
  }

  async retry(id: string): Promise<void> {
    const position = await retryDeadLetter(this.#options.store, id)
    this.#options.onDecided([{ commit: id, to: position === undefined ? 'pending' : 'confirmed', position }])
  }

  async amend(id: string, commit: StorableCommit): Promise<Stored> {
    const { store, clock } = this.#options
    const stored = await amendDeadLetter(store, id, commit, clock.now())
    this.#options.onDecided([
      { commit: id, to: 'replaced', position: undefined },
      { commit: commit.id, to: stored.position === undefined ? 'pending' : 'confirmed', position: stored.position },
    ])
    return stored
  }

  async discard(id: string, reason: string): Promise<void> {
    const { store, clock } = this.#options
    await discardDeadLetter(store, id, reason, clock.now())
    this.#options.onDecided([{ commit: id, to: 'discarded', position: undefined }])
  }
}
