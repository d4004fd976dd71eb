import type { Clock } from '../platform/ports.ts'

/** How often a tab that does not lead asks whether one does. */
export const LEADER_LOOK_MS = 60_000
/** So long a tab that leads has for an answer. */
export const LEADER_ANSWER_MS = 10_000
/** Questions without an answer, after which nobody is thought to lead. */
const MOST_UNANSWERED = 2

export interface LeaderWatchOptions {
  readonly clock: Clock
  readonly isLeader: () => boolean
  /** Asks the tab that leads to say something: see {@link LeaderWatch.heard}. */
  readonly ask: () => void
  /** Nobody has. */
  readonly onSilent: () => void
}

/**
 * Notices that the tab that leads is not there any more though it has the lock: not every browser tells a page before it suspends it, so that the page
 * cannot let go. One that is only busy is taken for gone as well: whoever takes over must do no harm to it.
 */
export class LeaderWatch {
  readonly #options: LeaderWatchOptions
  #cancel: (() => void) | undefined
  #unanswered = 0
  #isStopped = false

  constructor(options: LeaderWatchOptions) {
    this.#options = options
  }

  /** Also again, after a {@link rest}. */
  start(): void {
    if (this.#isStopped) return
    this.#unanswered = 0
    this.#lookIn(LEADER_LOOK_MS)
  }

  rest(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** For good: a tab that closes may still be told that it wakes. */
  stop(): void {
    this.#isStopped = true
    this.rest()
  }

  /** The tab that leads has said something. */
  heard(): void {
    if (this.#cancel !== undefined && this.#unanswered > 0) this.start()
  }

  #lookIn(delayMs: number): void {
    this.#cancel?.()
    this.#cancel = this.#options.clock.after(delayMs, () => this.#look())
  }

  #look(): void {
    const { isLeader, ask, onSilent } = this.#options
    if (isLeader()) this.start()
    else if (this.#unanswered < MOST_UNANSWERED) {
      this.#unanswered++
      this.#lookIn(LEADER_ANSWER_MS)
      ask()
    } else {
      this.start()
      onSilent()
    }
  }
}
