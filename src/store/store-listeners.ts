import { nameOfError } from '../errors.ts'
import type { Logger } from '../platform/ports.ts'
import type { LogChange } from './log-cache.ts'

export interface StoreEvent {
  readonly change: LogChange
  /** Whether this tab wrote it, so that the others have to be told. */
  readonly own: boolean
}

/** Those who keep something derived from the log. What is stored stays stored, whatever they make of it. */
export class StoreListeners {
  readonly #logger: Logger
  readonly #listeners = new Set<(event: StoreEvent) => void>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  add(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(event: StoreEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#logger.error('store: a listener failed', { error: nameOfError(error) })
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
