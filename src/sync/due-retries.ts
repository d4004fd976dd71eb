import { retryDueDeadLetters, waitForDeadLetters } from '../dead-letter/dead-letter-actions.ts'
import { nameOfError } from '../errors.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'

export interface DueRetriesOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly logger: Logger
  /** Some are in the outbox again. */
  readonly onRetried: () => void
}

/** Puts retryable dead letters back into the outbox when they are due. */
export class DueRetries {
  readonly #options: DueRetriesOptions
  #cancel: (() => void) | undefined

  constructor(options: DueRetriesOptions) {
    this.#options = options
  }

  /** Looks anew when the next one is due. */
  watch(): void {
    const { store, clock, logger, onRetried } = this.#options
    const wait = waitForDeadLetters(store.known.deadLetters.values(), clock.now())
    this.stop()
    if (wait === undefined) return
    this.#cancel = clock.after(wait, () => {
      retryDueDeadLetters(store, clock.now()).then(
        (retried) => {
          if (retried.length > 0) onRetried()
          else this.watch()
        },
        (error: unknown) => logger.error('sync: dead letters could not be put back', { error: nameOfError(error) }),
      )
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
