import type { Clock } from '../../../platform/ports.ts'
import type { Scheduler } from './scheduler.ts'

/** When the world begins, in ms since 1970. */
export const BEGINNING = Date.UTC(2026, 10, 23, 12)

/**
 * Something that runs and can be killed, such as a tab. What is killed does nothing any more: its timers are cancelled, and what it waits for
 * never comes. The parts of the world ask `isAlive` before they do anything in its name, and let go of what it held in `onKill`.
 */
export class Actor {
  readonly name: string
  readonly scheduler: Scheduler
  readonly clock: Clock
  readonly #cancels = new Set<() => void>()
  readonly #timers = new Set<() => void>()
  readonly #onKill: (() => void)[] = []
  #isAlive = true

  /** `skewMs`: how far its clock is ahead of the world's; asked each time, because a person can set it. */
  constructor(name: string, scheduler: Scheduler, skewMs: () => number = () => 0) {
    this.name = name
    this.scheduler = scheduler
    this.clock = {
      now: () => BEGINNING + skewMs() + scheduler.now,
      monotonic: () => scheduler.now,
      after: (delayMs, task) => {
        const end = (): void => {
          this.#timers.delete(end)
          cancel()
        }
        const run = (): void => {
          this.#timers.delete(end)
          task()
        }
        const cancel = this.after(delayMs, run, 'timer')
        this.#timers.add(end)
        return end
      },
    }
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  /** How many timers it has set with its clock, and waits for. */
  get timers(): number {
    return this.#timers.size
  }

  record(what: string): void {
    this.scheduler.record(this.name, what)
  }

  after(delayMs: number, task: () => void, what: string): () => void {
    if (!this.#isAlive) return () => {}
    const run = (): void => {
      this.#cancels.delete(cancel)
      task()
    }
    const cancelTimer = this.scheduler.after(delayMs, run, this.name, what)
    const cancel = (): void => {
      this.#cancels.delete(cancel)
      cancelTimer()
    }
    this.#cancels.add(cancel)
    return cancel
  }

  /** Time that passes for this actor. Never resolves once it is killed. */
  sleep(delayMs: number, what = 'wait'): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve, what)
    })
  }

  onKill(task: () => void): void {
    if (this.#isAlive) this.#onKill.push(task)
    else task()
  }

  kill(why = 'killed'): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.record(why)
    for (const cancel of [...this.#cancels]) cancel()
    for (const task of this.#onKill) task()
  }
}

/** What somebody waits for who is dead. */
export function never<T>(): Promise<T> {
  return new Promise(() => {})
}
