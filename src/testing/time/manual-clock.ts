import { nextTurn } from '../../platform/next-turn.ts'
import type { Clock } from '../../platform/ports.ts'

/** When tests begin, in ms since 1970: noon (UTC) of 23 November 2026. */
export const TEST_START: number = Date.parse('2026-11-23T12:00:00.000Z')

interface Timer {
  readonly at: number
  readonly task: () => void
}

/**
 * A clock that stands still until it is told to go on. What is under it sleeps, retries, polls and gives up in no time, and in the same order in
 * every run.
 *
 * ```ts
 * const clock = new ManualClock()
 * clock.after(1000, () => console.log('a second later'))
 * await clock.advance(1000)
 * ```
 */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>()
  readonly #whenIdle: (() => void)[] = []
  #start: number
  #elapsed = 0

  /** @param start ms since 1970. Default {@link TEST_START} */
  constructor(start: number = TEST_START) {
    this.#start = start
  }

  /** ms since 1970. */
  now(): number {
    return this.#start + this.#elapsed
  }

  /** ms since this clock was made; {@link set} does not touch it. */
  monotonic(): number {
    return this.#elapsed
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, delayMs), task }
    this.#timers.add(timer)
    return () => this.#remove(timer)
  }

  /** Timers that wait. None may be left when what set them has ended. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Resolves as soon as no timer waits. Lets no time pass. */
  whenIdle(): Promise<void> {
    return this.#timers.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  /** Sets the time of day, as a person can, also backwards. No timer runs for it. */
  set(now: number): void {
    this.#start = now - this.#elapsed
  }

  /**
   * Lets `ms` pass: runs what is due on the way, each at its time, soonest first, and lets everything settle in between that waits for nothing but
   * promises. Resolves when all of that has run. `advance(0)` only lets things settle.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    for (;;) {
      await nextTurn()
      const next = this.#next(end)
      if (next === undefined) break
      this.#remove(next)
      this.#elapsed = Math.max(this.#elapsed, next.at)
      next.task()
    }
    this.#elapsed = Math.max(this.#elapsed, end)
    await nextTurn()
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer
    return first
  }

  #remove(timer: Timer): void {
    this.#timers.delete(timer)
    if (this.#timers.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
  }
}
