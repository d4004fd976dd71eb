import type { NewEvent } from '../event/recorded-event.ts'
import type { HandlerFailure, Published } from './event-bus.ts'

/** One event on its way through middleware and handlers. */
export class Publication {
  readonly event: NewEvent
  readonly #onError: ((failure: HandlerFailure) => void) | undefined
  readonly #failed: HandlerFailure[] = []
  readonly #waiting: (() => void)[] = []
  #delivered = 0
  #open = 0
  #reached = false
  #answered = false

  constructor(event: NewEvent, onError: ((failure: HandlerFailure) => void) | undefined) {
    this.event = event
    this.#onError = onError
  }

  /** It has left the middleware, and so many handlers are given it. */
  reach(handlers: number): void {
    this.#reached = true
    this.#open += handlers
  }

  /** A handler has ended; undefined where it was not called after all. */
  end(outcome: 'well' | HandlerFailure | undefined): void {
    if (outcome === 'well') this.#delivered++
    else if (outcome !== undefined) this.fail(outcome)
    this.#open--
    if (this.#open > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  fail(failure: HandlerFailure): void {
    this.#failed.push(failure)
    if (this.#onError !== undefined) report(() => this.#onError?.(failure))
    else if (this.#answered) void Promise.reject(failure.error)
  }

  /** Resolves when every handler that was given it has ended. */
  async ended(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** @param isOnItsWay of `publishSync`: some middleware has neither passed it on nor ended */
  answer(isOnItsWay = false): Published {
    this.#answered = true
    const stopped = !this.#reached && !isOnItsWay && this.#failed.length === 0
    const pending = this.#open + (isOnItsWay ? 1 : 0)
    return { delivered: this.#delivered, failed: [...this.#failed], pending, stopped }
  }
}

/** Who is told of failures must not become one: what it throws is nobody's here. */
function report(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    void Promise.reject(error)
  }
}
