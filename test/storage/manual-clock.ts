import type { Clock } from '../../src/platform/ports.ts'

/** Time that passes when the test says so. */
export class ManualClock implements Clock {
  #now = 0
  #timers: { readonly at: number; readonly task: () => void }[] = []

  get pendingTimers(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#now + delayMs, task }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    for (const { task } of due) task()
  }
}
