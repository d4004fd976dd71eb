import type { DeadLetter } from '../dead-letter/dead-letter.ts'
import {
  amendDeadLetter,
  discardDeadLetter,
  retryDeadLetter,
  retryDueDeadLetters,
  waitForDeadLetter,
} from '../dead-letter/dead-letter-actions.ts'
import { describeDeadLetter } from '../dead-letter/describe-dead-letter.ts'
import { retryHandlerLetter, settleHandlerLetter } from '../dead-letter/handler-letters.ts'
import { countAttempt } from '../dead-letter/letter-attempts.ts'
import { byAge } from '../dead-letter/letter-limits.ts'
import { unknownLetter } from '../dead-letter/refused-commit.ts'
import { argumentError } from '../errors.ts'
import type { StorableCommit } from '../event/prepare-commit.ts'
import type { Clock, Random } from '../platform/ports.ts'
import type { Stored } from '../store/append-transaction.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { DeadLetterRecord } from '../store/records.ts'
import { backoffMs } from '../sync/backoff.ts'
import { awaitVerdict } from './await-verdict.ts'
import { exportLetters, type LettersPart } from './export-letters.ts'

export interface DeadLetterDeskOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly random: Random
  /** Version of the app's domain. */
  readonly domainVersion: string
  /** How often a letter is tried before it waits for a person. */
  readonly maxAttempts: number
  /** Resolves when no request is on its way, in whichever tab leads. */
  readonly whenIdle: () => Promise<void>
  /** Something was decided: tell those who watch, and the server. */
  readonly onDecided: (changes: readonly CommitChange[]) => void
}

/** What a person can do about commits that were refused, and about events whose handler kept failing. */
export class DeadLetterDesk {
  readonly #options: DeadLetterDeskOptions

  constructor(options: DeadLetterDeskOptions) {
    this.#options = options
  }

  /** Oldest first. */
  list(): DeadLetter[] {
    return this.#letters.sort(byAge).map(describeDeadLetter)
  }

  /** A commit goes back into the outbox; an event is given to its handler again. */
  async retry(id: string): Promise<void> {
    const { store, clock } = this.#options
    if (store.known.handlerLetters.has(id)) return retryHandlerLetter(store, id, clock.now())
    await awaitVerdict(id, this.#options)
    const position = await retryDeadLetter(store, id)
    this.#options.onDecided([{ commit: id, to: position === undefined ? 'pending' : 'confirmed', position }])
  }

  /** Retries all whose time has come; answers how many those are. What waits for a person waits on. */
  async retryReady(): Promise<number> {
    const { store, clock } = this.#options
    await store.refresh()
    const now = clock.now()
    const retried = await retryDueDeadLetters(store, now)
    if (retried.length > 0) this.#options.onDecided(retried)
    // Those of handlers run by themselves when they are due, wherever their handler is.
    const isDue = (letter: DeadLetterRecord): boolean => waitForDeadLetter(letter, now) === 0
    return retried.length + [...store.known.handlerLetters.values()].filter(isDue).length
  }

  async amend(id: string, commit: StorableCommit): Promise<Stored> {
    const { store, clock } = this.#options
    if (store.known.handlerLetters.has(id)) {
      throw argumentError(
        'id',
        `Dead letter ${id} is of a handler: its event is in the log, and cannot be amended. Retry it, or discard it`,
      )
    }
    await awaitVerdict(id, this.#options)
    const { refused, ...stored } = await amendDeadLetter(store, id, commit, clock.now())
    this.#options.onDecided([
      { commit: id, to: 'replaced', position: undefined, by: commit.id },
      { commit: commit.id, to: stored.position === undefined ? 'pending' : 'confirmed', position: stored.position },
      ...refused,
    ])
    return stored
  }

  async discard(id: string, reason: string): Promise<void> {
    const { store, clock } = this.#options
    if (store.known.handlerLetters.has(id)) return settleHandlerLetter(store, id)
    await awaitVerdict(id, this.#options)
    const { refused } = await discardDeadLetter(store, id, reason, clock.now())
    this.#options.onDecided([{ commit: id, to: 'discarded', position: undefined }, ...refused])
  }

  /** What the app has made of a letter by itself: it is settled, or was tried once more in vain. */
  async settle(id: string, outcome: 'done' | 'failed'): Promise<void> {
    const { store, clock, random, maxAttempts } = this.#options
    if (outcome === 'done') return this.discard(id, 'settled by attempt')
    await awaitVerdict(id, this.#options)
    await countAttempt(store, id, {
      now: clock.now(),
      backoff: (attempt) => backoffMs(attempt, random.next()),
      maxAttempts,
    })
  }

  /** @throws LarderError `dead-letter-unknown` */
  async find(id: string): Promise<DeadLetter> {
    await awaitVerdict(id, this.#options)
    const { deadLetters, handlerLetters } = this.#options.store.known
    const letter = deadLetters.get(id) ?? handlerLetters.get(id)
    if (letter === undefined) throw unknownLetter(id)
    return describeDeadLetter(letter)
  }

  /** The one stream that its events are of; undefined where it has several, or is not there. Also of one that is being sent again. */
  async streamOf(id: string): Promise<string | undefined> {
    const { store } = this.#options
    await store.refresh()
    const { deadLetters, handlerLetters, pending } = store.known
    const there = deadLetters.get(id)?.commit ?? handlerLetters.get(id) ?? pending.find(id)
    const [only, second] = there?.events.streams ?? []
    return second === undefined ? only : undefined
  }

  /** A part of all letters, and of all that was given up; see {@link exportLetters}. */
  export(place: LettersPart['next']): Promise<LettersPart> {
    const { store, clock, domainVersion: domain } = this.#options
    return exportLetters({ store, domain, now: clock.now() }, place)
  }

  get #letters(): DeadLetterRecord[] {
    const { deadLetters, handlerLetters } = this.#options.store.known
    return [...deadLetters.values(), ...handlerLetters.values()]
  }
}
