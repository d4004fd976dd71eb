import { setImmediate } from 'node:timers'
import type { Clock } from '../../src/platform/ports.ts'

/** When tests begin. */
export const NOON = Date.parse('2026-11-23T12:00:00.000Z')

interface Timer {
  readonly at: number
  readonly task: () => void
}

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements Clock {
  #elapsed = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return NOON + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#elapsed + delayMs, task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Runs what is due on the way, each at its time, and lets everything settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    for (;;) {
      await settled()
      const next = this.#next(end)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#elapsed = Math.max(this.#elapsed, next.at)
      next.task()
    }
    this.#elapsed = end
    await settled()
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer
    return first
  }
}

/** Lets everything run that waits for nothing but promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
