import type { Clock } from '../platform/ports.ts'

/** A worker that is asked this often, and leaves as many questions in a row unanswered, hangs. */
export const HEARTBEAT = { everyMs: 5000, misses: 3 } as const

export interface HeartbeatOptions {
  readonly clock: Clock
  /** Resolves when the worker answers; its failure counts as no answer. */
  readonly ping: () => Promise<unknown>
  /** Whether somebody waits for the worker: an idle one is left alone. */
  readonly isNeeded: () => boolean
  readonly onSilent: () => void
}

/**
 * Tells a worker that hangs, in a loop that never ends, from one that is busy: a busy one comes round to answer. Time in which the page itself
 * stood still, frozen or asleep, does not count.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #cancel: (() => void) | undefined
  #misses = 0

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Call it whenever somebody begins to wait. */
  start(): void {
    if (this.#cancel === undefined) this.#beat()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#misses = 0
  }

  #beat(): void {
    const { clock, ping, isNeeded, onSilent } = this.#options
    const due = clock.monotonic() + HEARTBEAT.everyMs
    let answered = false
    ping().then(
      () => {
        answered = true
      },
      () => undefined,
    )
    this.#cancel = clock.after(HEARTBEAT.everyMs, () => {
      this.#cancel = undefined
      const stoodStill = clock.monotonic() - due > HEARTBEAT.everyMs
      if (answered) this.#misses = 0
      else if (!stoodStill) this.#misses++
      if (this.#misses >= HEARTBEAT.misses) {
        this.#misses = 0
        onSilent()
      } else if (isNeeded() || this.#misses > 0) this.#beat()
    })
  }
}
