import type { Clock } from '../../../src/platform/ports.ts'

interface Task {
  readonly at: number
  readonly task: () => void
}

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements Clock {
  #now: number
  readonly #tasks = new Set<Task>()
  readonly #idle: (() => void)[] = []

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#now + delayMs, task }
    this.#tasks.add(entry)
    return () => this.#remove(entry)
  }

  /** Timers that wait; none may be left when what started them has ended. */
  get waiting(): number {
    return this.#tasks.size
  }

  /** Resolves as soon as no timer waits. */
  whenIdle(): Promise<void> {
    return this.#tasks.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  #remove(task: Task): void {
    this.#tasks.delete(task)
    if (this.#tasks.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Runs what is due on the way, each at its time, and lets its promises settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const [next] = [...this.#tasks].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#now = next.at
      this.#remove(next)
      next.task()
    }
    this.#now = end
    await settled()
  }
}

/** Lets everything run that waits for nothing but promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
